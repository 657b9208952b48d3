"""What SES keeps, under its two APIs; and the errors of each for one complaint.

v1 and v2 are two surfaces of one state.  A Complaint is raised by what both share, and becomes the error of
the API that was called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from forecourt.aws.errors import AwsError, Errors, common
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecourt.store.tx import Tx

v1, v2 = Errors("ses"), Errors("sesv2")
IDENTITIES = Kind("ses", "identity", v2.NotFoundException)
SETS = Kind("ses", "configuration-set", v2.NotFoundException)
TEMPLATES = Kind("ses", "template", v2.NotFoundException)
LISTS = Kind("ses", "contact-list", v2.NotFoundException)
ACCOUNT = Kind("ses", "account", v2.NotFoundException)
InvalidParameterValue = common("InvalidParameterValue", 400)
NOT_FOUND, EXISTS, BAD, REJECTED, LIMIT, UNVERIFIED_FROM, PAUSED, SET_PAUSED, THROTTLED = (
    "not found", "exists", "bad", "rejected", "limit", "mail from", "paused", "set paused", "throttled"
)  # fmt: skip


class Complaint(Exception):
    """What is wrong, whichever API is asked."""

    def __init__(self, kind: str, text: str, what: str = "", **members: Any) -> None:
        super().__init__(text)
        self.kind, self.what, self.members = kind, what, members


# By kind, and where it depends by what is asked about: the error of v1, and of v2.
ERRORS: dict[tuple[str, str], tuple[type[AwsError], type[AwsError]]] = {
    (NOT_FOUND, "set"): (v1.ConfigurationSetDoesNotExistException, v2.NotFoundException),
    (NOT_FOUND, "template"): (v1.TemplateDoesNotExistException, v2.NotFoundException),
    (NOT_FOUND, "destination"): (v1.EventDestinationDoesNotExistException, v2.NotFoundException),
    (NOT_FOUND, ""): (InvalidParameterValue, v2.NotFoundException),
    (EXISTS, "set"): (v1.ConfigurationSetAlreadyExistsException, v2.AlreadyExistsException),
    (EXISTS, "template"): (v1.AlreadyExistsException, v2.AlreadyExistsException),
    (EXISTS, "destination"): (v1.EventDestinationAlreadyExistsException, v2.AlreadyExistsException),
    (EXISTS, ""): (v1.AlreadyExistsException, v2.AlreadyExistsException),
    (BAD, "template"): (v1.InvalidTemplateException, v2.BadRequestException),
    (BAD, "destination"): (v1.InvalidSNSDestinationException, v2.BadRequestException),
    (BAD, "missing attribute"): (
        v1.MissingRenderingAttributeException,
        v2.BadRequestException,
    ),
    (BAD, "rendering"): (v1.InvalidRenderingParameterException, v2.BadRequestException),
    (BAD, "firehose"): (v1.InvalidFirehoseDestinationException, v2.BadRequestException),
    (NOT_FOUND, "custom"): (
        v1.CustomVerificationEmailTemplateDoesNotExistException,
        v2.NotFoundException,
    ),
    (EXISTS, "custom"): (
        v1.CustomVerificationEmailTemplateAlreadyExistsException,
        v2.AlreadyExistsException,
    ),
    (NOT_FOUND, "from"): (v1.FromEmailAddressNotVerifiedException, v2.NotFoundException),
    (BAD, "production"): (v1.ProductionAccessNotGrantedException, v2.BadRequestException),
    (BAD, "tracking"): (v1.InvalidTrackingOptionsException, v2.BadRequestException),
    (NOT_FOUND, "tracking"): (v1.TrackingOptionsDoesNotExistException, v2.NotFoundException),
    (EXISTS, "tracking"): (v1.TrackingOptionsAlreadyExistsException, v2.AlreadyExistsException),
    (BAD, ""): (InvalidParameterValue, v2.BadRequestException),
    (REJECTED, ""): (v1.MessageRejected, v2.MessageRejected),
    (LIMIT, ""): (v1.LimitExceededException, v2.LimitExceededException),
    (UNVERIFIED_FROM, ""): (
        v1.MailFromDomainNotVerifiedException,
        v2.MailFromDomainNotVerifiedException,
    ),
    (PAUSED, ""): (v1.AccountSendingPausedException, v2.SendingPausedException),
    (SET_PAUSED, ""): (v1.ConfigurationSetSendingPausedException, v2.SendingPausedException),
    (THROTTLED, ""): (common("Throttling", 400), v2.TooManyRequestsException),
}
H = TypeVar("H", bound="Callable[..., Any]")


def error_of(complaint: Complaint, surface: int) -> AwsError:
    """A complaint as v1 (0) or v2 (1) says it."""
    pair = ERRORS.get((complaint.kind, complaint.what)) or ERRORS[complaint.kind, ""]
    members = complaint.members if surface == 0 else {}
    return pair[surface](str(complaint), **members)


def answering(surface: int) -> Callable[[H], H]:
    """A handler whose complaints are its API's errors."""
    from functools import wraps

    def wrap(handler: H) -> H:
        @wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return handler(*args, **kwargs)
            except Complaint as complaint:
                raise error_of(complaint, surface) from None

        return run  # type: ignore[return-value]

    return wrap


def page_size(given: int | None, most: int) -> int:
    """How many are shown: at least one."""
    return most if given is None else max(1, min(given, most))


def setting(tx: Tx) -> Resource:
    """The account's own settings in a region, which begin with AWS's defaults."""
    found = ACCOUNT.find(tx, "account")
    if found is not None:
        return found
    spec: dict[str, Any] = {
        "SendingEnabled": True,
        "Production": None,  # as the installation says
        "SuppressedReasons": ["BOUNCE", "COMPLAINT"],
        "Details": {},
    }
    return Resource("", "", "account", tx.now, 0, 0, False, spec, {}, {})


def keep_setting(tx: Tx, **members: Any) -> None:
    found = setting(tx)
    spec = {**found.spec, **members}
    if found.uid:
        ACCOUNT.change(tx, found, spec=spec)
    else:
        ACCOUNT.create(tx, "account", spec, {})
