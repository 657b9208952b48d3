"""RequestCertificate: what is taken, what is refused in AWS's words, what is the same request again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from .calls import Proving, refused


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"DomainName": "single"}, "ValidationException", "domainName"),
        ({"DomainName": "a.*.com"}, "ValidationException", "domainName"),
        ({"DomainName": "a\0.com"}, "ValidationException", "domainName"),
        ({"DomainName": "bücher.com"}, "ValidationException", "domainName"),
        ({"DomainName": "ab--example.com"}, "ValidationException", "not valid"),
        ({"DomainName": "xn--example-.com"}, "ValidationException", ""),
        ({"DomainName": f"{'a' * 62}.com"}, "InvalidDomainValidationOptionsException", "no longer than 64"),
        ({"DomainName": "a.com", "SubjectAlternativeNames": [f"a{n}.com" for n in range(10)]}, "LimitExceededException", "too many domains"),
        ({"DomainName": "a.com", "KeyAlgorithm": "RSA_1024"}, "ValidationException", "RSA_1024 is not supported"),
        ({"DomainName": "a.b.com", "DomainValidationOptions": [{"DomainName": "a.b.com", "ValidationDomain": "c.com"}]}, "InvalidDomainValidationOptionsException", "superdomain"),
        ({"DomainName": "a.b.com", "DomainValidationOptions": [{"DomainName": "c.com", "ValidationDomain": "c.com"}]}, "InvalidDomainValidationOptionsException", "not a domain"),
        ({"DomainName": "a.com", "ValidationMethod": "HTTP"}, "InvalidParameterException", "CloudFront"),
        ({"DomainName": "a.com", "ValidationMethod": "HTTP", "ManagedBy": "CLOUDFRONT"}, "InvalidParameterException", "CloudFront"),
        ({"DomainName": "a.com", "ValidationMethod": "DNS", "SubjectAlternativeNames": [".".join(["a" * 54] * 4) + ".com"]}, "ValidationException", "no room"),
        ({"DomainName": "a.com", "KeyAlgorithm": "RSA_1024", "CertificateAuthorityArn": "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/x"}, "ValidationException", "RSA_1024"),
        ({"DomainName": "a.com", "Tags": [{"Key": "aws:x"}]}, "InvalidTagException", "internal"),
    ],
)  # fmt: skip
def test_refused(acm: Any, members: dict[str, Any], code: str, words: str) -> None:
    if members["DomainName"].startswith("a" * 62):
        members = {"DomainName": f"{'a' * 62}.com"}
    with refused(code, words):
        acm.request_certificate(**members)


def test_punycode_that_is_a_name(proving: Proving) -> None:
    assert proving.request("xn--bcher-kva.com")


def test_names_are_kept_once_and_in_lower_case(proving: Proving) -> None:
    arn = proving.request(
        "A.example.com", SubjectAlternativeNames=["a.example.com", "b.example.com"]
    )
    assert proving.describe(arn)["SubjectAlternativeNames"] == ["a.example.com", "b.example.com"]


def test_a_hundred_names_where_the_quota_is_raised(world: World, proving: Proving) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_DOMAIN_NAMES_BY_CERTIFICATE", 100)
    names = [f"n{n}.example.com" for n in range(99)]
    assert proving.request("example.com", SubjectAlternativeNames=names)


def test_the_same_request_again(proving: Proving, later: Callable[[float], None]) -> None:
    first = proving.request("a.example.com", IdempotencyToken="one")
    assert proving.request("a.example.com", IdempotencyToken="one") == first
    assert proving.request("a.example.com", IdempotencyToken="two") != first
    assert proving.request("b.example.com", IdempotencyToken="one") != first
    later(1.1 / 24)
    assert proving.request("a.example.com", IdempotencyToken="one") != first


def test_quota(world: World, proving: Proving) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_CERTIFICATES_BY_REGION", 1)
    proving.request("a.example.com")
    with refused("LimitExceededException", "maximum number of certificates"):
        proving.request("b.example.com")


def test_options(proving: Proving) -> None:
    arn = proving.request("a.example.com")
    proving.acm.update_certificate_options(
        CertificateArn=arn, Options={"CertificateTransparencyLoggingPreference": "DISABLED"}
    )
    shown = proving.describe(arn)["Options"]
    assert shown["CertificateTransparencyLoggingPreference"] == "DISABLED"
    proving.acm.update_certificate_options(CertificateArn=arn, Options={"Export": "ENABLED"})
    assert proving.describe(arn)["Options"]["Export"] == "ENABLED"


def test_the_export_option_is_fixed_once_it_is_issued(proving: Proving) -> None:
    arn = proving.issued("jpub.co.kr")
    with refused("InvalidStateException"):
        proving.acm.update_certificate_options(CertificateArn=arn, Options={"Export": "ENABLED"})
