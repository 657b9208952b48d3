"""Modelled errors: exceptions that become the error a caller's SDK raises.

errors = Errors("route53")
raise errors.NoSuchHostedZone("No hosted zone found with ID: Z1")
"""

from __future__ import annotations

from typing import Any

from forecourt.aws.models import faults_of, service_model


class AwsError(Exception):
    """An error the caller sees.  `members` are the extra fields its shape declares."""

    code = "InternalFailure"
    status = 400
    shape = ""  # the name of the error's shape where it differs from its code

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.members = members

    @property
    def fault(self) -> str:
        """Whose fault it is, as the XML protocols write it."""
        return "Sender" if self.status < 500 else "Receiver"


class Errors:
    """The errors a service's model declares, as exception classes; a name it lacks fails at once."""

    def __init__(self, service: str) -> None:
        model = service_model(service)
        self._service = service
        self._faults = faults_of(service)
        self._declared: dict[str, dict[str, Any]] = {
            name: shape.metadata.get("error", {})
            for name in model.shape_names
            if (shape := model.shape_for(name)).metadata.get("exception")
        }

    def __getattr__(self, name: str) -> type[AwsError]:
        if name not in self._declared:
            raise AttributeError(f"the model of {self._service} declares no error {name}")
        declared = self._declared[name]
        error = type(
            name,
            (AwsError,),
            {
                "code": declared.get("code", name),
                "status": declared.get("httpStatusCode", 500 if name in self._faults else 400),
                "shape": name,
            },
        )
        setattr(self, name, error)
        return error


def common(code: str, status: int) -> type[AwsError]:
    """An error any service may answer that no model declares."""
    return type(code, (AwsError,), {"code": code, "status": status})


NotImplemented_ = common("NotImplemented", 501)
ServiceUnavailable = common("ServiceUnavailable", 503)
