"""Names: any labels come back, as dnspython has them; any text is a name or refused."""

from __future__ import annotations

import dns.name
from hypothesis import assume, given
from hypothesis import strategies as st

from forecourt.services.route53.domain_names import BadName, parse, parse_target

LABELS = st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=6)
TEXTS = st.text(st.sampled_from("aZ0-_.*\\0123478 é\x7f\0"), max_size=20) | st.text(max_size=80)


def spelled(labels: list[bytes], plain: bytes) -> str:
    """A name in the API's spelling, with all but some characters escaped."""
    return ".".join(
        "".join(chr(c) if c in plain else f"\\{c:03o}" for c in label) for label in labels
    )


@given(LABELS, st.sampled_from([b"", b"abcXYZ-_", bytes(range(0x21, 0x2E))]), st.booleans())
def test_any_labels_come_back(labels: list[bytes], plain: bytes, dot: bool) -> None:
    assume(sum(map(len, labels)) + len(labels) < 255)
    given_ = spelled(labels, plain) + ("." if dot else "")
    known = dns.name.Name([*labels, b""])
    assert parse_target(given_) == known.to_wire()
    name = parse(given_)
    assert name.wire == known.canonicalize().to_wire()
    assert parse(name.text) == name
    assert dns.name.from_wire(name.wire, 0)[0] == known


@given(LABELS)
def test_too_long_names_are_refused(labels: list[bytes]) -> None:
    long = labels * (255 // sum(map(len, labels)) + 1)
    for read in (parse, parse_target):
        try:
            read(spelled(long, b""))
        except BadName as refused:
            assert "DomainNameTooLong" in str(refused)
        else:
            raise AssertionError(long)


@given(TEXTS)
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = parse(text)
    except BadName:
        return
    assert len(name.wire) <= 255
    assert parse(name.text) == name
    assert parse_target(text).lower() == name.wire
    assert dns.name.from_wire(name.wire, 0)[1] == len(name.wire)


@given(LABELS, LABELS)
def test_a_name_lies_within_its_ends(front: list[bytes], back: list[bytes]) -> None:
    assume(sum(map(len, front + back)) + len(front + back) < 255)
    upper, lower = parse(spelled(back, b"")), parse(spelled(front + back, b""))
    assert lower.within(upper)
    assert upper.within(upper)
    assert lower.sort_key.startswith(upper.sort_key)
