"""Whether a certificate is to be trusted, with every reason why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from forecourt.planes.tls.building import Issuer, Urls, build
from forecourt.planes.tls.profiles import CLIENT, ROOT, SERVER_DV, SERVER_EV, SERVER_OV, Profile
from forecourt.planes.tls.verifying import (
    chain_of,
    hosts_of,
    is_for,
    is_self_signed,
    kind_of,
    named,
    organization_of,
    urls_of,
    verify,
)
from forecourt.platform.certificates.authorities import subject

from .authority import NOW, URLS, issue, issuing, new_key, root, span


def faults(leaf: x509.Certificate, host: str = "a.com", chain: bool = True) -> str:
    others = [issuing().certificate] if chain else []
    return "; ".join(verify(leaf, others, [root().certificate], host, NOW).faults)


def test_trusted() -> None:
    found = verify(issue("a.com"), [issuing().certificate], [root().certificate], "a.com", NOW)
    assert found.trusted
    assert [named(each) for each in found.chain] == ["a.com", "Issuing", "Root"]
    assert not faults(issue("192.0.2.1"), "192.0.2.1")


def test_reasons() -> None:
    old = issue("a.com", validity=span(1, NOW - timedelta(days=9)))
    assert "expired on" in faults(old)
    assert "is valid from" in faults(issue("a.com", validity=span(1, NOW + timedelta(days=1))))
    assert faults(issue("b.com", "c.com")) == "it is for b.com, c.com, not for a.com"
    assert "its issuer" in faults(issue("a.com"), chain=False)
    assert "does not hold" in faults(issue("a.com", profile=CLIENT))
    both = faults(old, "b.com")
    assert "expired" in both
    assert "not for b.com" in both


def test_roots_that_nobody_knows() -> None:
    key = new_key()
    other = build(ROOT, subject("Other"), key.public_key(), None, validity=span(9), key=key)
    leaf = issue("a.com", issuer=Issuer(other, key))
    assert "Other is no root" in "; ".join(
        verify(leaf, [other], [root().certificate], "a.com", NOW).faults
    )
    assert is_self_signed(other)
    assert not is_self_signed(leaf)
    assert chain_of(leaf, [other]) == [leaf, other]


@pytest.mark.parametrize(
    ("host", "there"),
    [("a.example.com", True), ("A.EXAMPLE.COM.", True), ("example.com", False), ("a.b.example.com", False)],
)  # fmt: skip
def test_wildcards(host: str, there: bool) -> None:
    assert is_for(issue("*.example.com"), host) == there


@pytest.mark.parametrize(
    ("profile", "kind"), [(SERVER_DV, "DV"), (SERVER_OV, "OV"), (SERVER_EV, "EV"), (CLIENT, "")]
)
def test_kinds(profile: Profile, kind: str) -> None:
    leaf = issue("a.com", profile=profile, subject=subject("a.com"))
    assert kind_of(leaf) == kind
    assert organization_of(leaf) == "Forecourt"
    assert urls_of(leaf) == URLS


def test_certificates_that_say_little() -> None:
    assert (hosts_of(root().certificate), urls_of(root().certificate)) == ([], Urls())
    assert organization_of(issue("a.com")) == ""
