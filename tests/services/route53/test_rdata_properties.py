"""Record values: random rdata of dnspython's, in the API's spelling, are the same bytes again."""

from __future__ import annotations

import ipaddress
from typing import Any

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.services.route53.rdata import READERS, BadName, BadValue, to_wire

from .test_rdata import VALID

LABEL = st.binary(min_size=1, max_size=12)
NAME = st.lists(LABEL, max_size=4)
BYTE, SHORT, LONG = st.integers(0, 255), st.integers(0, 65535), st.integers(0, 2**32 - 1)
STRING = st.binary(max_size=255)
HEX = st.binary(min_size=1, max_size=64)
# dnspython holds these to lengths that AWS does not name.
STRICTER = ("DS", "SSHFP", "TLSA")


def name_text(labels: list[bytes]) -> str:
    return "".join("".join(f"\\{c:03o}" for c in label) + "." for label in labels) or "."


def name_wire(labels: list[bytes]) -> bytes:
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def string_text(string: bytes) -> str:
    return '"' + "".join(
        f"\\{chr(c)}" if c in b'"\\' else chr(c) if 0x20 <= c < 0x7F else f"\\{c:03o}"
        for c in string
    ) + '"'  # fmt: skip


def string_wire(string: bytes) -> bytes:
    return bytes((len(string),)) + string


def number(bits: int) -> Any:
    return lambda value: value.to_bytes(bits // 8, "big")


# A field: its values, its text, its bytes.
Field = tuple[st.SearchStrategy[Any], Any, Any]
BYTES: Field = (BYTE, str, number(8))
SHORTS: Field = (SHORT, str, number(16))
LONGS: Field = (LONG, str, number(32))
NAMES: Field = (NAME, name_text, name_wire)
HEXES: Field = (HEX, bytes.hex, bytes)
STRINGS: Field = (STRING, string_text, string_wire)
TAG: Field = (st.from_regex(r"[A-Za-z0-9]{1,15}", fullmatch=True), str,
              lambda tag: string_wire(tag.encode()))  # fmt: skip
REST: Field = (STRING, string_text, bytes)
TEXTS: Field = (
    st.lists(STRING, min_size=1, max_size=3),
    lambda strings: " ".join(map(string_text, strings)),
    lambda strings: b"".join(map(string_wire, strings)),
)
V4: Field = (st.ip_addresses(v=4), str, lambda address: address.packed)
V6: Field = (
    st.tuples(st.ip_addresses(v=6), st.sampled_from(["compressed", "exploded"])),
    lambda pair: getattr(pair[0], pair[1]),
    lambda pair: pair[0].packed,
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "A": (V4,),
    "AAAA": (V6,),
    "CAA": (BYTES, TAG, REST),
    "CNAME": (NAMES,),
    "DS": (SHORTS, BYTES, BYTES, HEXES),
    "MX": (SHORTS, NAMES),
    "NAPTR": (SHORTS, SHORTS, STRINGS, STRINGS, STRINGS, NAMES),
    "NS": (NAMES,),
    "PTR": (NAMES,),
    "SOA": (NAMES, NAMES, LONGS, LONGS, LONGS, LONGS, LONGS),
    "SPF": (TEXTS,),
    "SRV": (SHORTS, SHORTS, SHORTS, NAMES),
    "SSHFP": (BYTES, BYTES, HEXES),
    "TLSA": (BYTES, BYTES, BYTES, HEXES),
    "TXT": (TEXTS,),
}


def test_every_type_is_here() -> None:
    assert FIELDS.keys() | {"HTTPS", "SVCB"} == READERS.keys()


@pytest.mark.parametrize("type_", sorted(FIELDS))
def test_any_fields_are_those_bytes(type_: str) -> None:
    @settings(max_examples=40)
    @given(st.tuples(*(values for values, _, _ in FIELDS[type_])))
    def check(values: tuple[Any, ...]) -> None:
        parts = list(zip(FIELDS[type_], values, strict=True))
        text = " ".join(show(value) for (_, show, _), value in parts)
        wire = b"".join(pack(value) for (_, _, pack), value in parts)
        assert to_wire(type_, text) == wire
        kind = dns.rdatatype.from_text(type_)
        try:
            known = dns.rdata.from_wire(dns.rdataclass.IN, kind, wire, 0, len(wire))
        except dns.exception.FormError:
            assert type_ in STRICTER
        else:
            assert known.to_wire() == wire

    check()


PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "port": SHORT.map(str),
        "ipv4hint": st.lists(st.ip_addresses(v=4), min_size=1, max_size=3),
        "ipv6hint": st.lists(st.ip_addresses(v=6), min_size=1, max_size=3),
        "alpn": st.lists(st.sampled_from(["h2", "h3", "http/1.1"]), min_size=1, unique=True),
        "key65000": st.text("abc012", min_size=1, max_size=9),
    },
)


@given(st.sampled_from(["HTTPS", "SVCB"]), st.integers(1, 65535), NAME, PARAMETERS)
def test_service_bindings(
    type_: str, priority: int, target: list[bytes], parameters: dict[str, Any]
) -> None:
    shown = {
        key: ",".join(map(str, value)) if isinstance(value, list) else value
        for key, value in parameters.items()
    }
    text = " ".join([str(priority), name_text(target), *(f"{k}={v}" for k, v in shown.items())])
    wire = to_wire(type_, text)
    assert wire.startswith(priority.to_bytes(2, "big") + name_wire(target))
    kind = dns.rdatatype.from_text(type_)
    known: Any = dns.rdata.from_wire(dns.rdataclass.IN, kind, wire, 0, len(wire))
    assert len(known.params) == len(parameters)
    for key, number_ in (("ipv4hint", 4), ("ipv6hint", 6)):
        if key in parameters:
            found = [ipaddress.ip_address(each) for each in known.params[number_].addresses]
            assert found == parameters[key]


ANY = st.text(st.sampled_from(' "\\.;()=,:\n\t\0aZ09é'), max_size=30) | st.text(max_size=60)


@given(st.sampled_from(sorted(READERS)), ANY)
def test_any_text_is_bytes_or_refused(type_: str, text: str) -> None:
    whole(type_, text)


@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 3), ANY), min_size=1, max_size=3),
)
def test_a_value_changed_is_bytes_or_refused(
    valid: tuple[str, str, str | None], changes: list[tuple[int, int, str]]
) -> None:
    type_, value, _ = valid
    for at, length, put in changes:
        at %= len(value) + 1
        value = value[:at] + put[:2] + value[at + length :]
    whole(type_, value)


def whole(type_: str, text: str) -> None:
    """Whatever is taken, every client can read."""
    try:
        wire = to_wire(type_, text)
    except (BadValue, BadName):
        return
    kind = dns.rdatatype.from_text(type_)
    try:
        known = dns.rdata.from_wire(dns.rdataclass.IN, kind, wire, 0, len(wire))
    except dns.exception.FormError:
        assert type_ in STRICTER
    else:
        assert known.to_wire() == wire
