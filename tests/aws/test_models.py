"""botocore's models: loaded once, and what they say of protocols and paginators."""

from __future__ import annotations

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError

from forecourt.aws.models import operation_model, paginators, protocols, service_model


def test_a_model_is_loaded_once() -> None:
    assert service_model("route53") is service_model("route53")
    assert operation_model("sts", "GetCallerIdentity") is operation_model(
        "sts", "GetCallerIdentity"
    )


def test_an_operation_knows_its_service() -> None:
    operation = operation_model("route53", "GetHostedZone")
    assert operation.http["requestUri"] == "/2013-04-01/hostedzone/{Id}"
    assert operation.service_model.service_name == "route53"


def test_what_does_not_exist() -> None:
    with pytest.raises(UnknownServiceError):
        service_model("route54")
    with pytest.raises(OperationNotFoundError):
        operation_model("sts", "GetNothing")


def test_paginators() -> None:
    found = paginators("route53")["ListHostedZones"]
    assert (found["input_token"], found["limit_key"]) == ("Marker", "MaxItems")


@pytest.mark.parametrize(
    ("service", "protocol"),
    [
        ("route53", "rest-xml"),
        ("sts", "query"),
        ("ec2", "ec2"),
        ("kms", "json"),
        ("sesv2", "rest-json"),
        ("cloudwatch", "smithy-rpc-v2-cbor"),
    ],
)
def test_protocols(service: str, protocol: str) -> None:
    assert protocol in protocols(service)
