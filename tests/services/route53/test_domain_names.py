"""Names as Route 53 reads, keeps and shows them, and as the name servers are asked for them."""

from __future__ import annotations

from typing import Any

import dns.name
import pytest

from tests.harness import World

from .calls import a, bare, change, complaint, create, fault, listing, names

LONGEST = ".".join(["a" * 63] * 3 + ["b" * 49])  # with example.com: 255 in wire form

# Given, shown by the API, and as dnspython asks for it.
KEPT = [
    ("www.example.com", "www.example.com.", "www.example.com"),
    ("WWW.Example.COM.", "www.example.com.", "www.EXAMPLE.com"),
    ("_sip._tcp.example.com", "_sip._tcp.example.com.", "_sip._tcp.example.com"),
    ("*.example.com", r"\052.example.com.", "any.example.com"),
    (r"\052.example.com", r"\052.example.com.", "any.deeper.example.com"),
    ("a*b.example.com", r"a\052b.example.com.", "a*b.example.com"),
    ("a.*.example.com", r"a.\052.example.com.", "a.*.example.com"),
    ("at@sign.example.com", r"at\100sign.example.com.", r"at\@sign.example.com"),
    ("0/25.2.0.192.example.com", r"0\05725.2.0.192.example.com.", "0/25.2.0.192.example.com"),
    (r"\101B\103.example.com", "abc.example.com.", "aBc.example.com"),
    (r"dot\056ted.example.com", r"dot\056ted.example.com.", r"dot\.ted.example.com"),
    (r"ex\344mple.example.com", r"ex\344mple.example.com.", r"ex\228mple.example.com"),
    (r"sp\040ace.example.com", r"sp\040ace.example.com.", r"sp\032ace.example.com"),
    (r"nul\000.example.com", r"nul\000.example.com.", r"nul\000.example.com"),
    (r"back\134slash.example.com", r"back\134slash.example.com.", r"back\\slash.example.com"),
    (r"back\slash.example.com", r"back\134slash.example.com.", r"back\\slash.example.com"),
    (f"{LONGEST}.example.com", f"{LONGEST}.example.com.", f"{LONGEST}.example.com"),
]

BAD = [
    ("a..example.com", "DomainLabelEmpty (Domain label is empty)", "a..example.com"),
    (".example.com", "DomainLabelEmpty (Domain label is empty)", ".example.com"),
    ("example.com..", "DomainLabelEmpty (Domain label is empty)", "example.com.."),
    (f"{'l' * 64}.example.com", "DomainLabelTooLong (Domain label is too long)", "l" * 64),
    ("b ad.example.com", "UnsupportedCharacter (Value contains unsupported characters)", " "),
    ("\u00fcber.example.com", "UnsupportedCharacter (Value contains unsupported characters)", "\u00fc"),
    (f"{LONGEST}b.example.com", "DomainNameTooLong (Domain name is too long)", None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "shown", "asked"), KEPT)
def test_names_of_record_sets(
    world: World, route53: Any, zone: str, given: str, shown: str, asked: str
) -> None:
    change(route53, zone, ("CREATE", a(given, "192.0.2.7")))
    assert (shown, "A") in names(route53, zone)
    (found,) = world.ask(asked).answer
    assert (found.name, str(found[0])) == (dns.name.from_text(asked), "192.0.2.7")


@pytest.mark.parametrize(("given", "shown", "asked"), KEPT)
def test_the_shown_name_is_the_same_name(
    route53: Any, zone: str, given: str, shown: str, asked: str
) -> None:
    change(route53, zone, ("CREATE", a(given)))
    change(route53, zone, ("DELETE", a(shown)))
    assert len(listing(route53, zone)) == 2


@pytest.mark.parametrize(("given", "problem", "encountered"), BAD)
def test_bad_names_of_record_sets(
    route53: Any, zone: str, given: str, problem: str, encountered: str | None
) -> None:
    said = complaint(route53, zone, ("CREATE", a(given)))
    at = given if encountered is None else encountered
    assert said == f"[FATAL problem: {problem} encountered with '{at}']"


@pytest.mark.parametrize(("given", "problem", "encountered"), BAD)
@pytest.mark.parametrize(
    ("operation", "member", "code"),
    [
        ("create_hosted_zone", "Name", "InvalidDomainName"),
        ("list_resource_record_sets", "StartRecordName", "InvalidInput"),
        ("list_hosted_zones_by_name", "DNSName", "InvalidInput"),
    ],
)
def test_bad_names_elsewhere(
    route53: Any,
    zone: str,
    operation: str,
    member: str,
    code: str,
    given: str,
    problem: str,
    encountered: str | None,
) -> None:
    others = {
        "create_hosted_zone": {"CallerReference": "bad"},
        "list_resource_record_sets": {"HostedZoneId": zone},
    }.get(operation, {})
    at = given if encountered is None else encountered
    found = fault(getattr(route53, operation), **others, **{member: given})
    assert found == (code, f"FATAL problem: {problem} encountered with '{at}'")


@pytest.mark.parametrize(
    ("given", "shown", "asked"),
    [
        ("Example.NET", "example.net.", "eXample.net"),
        (r"ex\344mple.net", r"ex\344mple.net.", r"ex\228mple.net"),
        ("0/26.2.0.192.in-addr.arpa", r"0\05726.2.0.192.in-addr.arpa.", "0/26.2.0.192.in-addr.arpa"),
        ("a.*.net", r"a.\052.net.", "a.*.net"),
    ],
)  # fmt: skip
def test_names_of_zones(world: World, route53: Any, given: str, shown: str, asked: str) -> None:
    made = create(route53, given)
    assert made["HostedZone"]["Name"] == shown
    assert names(route53, bare(made)) == [(shown, "NS"), (shown, "SOA")]
    (soa,) = world.ask(asked, "SOA").answer
    assert soa.name == dns.name.from_text(asked)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("test2", "test2 is reserved by AWS!"),
        ("com.", "com. is reserved by AWS!"),
        ("*.example.com", None),
        (".", None),
    ],
)
def test_names_that_no_zone_may_have(route53: Any, given: str, said: str | None) -> None:
    code, message = fault(create, route53, given)
    assert code == "InvalidDomainName"
    assert said in (None, message)


def test_a_literal_asterisk_is_no_wildcard(world: World, route53: Any, zone: str) -> None:
    change(route53, zone, ("CREATE", a("a.*.example.com")), ("CREATE", a("b*.example.com")))
    for asked in ("a.b.example.com", "bb.example.com"):
        assert not world.ask(asked).answer


def test_no_wildcard_ns(route53: Any, zone: str) -> None:
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    given = {**a("*.example.com", "ns.example.net"), "Type": "NS"}
    assert "Changing wildcard NS record sets are not supported." in complaint(
        route53, zone, ("CREATE", given)
    )
