"""The same fault in each protocol: its code and status, and an answer the SDK can read."""

from __future__ import annotations

import pytest

from forecourt.gateway import faults
from tests.gateway.several import ASKED, answer, ask
from tests.harness import World

XML, JSON, REST_JSON, EC2 = "query", "json", "rest-json", "ec2"


@pytest.mark.parametrize("fault", faults.CODES)
@pytest.mark.parametrize("protocol", faults.FAMILIES)
def test_every_fault_is_an_error_in_every_protocol(fault: str, protocol: str) -> None:
    error = faults.error(fault, "text", protocol, "")
    assert 400 <= error.status < 600
    assert error.code
    assert str(error) == "text"
    assert (error.status >= 500) == (fault in ("unavailable", "internal") or error.status == 503)


@pytest.mark.parametrize(
    ("fault", "protocol", "code", "status"),
    [
        ("missing", XML, "MissingAuthenticationToken", 403),
        ("missing", JSON, "MissingAuthenticationTokenException", 400),
        ("missing", REST_JSON, "MissingAuthenticationTokenException", 403),
        ("unknown-key", XML, "InvalidClientTokenId", 403),
        ("unknown-key", JSON, "UnrecognizedClientException", 400),
        ("unknown-key", EC2, "AuthFailure", 401),
        ("mismatch", XML, "SignatureDoesNotMatch", 403),
        ("mismatch", JSON, "InvalidSignatureException", 400),
        ("mismatch", REST_JSON, "InvalidSignatureException", 403),
        ("unknown-operation", XML, "InvalidAction", 400),
        ("unknown-operation", JSON, "UnknownOperationException", 400),
        ("malformed", JSON, "SerializationException", 400),
        ("malformed", "rest-xml", "MalformedInput", 400),
        ("invalid", XML, "ValidationError", 400),
        ("invalid", JSON, "ValidationException", 400),
    ],
)
def test_codes_that_sdks_have_seen(fault: str, protocol: str, code: str, status: int) -> None:
    error = faults.error(fault, "", protocol, "")
    assert (error.code, error.status) == (code, status)


def test_route_53_has_a_code_of_its_own() -> None:
    assert faults.error("invalid", "", "rest-xml", "route53").code == "InvalidInput"


@pytest.mark.parametrize("protocol", ASKED)
def test_an_unsigned_request(world: World, protocol: str) -> None:
    sent = ask(world, protocol)
    sent.headers = {k: v for k, v in sent.headers.items() if k != "authorization"}
    if protocol == "ec2":  # told apart by its version only
        sent.headers = {**sent.headers, "host": "ec2.localhost"}
    given = answer(world, sent)
    wanted = faults.error("missing", "", protocol, "")
    assert (given.code, given.status) == (wanted.code, wanted.status)
    assert given.message == "Request is missing Authentication Token"
