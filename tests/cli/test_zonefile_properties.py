"""Zone files of any names and values: what is read is what the file says, and is written as it was."""

from __future__ import annotations

from typing import Any

import dns.name
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.cli.zonefile import BadZoneFile, read_sets, write_sets
from forecourt.services.route53.domain_names import parse
from forecourt.services.route53.rdata import to_wire

ORIGIN = dns.name.from_text("example.")
LABELS = st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=3)
SHORT = st.integers(0, 65535)


def name_text(labels: list[bytes]) -> str:
    return dns.name.Name([*labels, b"test", b""]).to_text()


def string_text(string: bytes) -> str:
    return '"' + "".join(f"\\{c:03}" for c in string) + '"'


TARGET = LABELS.map(name_text)
STRING = st.binary(max_size=20).map(string_text)
RECORDS = st.one_of(
    st.tuples(st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(st.sampled_from(["PTR", "NS"]), TARGET),
    st.tuples(st.just("MX"), st.builds("{} {}".format, SHORT, TARGET)),
    st.tuples(st.just("SRV"), st.builds("{0} {0} {0} {1}".format, SHORT, TARGET)),
    st.tuples(st.just("CAA"), STRING.map("0 issue {}".format)),
    st.tuples(st.just("TXT"), st.lists(STRING, min_size=1, max_size=3).map(" ".join)),
    st.tuples(st.just("NAPTR"), st.builds("1 2 {0} {0} {0} {1}".format, STRING, TARGET)),
    st.tuples(st.just("SVCB"), TARGET.map("1 {} port=53".format)),
)
LINES = st.lists(st.tuples(LABELS, st.integers(0, 2**31 - 1), RECORDS), max_size=5)


@given(LINES)
def test_what_is_read_is_what_the_file_says(
    lines: list[tuple[list[bytes], int, tuple[str, str]]],
) -> None:
    ttls: dict[tuple[bytes, str], int] = {}
    text = "@ 60 IN SOA ns admin 1 2 3 4 5\n@ 60 IN NS ns\n"
    for labels, ttl, (type_, value) in lines:
        owner = dns.name.Name([*labels, *ORIGIN.labels])
        ttl = ttls.setdefault((owner.canonicalize().to_wire() or b"", type_), ttl)
        text += f"{owner} {ttl} IN {type_} {value}\n"
    zone = dns.zone.from_text(text, ORIGIN, relativize=False)
    sets = read_sets(text, "example")
    assert meaning(sets) == {
        (name.canonicalize().to_wire(), rdataset.rdtype, rdataset.ttl): {r.to_wire() for r in rdataset}
        for name, node in zone.nodes.items()
        for rdataset in node
        if name != ORIGIN
    }  # fmt: skip
    written = write_sets(sets, "example")
    assert meaning(read_sets(written, "example")) == meaning(sets)
    assert read_sets(written, "example") == sets


def meaning(sets: list[dict[str, Any]]) -> dict[Any, set[bytes]]:
    """Record sets as Route 53 takes them: wire forms."""
    return {
        (parse(each["Name"]).wire, dns.rdatatype.from_text(each["Type"]), each["TTL"]): {
            to_wire(each["Type"], record["Value"]) for record in each["ResourceRecords"]
        }
        for each in sets
    }


PIECES = (
    "$TTL 60\n", "$ORIGIN a.example.\n", "$GENERATE 1-3 x$ A 192.0.2.$\n", "x ", "60 ", "IN ", "A 192.0.2.1",
    "MX 10 a\\.b", " TXT ( a\n b )", "\n", " ", "\\", '"', "(", ")", ";", "@ ", "CNAME y\n", "\\# 4 0a000001",
    "TYPE65280 ", "$INCLUDE /etc/passwd\n", "é", "\0",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        sets = read_sets(text, "example")
    except BadZoneFile as refused:
        assert str(refused)
        return
    for each in sets:
        parse(each["Name"])


@pytest.mark.parametrize(
    "line",
    [
        "$GENERATE 1-999999999 x$ 60 A 192.0.2.1",
        "$GENERATE 1-9 x$ 60 A 192.0.2.1\n$GENERATE 1-65530 y$ 60 A 192.0.2.1",
        "$GENERATE 1-3/0 x$ 60 A 192.0.2.1",
        "$GENERATE 1-3 x${0,9999999999,d} 60 A 192.0.2.1",
    ],
)
def test_a_line_that_makes_others_makes_not_too_many(line: str) -> None:
    with pytest.raises(BadZoneFile, match="GENERATE"):
        read_sets(line + "\n", "example")


@pytest.mark.parametrize(
    ("type_", "value"), [("DS", "0 255 2 00"), ("DS", "1 8 2 00ff"), ("TLSA", "3 1 1 00")]
)
def test_a_digest_of_unusual_length_is_written(type_: str, value: str) -> None:
    each = {"Name": "x.e.", "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    assert f"x.e. 60 IN {type_} {value}\n" in write_sets([each], "e")
