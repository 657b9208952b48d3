"""Zone files and record sets, each as the other."""

from __future__ import annotations

import dns.zone
import pytest

from forecourt.cli.zonefile import TYPES, BadZoneFile, read_sets, write_sets
from forecourt.planes.dns import wire

HEAD = "@ 60 IN SOA ns. admin. 1 2 3 4 5\n@ 60 IN NS ns.\n"
VALUES = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CAA": '0 issue "ca.test; x=\\"1\\""',
    "CNAME": "www.example.",
    "DS": "12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "HTTPS": "1 . alpn=h2",
    "MX": "10 mail.example.",
    "NAPTR": '10 20 "u" "E2U+sip" "!^.*$!sip:x@example!" .',
    "NS": "ns.sub.example.",
    "PTR": "www.example.",
    "SPF": '"v=spf1 -all"',
    "SRV": "1 2 5060 sip.example.",
    "SSHFP": "1 1 0123456789abcdef0123456789abcdef01234567",
    "SVCB": "0 svc.example.",
    "TLSA": "3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "TXT": '"two" "strings; with \\\\ and \\" and \\195"',
}


def test_every_type_but_the_soa_is_there() -> None:
    assert VALUES.keys() == TYPES == wire.TYPES.keys() - {"SOA"}


@pytest.mark.parametrize("type_", sorted(VALUES))
def test_round_trip(type_: str) -> None:
    text = f"x.example. 300 IN {type_} {VALUES[type_]}\n"
    (found,) = read_sets(text, "example")
    assert (found["Name"], found["Type"], found["TTL"]) == ("x.example.", type_, 300)
    written = write_sets([found], "example")
    assert read_sets(written, "example") == [found]
    before, after = (
        dns.zone.from_text(HEAD + each, "example.", relativize=False, check_origin=False)
        for each in (text, written)
    )
    assert before == after


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("*", "*.example."),
        ("_a-b", "_a-b.example."),
        ("a\\.b", "a\\056b.example."),
        ("a\\032b", "a\\040b.example."),
        ("a\\@b", "a\\100b.example."),
        ("\\255", "\\377.example."),
    ],
)
def test_names_are_spelled_as_each_side_does(label: str, name: str) -> None:
    (found,) = read_sets(f"{label} 60 IN A 192.0.2.1\n", "example")
    assert found["Name"] == name
    assert read_sets(write_sets([found], "example"), "example") == [found]


def test_values_of_a_name_and_type_are_one_set() -> None:
    text = "$TTL 60\nx A 192.0.2.1\nx TXT one\nx A 192.0.2.2\n"
    found = {each["Type"]: each["ResourceRecords"] for each in read_sets(text, "example")}
    assert found == {
        "A": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}],
        "TXT": [{"Value": '"one"'}],
    }


def test_the_zones_own_records_are_left_out() -> None:
    text = HEAD + "sub 60 IN NS ns.sub\n@ 60 IN MX 1 mail\n"
    found = [(each["Name"], each["Type"]) for each in read_sets(text, "example")]
    assert found == [("sub.example.", "NS"), ("example.", "MX")]


def test_directives_and_parentheses() -> None:
    text = "$ORIGIN sub.example.\n$TTL 1h\n@ IN TXT ( one ; a comment\n two )\n"
    (found,) = read_sets(text, "example.")
    assert (found["Name"], found["TTL"]) == ("sub.example.", 3600)
    assert found["ResourceRecords"] == [{"Value": '"one" "two"'}]


@pytest.mark.parametrize(
    "text",
    [
        "x 60 IN A not-an-address\n",
        "x 60 IN NONSENSE x\n",
        "x 60 IN HINFO a b\n",
        "x 60 IN TYPE65000 \\# 1 00\n",
        "x 60 CH A 192.0.2.1\n",
        "$INCLUDE /etc/passwd\n",
        'x 60 IN TXT "unended\n',
        "x.other.test. 60 IN A 192.0.2.1\n",
        f"{'x' * 64} 60 IN A 192.0.2.1\n",
        "x 60 IN\n",
    ],
)
def test_what_is_no_zone_file(text: str) -> None:
    with pytest.raises(BadZoneFile) as caught:
        read_sets(text, "example")
    assert str(caught.value)


def test_a_name_that_is_none() -> None:
    with pytest.raises(BadZoneFile):
        read_sets("", "bad..name")


def test_aliases_become_comments() -> None:
    alias = {"Name": "x.example.", "Type": "A", "AliasTarget": {"DNSName": "www.example."}}
    text = write_sets([alias], "example")
    assert text == "$ORIGIN example.\n; x.example. A is an alias of www.example.\n"
    assert read_sets(text, "example") == []
