"""DMARC: alignment and policies (RFC 7489)."""

from __future__ import annotations

import asyncio

import pytest

from forecourt.planes.mail import dmarc
from forecourt.planes.mail.dmarc import Policy, Verdict
from forecourt.roles.mail.intake import organization_of
from tests.roles.mail.conftest import Names


def check(
    record: str, domain: str = "b.test", spf: tuple[str, str] = ("none", ""), *dkim: str
) -> Verdict:
    names = Names()
    names.add("_dmarc.b.test", "TXT", f'"{record}"')
    return asyncio.run(dmarc.check(names, organization_of, domain, spf, dkim))


@pytest.mark.parametrize(
    ("spf", "dkim", "result"),
    [
        (("pass", "b.test"), (), "pass"), (("pass", "mail.b.test"), (), "pass"), (("pass", "c.test"), (), "fail"),
        (("fail", "b.test"), (), "fail"), (("none", ""), ("b.test",), "pass"), (("none", ""), ("x.b.test",), "pass"),
        (("none", ""), ("evilb.test", "c.test"), "fail"), (("softfail", "b.test"), ("b.test",), "pass"),
    ],
)  # fmt: skip
def test_one_that_is_aligned_is_enough(
    spf: tuple[str, str], dkim: tuple[str, ...], result: str
) -> None:
    assert check("v=DMARC1; p=reject", "b.test", spf, *dkim).result == result


def test_strict_is_the_same_name() -> None:
    record = "v=DMARC1; p=reject; adkim=s; aspf=s"
    assert check(record, "b.test", ("pass", "mail.b.test"), "x.b.test").result == "fail"
    assert check(record, "b.test", ("pass", "b.test")).result == "pass"


def test_subdomains_have_their_own_policy() -> None:
    record = "v=DMARC1; p=reject; sp=quarantine"
    assert check(record, "b.test").disposition == "reject"
    assert check(record, "x.b.test").disposition == "quarantine"


@pytest.mark.parametrize("domain", ["", "c.test"])
def test_without_a_policy_there_is_no_verdict(domain: str) -> None:
    assert check("v=DMARC1; p=reject", domain).result == "none"


def test_dns_that_does_not_answer_is_told() -> None:
    names = Names(failing={"_dmarc.b.test"})
    found = asyncio.run(dmarc.check(names, organization_of, "b.test", ("none", ""), ()))
    assert found == Verdict("temperror", "b.test")


@pytest.mark.parametrize(
    ("record", "policy"),
    [
        ("v=DMARC1; p=none", Policy("d", "none", "none")), ("v=spf1 -all", None), ("v=DMARC1", None), ("v=DMARC1;p=", None),
        ("v=DMARC1; rua=mailto:a@b.test", Policy("d", "none", "none")), ("v=DMARC1; p=REJECT; pct=50", Policy("d", "reject", "reject", percent=50)),
        ("v=DMARC1; p=reject; pct=x; sp=odd", Policy("d", "reject", "reject")), ("v=DMARC1; p=reject; p=none", None),
    ],
)  # fmt: skip
def test_records_are_read_or_passed_over(record: str, policy: Policy | None) -> None:
    assert dmarc.parse("d", record) == policy


def test_several_records_are_none() -> None:
    """RFC 7489 §6.6.3: discovery ends there, the organization is not asked."""
    names = Names()
    names.add("_dmarc.x.b.test", "TXT", '"v=DMARC1; p=none"', '"v=DMARC1; p=reject"')
    names.add("_dmarc.b.test", "TXT", '"v=DMARC1; p=reject"')
    found = asyncio.run(dmarc.check(names, organization_of, "x.b.test", ("none", ""), ()))
    assert found.result == "none"


@pytest.mark.parametrize(
    "record", ["v=DMARC12; p=reject", "p=reject; v=DMARC1", "V=DMARC1; p=none"]
)
def test_a_record_begins_with_its_version(record: str) -> None:
    """RFC 7489 §6.3"""
    assert dmarc.parse("d", record) is None
