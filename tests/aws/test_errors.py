"""Modelled errors: what the model declares is what a caller's SDK is told."""

from __future__ import annotations

import pytest

from forecourt.aws.errors import AwsError, Errors, NotImplemented_, common


@pytest.mark.parametrize(
    ("service", "name", "code", "status"),
    [
        ("route53", "NoSuchHostedZone", "NoSuchHostedZone", 404),
        ("route53", "HostedZoneAlreadyExists", "HostedZoneAlreadyExists", 409),
        ("route53", "InvalidInput", "InvalidInput", 400),
        ("elasticache", "CacheClusterNotFoundFault", "CacheClusterNotFound", 404),
        ("sts", "ExpiredTokenException", "ExpiredTokenException", 400),
    ],
)
def test_code_and_status_are_the_models(service: str, name: str, code: str, status: int) -> None:
    error = getattr(Errors(service), name)
    assert (error.code, error.status, error.shape) == (code, status, name)


@pytest.mark.parametrize(
    ("service", "name"), [("kms", "KMSInternalException"), ("acm", "InternalServerException")]
)
def test_a_fault_of_ours_is_a_500(service: str, name: str) -> None:
    """Smithy: an error of the server without a status is 500."""
    error = getattr(Errors(service), name)("oops")
    assert (error.status, error.fault) == (500, "Receiver")


def test_a_name_the_model_lacks_fails_at_once() -> None:
    with pytest.raises(AttributeError, match="route53 declares no error NoSuchZone"):
        Errors("route53").NoSuchZone  # noqa: B018


def test_a_structure_that_is_no_error_is_none() -> None:
    with pytest.raises(AttributeError, match="declares no error HostedZone"):
        Errors("route53").HostedZone  # noqa: B018


def test_an_error_is_one_class() -> None:
    errors = Errors("route53")
    assert errors.NoSuchHostedZone is errors.NoSuchHostedZone
    with pytest.raises(errors.NoSuchHostedZone, match="Z1"):
        raise errors.NoSuchHostedZone("Z1")


def test_members_travel_with_the_error() -> None:
    error = Errors("route53").InvalidChangeBatch("bad", messages=["a", "b"])
    assert error.members == {"messages": ["a", "b"]}
    assert isinstance(error, AwsError)


@pytest.mark.parametrize(
    ("status", "fault"), [(400, "Sender"), (499, "Sender"), (500, "Receiver"), (503, "Receiver")]
)
def test_whose_fault(status: int, fault: str) -> None:
    assert common("X", status)("x").fault == fault


def test_not_implemented() -> None:
    error = NotImplemented_("later")
    assert (error.code, error.status, str(error)) == ("NotImplemented", 501, "later")
