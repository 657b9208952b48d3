"""Answers as bytes: dnspython reads what we write, names are compressed, counts are right."""

from __future__ import annotations

import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns import wire
from forecourt.planes.dns.lookup import Found
from forecourt.planes.dns.message import LAST_TARGET, Writer, name_length, write
from forecourt.planes.dns.protocol import question
from forecourt.planes.dns.snapshot import RRset

from .building import absolute

HEAD = b"\0\1\x80\0\0\1"
NAME = st.lists(st.sampled_from(["a", "b", "Ab", "x" * 63]), max_size=3).map(
    lambda labels: wire.from_labels([label.encode() for label in labels])
)
RDATA = {
    wire.A: st.binary(min_size=4, max_size=4),
    wire.NS: NAME,
    wire.CNAME: NAME,
    wire.PTR: NAME,
    wire.MX: NAME.map(lambda name: b"\0\5" + name),
    wire.SRV: NAME.map(lambda name: bytes(6) + name),
    wire.SOA: st.tuples(NAME, NAME).map(lambda two: two[0] + two[1] + bytes(20)),
    wire.TXT: st.binary(max_size=255).map(lambda text: bytes((len(text),)) + text),
}
RRSETS = st.sampled_from(sorted(RDATA)).flatmap(
    lambda type_: st.builds(
        RRset,
        st.just(type_),
        st.integers(0, 0x7FFFFFFF),
        st.lists(RDATA[type_], min_size=1, max_size=3, unique=True).map(tuple),
    )
)
RECORDS = st.lists(st.tuples(NAME, RRSETS), max_size=4)


def message(asked: bytes, found: Found) -> dns.message.Message:
    counts, body = write(asked, found)
    numbers = b"".join(count.to_bytes(2, "big") for count in counts)
    return dns.message.from_wire(HEAD + numbers + asked + body, one_rr_per_rrset=True)


@given(NAME, RECORDS, RECORDS)
def test_what_is_written_is_read(
    name: bytes, answer: list[tuple[bytes, RRset]], additional: list[tuple[bytes, RRset]]
) -> None:
    asked = question(name.lower(), wire.A)
    read = message(asked, Found(answer=answer, additional=additional))
    for section, given_ in ((read.answer, answer), (read.additional, additional)):
        got = [(r.name.to_wire(), int(r.rdtype), r.ttl, r[0].to_wire()) for r in section]
        assert got == [
            (owner, rrset.type, rrset.ttl, rdata)
            for owner, rrset in given_
            for rdata in rrset.rdata
        ]


@pytest.mark.parametrize(
    ("type_", "rdata", "length"),
    [
        (wire.CNAME, absolute("www"), 2 + 10 + 2),  # owner and target are in the question
        (wire.MX, b"\0\5" + absolute("www"), 2 + 10 + 4),
        (wire.SOA, absolute("www") * 2 + bytes(20), 2 + 10 + 24),
        (wire.SRV, bytes(6) + absolute("www"), 2 + 10 + 6 + 13),  # RFC 2782: not compressed
    ],
)
def test_compression(type_: int, rdata: bytes, length: int) -> None:
    asked = question(absolute("www"), type_)
    _, body = write(asked, Found(answer=[(absolute("www"), RRset(type_, 60, (rdata,)))]))
    assert len(body) == length


def test_case_in_rdata_is_kept() -> None:
    target = absolute("WwW")
    asked = question(absolute("www"), wire.CNAME)
    read = message(asked, Found(answer=[(absolute("www"), RRset(wire.CNAME, 1, (target,)))]))
    assert read.answer[0][0].to_wire() == target


def test_no_pointer_reaches_further_than_pointers_can() -> None:
    filler = RRset(wire.TXT, 1, (b"\xff" + b"x" * 255,) * 70)
    late = [(wire.from_text(f"{n}.late.test"), RRset(wire.A, 1, (bytes(4),))) for n in range(3)]
    asked = question(absolute("www"), wire.TXT)
    found = Found(answer=[(absolute("www"), filler), *late])
    assert len(write(asked, found)[1]) > LAST_TARGET
    read = message(asked, found)
    assert [str(rrset.name) for rrset in read.answer[-3:]] == [f"{n}.late.test." for n in range(3)]


def test_the_root_is_one_byte() -> None:
    writer = Writer(question(b"\0", wire.NS))
    writer.name(b"\0")
    assert writer.out == b"\0"


def test_counts_are_of_records_not_of_sets() -> None:
    owner = absolute("www")
    rrset = RRset(wire.A, 1, (b"1234", b"5678"))
    found = Found(answer=[(owner, rrset)], authority=[(owner, rrset), (owner, rrset)])
    assert write(question(owner, wire.A), found)[0] == (2, 4, 0)


@given(NAME, st.binary(max_size=4))
def test_name_length(name: bytes, rest: bytes) -> None:
    assert name_length(name + rest) == len(name)
