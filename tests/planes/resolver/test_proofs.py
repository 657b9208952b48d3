"""Denials by NSEC: what they prove, and what they do not."""

from __future__ import annotations

import dns.dnssec
import dns.name
import dns.rdata
import dns.rrset
import pytest

from forecourt.planes.resolver.proofs import denies, is_closest, is_supported, types_of

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
        ("sub.example.", A, True, [("sub.example.", "x.example.", "NS RRSIG NSEC")], False),
        ("sub.example.", 43, True, [("sub.example.", "x.example.", "NS RRSIG NSEC")], True),
        ("b.example.", A, True, [("a.example.", "x.b.example.", "A")], True),  # an empty non-terminal
        ("b.example.", A, False, [("a.example.", "x.b.example.", "A"), ("example.", "a.example.", "SOA")], False),
        ("a.sub.example.", A, False, [("sub.example.", "x.example.", "NS"), ("example.", "a.example.", "SOA")], False),
        ("a.sub.example.", A, False, [("sub.example.", "x.example.", "DNAME"), ("example.", "a.example.", "SOA")], False),
    ],
)  # fmt: skip
def test_denials(
    name: str, type_: int, exists: bool, proofs: list[tuple[str, str, str]], denied: bool
) -> None:
    found = [nsec(*each) for each in proofs]
    assert denies(dns.name.from_text(name), type_, ZONE, found, exists=exists) == denied


@pytest.mark.parametrize(
    ("proof", "labels", "shown"),
    [
        (("a.example.", "c.example.", "A"), 1, True),
        (("*.example.", "c.example.", "A"), 1, True),
        (("a.example.", "x.b.example.", "A"), 1, False),  # b.example is there, without records
        (("a.b.example.", "c.example.", "A"), 1, False),
        (("a.b.example.", "c.example.", "A"), 2, True),
        (("c.example.", "d.example.", "A"), 1, False),
    ],
)
def test_no_name_is_closer(proof: tuple[str, str, str], labels: int, shown: bool) -> None:
    name = dns.name.from_text("q.b.example.")
    assert is_closest(name, labels, ZONE, [nsec(*proof)]) == shown


def test_types() -> None:
    assert types_of(nsec("a.", "b.", "A AAAA TYPE1234")[0]) == {1, 28, 1234}


@pytest.mark.parametrize(
    ("ds", "supported"),
    [("1 13 2 " + "00" * 32, True), ("1 1 2 " + "00" * 32, False), ("1 13 9 0000", False)],
)
def test_algorithms(ds: str, supported: bool) -> None:
    assert is_supported([dns.rdata.from_text("IN", "DS", ds)]) == supported


# The zone of RFC 5155's appendix A: names that are there, with their types.
HASHED = {
    "example.": "SOA NS MX DNSKEY NSEC3PARAM RRSIG",
    "a.example.": "NS DS RRSIG",
    "ns1.example.": "A RRSIG",
    "w.example.": "",
    "*.w.example.": "MX RRSIG",
    "x.w.example.": "MX RRSIG",
    "y.w.example.": "",
    "x.y.w.example.": "MX RRSIG",
}


def hashed(iterations: int = 12, flags: int = 1) -> list[dns.rrset.RRset]:
    """A chain with opt-out: c.example, which is delegated and not signed, is not in it."""
    known = sorted(
        (dns.dnssec.nsec3_hash(name, "AABBCCDD", iterations, 1), types)
        for name, types in HASHED.items()
    )
    following = [*known[1:], known[0]]
    return [
        dns.rrset.from_text(
            f"{owner}.example.",
            60,
            "IN",
            "NSEC3",
            f"1 {flags} {iterations} aabbccdd {after} {types}",
        )
        for (owner, types), (after, _) in zip(known, following, strict=True)
    ]


DS, MX = 43, 15


@pytest.mark.parametrize(
    ("name", "type_", "exists", "denied"),
    [
        ("a.c.x.w.example.", A, False, True),  # appendix B.1
        ("ns1.example.", MX, True, True),  # B.2
        ("ns1.example.", A, True, False),
        ("y.w.example.", A, True, True),  # B.2.1
        ("c.example.", DS, True, True),  # B.3
        ("c.example.", A, True, False),
        ("a.example.", A, True, False),  # its own zone would have to say so
        ("a.example.", DS, True, False),
        ("a.z.w.example.", AAAA, True, True),  # B.5
        ("a.z.w.example.", MX, True, False),
        ("a.z.w.example.", MX, False, False),  # there is a wildcard
        ("elsewhere.", A, False, False),
    ],
)
def test_hashed_denials(name: str, type_: int, exists: bool, denied: bool) -> None:
    asked = dns.name.from_text(name)
    assert denies(asked, type_, ZONE, hashed(), exists=exists) == denied


@pytest.mark.parametrize(
    ("name", "labels", "shown"),
    [("a.z.w.example.", 2, True), ("x.y.w.example.", 2, False), ("q.x.y.w.example.", 2, False)],
)
def test_no_hashed_name_is_closer(name: str, labels: int, shown: bool) -> None:
    assert is_closest(dns.name.from_text(name), labels, ZONE, hashed()) == shown


def test_hashes_that_prove_nothing() -> None:
    name = dns.name.from_text("a.c.x.w.example.")
    assert not denies(name, A, ZONE, hashed(151), exists=False)
    assert not denies(name, A, dns.name.from_text("other."), hashed(), exists=False)
    assert not denies(dns.name.from_text("c.example."), DS, ZONE, hashed(flags=0), exists=True)
    for missing in range(len(HASHED)):
        left = hashed()
        gone = left.pop(missing)
        if not denies(name, A, ZONE, left, exists=False):
            break
    else:
        pytest.fail(f"{gone} is needed by nothing")
