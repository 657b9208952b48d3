"""Route 53's names: what is shown is the same name again, and dnspython's."""

from __future__ import annotations

from collections.abc import Iterator

import dns.name

from forecourt.services.route53.domain_names import BadName, parse, parse_target, read_labels

TOKENS = (b"\\052", b"\\056", b"\\000", b"\\377", b"*.", b"a" * 63, b".", b"xn--", b"\\400", b"\\")


def seeds() -> Iterator[bytes]:
    yield from (b"www.Example.com.", b"*.example.com", b"\\052.a\\056b.test", b"_a-b.c", b".", b"")
    yield b".".join([b"a" * 63] * 3 + [b"b" * 61])


def check(data: bytes) -> None:
    text = data.decode("latin-1")
    try:
        name = parse(text)
    except BadName as refused:
        assert len(str(refused)) < 200 + len(text)
        same_refusal(text)
        return
    assert len(name.wire) <= 255
    assert parse(name.text) == name
    assert name.wire == b"".join(
        bytes((len(label),)) + label.lower() for label in (*read_labels(text), b"")
    )
    assert parse_target(text).lower() == name.wire
    known, used = dns.name.from_wire(name.wire, 0)
    assert used == len(name.wire)
    assert known.is_absolute()
    assert name.within(name)
    assert name.sort_key.count(".") == name.text.count(".")


def same_refusal(text: str) -> None:
    """A name refused as an owner is refused as a target, but for the root."""
    try:
        parse_target(text)
    except BadName:
        return
    assert text == "."
