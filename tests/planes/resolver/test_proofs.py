"""Denials by NSEC: what they prove, and what they do not."""

from __future__ import annotations

import dns.name
import dns.rdata
import dns.rrset
import pytest

from forecourt.planes.resolver.proofs import denies, is_supported, types_of

ZONE = dns.name.from_text("example.")
A, AAAA = 1, 28


def nsec(owner: str, following: str, types: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(owner, 60, "IN", "NSEC", f"{following} {types}")


@pytest.mark.parametrize(
    ("name", "type_", "exists", "proofs", "denied"),
    [
        ("www.example.", AAAA, True, [("www.example.", "\\000.www.example.", "A RRSIG NSEC")], True),
        ("www.example.", A, True, [("www.example.", "\\000.www.example.", "A RRSIG NSEC")], False),
        ("www.example.", AAAA, True, [("www.example.", "x.example.", "CNAME RRSIG NSEC")], False),
        ("www.example.", A, True, [], False),
        ("b.example.", A, False, [("a.example.", "c.example.", "A"), ("example.", "a.example.", "SOA")], True),
        ("b.example.", A, False, [("a.example.", "c.example.", "A")], False),  # a wildcard may be there
        ("d.example.", A, False, [("c.example.", "example.", "A"), ("example.", "a.example.", "SOA")], True),
        ("b.example.", A, True, [("a.example.", "c.example.", "A"), ("*.example.", "a.example.", "TXT")], True),
        ("b.example.", A, True, [("a.example.", "c.example.", "A"), ("*.example.", "a.example.", "A")], False),
        ("z.example.", A, False, [("a.example.", "c.example.", "A")], False),
    ],
)  # fmt: skip
def test_denials(
    name: str, type_: int, exists: bool, proofs: list[tuple[str, str, str]], denied: bool
) -> None:
    found = [nsec(*each) for each in proofs]
    assert denies(dns.name.from_text(name), type_, ZONE, found, exists=exists) == denied


def test_types() -> None:
    assert types_of(nsec("a.", "b.", "A AAAA TYPE1234")[0]) == {1, 28, 1234}


@pytest.mark.parametrize(
    ("ds", "supported"),
    [("1 13 2 " + "00" * 32, True), ("1 1 2 " + "00" * 32, False), ("1 13 9 0000", False)],
)
def test_algorithms(ds: str, supported: bool) -> None:
    assert is_supported([dns.rdata.from_text("IN", "DS", ds)]) == supported
