"""Each record type's values: kept as given, answered by the name servers, or refused in AWS's words."""

from __future__ import annotations

from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

from tests.harness import World

from .calls import change, complaint, fault, listing, rrset

HEX20 = "123456789abcdef67890123456789abcdef67890"
HEX32 = "d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"

# Type, value, and the same for dnspython where it spells it otherwise.
VALID: list[tuple[str, str, str | None]] = [
    ("A", "192.0.2.1", None),
    ("A", "255.255.255.255", None),
    ("AAAA", "2001:0db8:85a3:0:0:8a2e:0370:7334", None),
    ("AAAA", "2001:DB8::1", None),
    ("AAAA", "::ffff:192.0.2.1", None),
    ("CAA", '0 issue "ca.example.net; account=123456"', None),
    ("CAA", '0 issuewild ";"', None),
    ("CAA", '0 iodef "mailto:security@example.com"', None),
    ("CAA", '255 tbs "Unknown"', None),
    ("CNAME", "www.example.net", None),
    ("CNAME", "WWW.Example.NET.", None),
    ("CNAME", "172.21.200.100", None),
    ("CNAME", r"\052.example.net", r"\042.example.net."),
    ("CNAME", "_a.x@y.example.net", r"_a.x\@y.example.net."),
    ("CNAME", ".".join(["a" * 63] * 3 + ["b" * 61]), None),
    ("DS", f"12345 13 1 {HEX20}", None),
    ("DS", f"0 255 2 {HEX32}", None),
    ("DS", f"65535 8 2 {HEX32[:30]} {HEX32[30:].upper()}", None),
    ("HTTPS", "0 pool.example.net", None),
    ("HTTPS", '16 host1.example.net alpn="h2,h3" ipv4hint=192.0.2.1', None),
    ("HTTPS", "1 . alpn=h2", None),
    ("HTTPS", r"1 a\052b.example.net alpn=h2", r"1 a\042b.example.net. alpn=h2"),
    ("MX", "10 mail.example.net", None),
    ("MX", "65535 mail.example.net.", None),
    ("MX", "0 .", None),
    ("NAPTR", r'100 50 "u" "E2U+sip" "!^(\\+441632960083)$!sip:\\1@example.com!" .', None),
    ("NAPTR", '0 65535 "" "" "" target.example.net', None),
    ("NS", "ns1.example.net", None),
    ("NS", "NS2.example.net.", None),
    ("PTR", "host.example.net", None),
    ("SPF", '"v=spf1 ip4:192.0.2.0/24 -all"', None),
    ("SRV", "10 5 80 host.example.net", None),
    ("SRV", "65535 65535 65535 .", None),
    ("SSHFP", f"1 1 {HEX20}", None),
    ("SSHFP", f"4 2 {HEX32}", None),
    ("SVCB", "0 pool.example.net", None),
    ("SVCB", "1 host.example.net port=8443 ipv6hint=2001:db8::1 mandatory=port", None),
    ("SVCB", '1 host.example.net key65333="ex1"', None),
    ("SVCB", "16 6 port=53", "16 6. port=53"),
    ("TLSA", f"3 1 1 {HEX32}", None),
    ("TLSA", "0 0 0 30", None),
    ("TXT", '"plain"', None),
    ("TXT", '""', None),
    ("TXT", '"one" "two  three"', None),
    ("TXT", r'"with \"quotes\" and a \\ backslash"', None),
    ("TXT", r'"octal \344 and \000\040\177"', r'"octal \228 and \000\032\127"'),
    ("TXT", '"case Is KEPT; semicolons too"', None),
    ("TXT", f'"{"x" * 255}" "{"y" * 255}"', None),
    ("TXT", '"' + r"\101" * 255 + '"', '"' + "A" * 255 + '"'),
]


@pytest.mark.parametrize(("type_", "value", "text"), VALID)
def test_valid_values(
    world: World, route53: Any, zone: str, type_: str, value: str, text: str | None
) -> None:
    change(route53, zone, ("CREATE", rrset("x.example.com", type_, value, ttl=300)))
    kept = next(each for each in listing(route53, zone) if each["Name"] == "x.example.com.")
    assert kept == rrset("x.example.com.", type_, value, ttl=300)  # as it was given
    expected = dns.rdata.from_text(
        dns.rdataclass.IN,
        dns.rdatatype.from_text(type_),
        text or value,
        origin=dns.name.root,
        relativize=False,
    )
    reply = world.ask("x.example.com", type_)
    (found,) = reply.answer or reply.authority  # an NS below the apex is a referral
    assert found.ttl == 300
    assert [rdata.to_wire() for rdata in found] == [expected.to_wire()]


def test_a_soa_of_ones_own(world: World, route53: Any, zone: str) -> None:
    value = "ns.example.net hostmaster.example.net. 2024010101 1 2 3 4294967295"
    change(route53, zone, ("UPSERT", rrset("example.com", "SOA", value, ttl=7)))
    (found,) = world.ask("example.com", "SOA").answer
    assert str(found[0]) == "ns.example.net. hostmaster.example.net. 2024010101 1 2 3 4294967295"


# Type, value, and the code, text and what was encountered: these are AWS's own.
V4 = "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"
V6 = "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"
MX2 = "MXRRDATANotTwoFields (MX record doesn't have 2 fields)"
QUOTES = "InvalidCharacterString (Value should be enclosed in quotation marks)"
LONG = "CharacterStringTooLong (Value is too long)"
LABEL = "DomainLabelEmpty (Domain label is empty)"
LONG_LABEL = "DomainLabelTooLong (Domain label is too long)"
CHARACTER = "UnsupportedCharacter (Value contains unsupported characters)"
INVALID: list[tuple[str, str, str, str | None]] = [
    *(("A", value, V4, None) for value in ("1.2.3", "1.2.3.256", "1.2.3.4 ", "::1", "x", "1.2.3.04")),
    *(("AAAA", value, V6, None) for value in ("192.0.2.1", "1::2::3", "fe80::1%lo", "12345::")),
    *(("MX", value, MX2, None) for value in ("mail.example.net", "10 mail. x", "10")),
    ("MX", "10 a..b", LABEL, "a..b"),
    *(("TXT", value, QUOTES, None) for value in ("plain", '"odd', 'odd"', '"a" b', '"a" "', r'"a\"')),
    ("SPF", "v=spf1 -all", QUOTES, None),
    ("TXT", f'"{"x" * 256}"', LONG, None),
    ("TXT", '"ok" "' + r"\101" * 256 + '"', LONG, None),
    ("SPF", f'"{"x" * 256}"', LONG, None),
    ("TXT", '"caf\u00e9"', CHARACTER, "\u00e9"),
    ("CNAME", "a..example.net", LABEL, None),
    ("CNAME", ".example.net", LABEL, None),
    ("NS", "ns1..", LABEL, None),
    ("PTR", f"{'p' * 64}.example.net", LONG_LABEL, "p" * 64),
    ("CNAME", "a b.example.net", CHARACTER, " "),
    ("CNAME", "b\u00fccher.example.net", CHARACTER, "\u00fc"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "value", "problem", "encountered"), INVALID)
def test_invalid_values(
    route53: Any, zone: str, type_: str, value: str, problem: str, encountered: str | None
) -> None:
    said = complaint(route53, zone, ("CREATE", rrset("x.example.com", type_, value)))
    at = value if encountered is None else encountered
    assert said == f"[Invalid Resource Record: 'FATAL problem: {problem} encountered with '{at}'']"


@pytest.mark.parametrize(("type_", "value"), [("CNAME", ""), ("SVCB", "1"), ("HTTPS", "0")])
def test_an_empty_domain_name(route53: Any, zone: str, type_: str, value: str) -> None:
    said = complaint(route53, zone, ("CREATE", rrset("x.example.com", type_, value)))
    assert said.startswith("[Invalid Resource Record: 'FATAL problem: DomainNameEmpty")


# What AWS says of these is not on record: only that it says so of the value.
REFUSED = [
    ("CAA", "0 issue ca.example.net"),
    ("CAA", "0 issue"),
    ("CAA", '256 issue "x"'),
    ("CAA", '0 is-sue "x"'),
    ("CNAME", ".".join(["a" * 63] * 3 + ["b" * 62])),
    ("DS", f"12345 13 1 {HEX20}0"),
    ("DS", f"65536 13 1 {HEX20}"),
    ("DS", "12345 13 1"),
    ("DS", "12345 13 1 xyz"),
    ("HTTPS", "host.example.net"),
    ("HTTPS", "1 host.example.net alpn"),
    ("HTTPS", "65536 host.example.net"),
    ("HTTPS", "1 host.example.net ipv4hint=::1"),
    ("MX", "ten mail.example.net"),
    ("MX", "65536 mail.example.net"),
    ("MX", "-1 mail.example.net"),
    ("NAPTR", '100 50 "u" "E2U+sip" "x"'),
    ("NAPTR", "100 50 u E2U+sip x ."),
    ("NAPTR", '65536 50 "u" "E2U+sip" "x" .'),
    ("NAPTR", '100 50 "u" "E2U+sip" "x" . .'),
    ("SRV", "10 5 host.example.net"),
    ("SRV", "10 5 65536 host.example.net"),
    ("SRV", "10 5 80 a..b"),
    ("SSHFP", "1 1"),
    ("SSHFP", "256 1 00"),
    ("SSHFP", "1 1 0g"),
    ("SVCB", "1 host.example.net port=x"),
    ("TLSA", "3 1 1"),
    ("TLSA", "3 1 256 00"),
    ("TLSA", "3 1 1 abc"),
]


@pytest.mark.parametrize(("type_", "value"), REFUSED)
def test_refused_values(route53: Any, zone: str, type_: str, value: str) -> None:
    said = complaint(route53, zone, ("CREATE", rrset("x.example.com", type_, value)))
    assert said.startswith("[Invalid Resource Record: 'FATAL problem: ")
    assert said.endswith(f" encountered with '{value}'']") or "a..b" in said


@pytest.mark.parametrize(
    "value",
    ["ns.example.net. h.example.net. 1 2 3 4", "ns.example.net. h.example.net. 1 2 3 4 4294967296"],
)
def test_refused_soas(route53: Any, zone: str, value: str) -> None:
    said = complaint(route53, zone, ("UPSERT", rrset("example.com", "SOA", value)))
    assert said.startswith("[Invalid Resource Record: 'FATAL problem: SOARRDATA")


def test_every_wrong_value_is_named(route53: Any, zone: str) -> None:
    said = complaint(route53, zone, ("CREATE", rrset("x.example.com", "A", "1.1.1.1", "x", "y")))
    one = f"Invalid Resource Record: 'FATAL problem: {V4} encountered with"
    assert said == f"[{one} 'x'', {one} 'y'']"


@pytest.mark.parametrize(
    ("type_", "first", "second"),
    [
        ("A", "10.160.0.188", "10.160.0.188"),
        ("AAAA", "2001:db8::1", "2001:DB8:0::1"),
        ("NS", "ns.example.net.", "ns.example.net"),
    ],
)
def test_duplicates(route53: Any, zone: str, type_: str, first: str, second: str) -> None:
    said = complaint(route53, zone, ("CREATE", rrset("x.example.com", type_, first, second)))
    assert said == f"[Duplicate Resource Record: '{second}']"


def test_a_cname_has_one_value(route53: Any, zone: str) -> None:
    said = complaint(route53, zone, ("CREATE", rrset("x.example.com", "CNAME", "a.test", "b.test")))
    assert said.startswith("[RRSet of type CNAME with DNS name x.example.com.")


def test_a_value_has_at_most_4000_characters(route53: Any, zone: str) -> None:
    pieces = " ".join(['"' + "x" * 253 + '"'] * 15)  # 255 + 14 * 256 = 3839 characters
    fits, beyond = (f'{pieces} "{"y" * length}"' for length in (158, 159))
    assert (len(fits), len(beyond)) == (4000, 4001)
    change(route53, zone, ("CREATE", rrset("x.example.com", "TXT", fits)))
    code, _ = fault(change, route53, zone, ("CREATE", rrset("y.example.com", "TXT", beyond)))
    assert code == "InvalidInput"
