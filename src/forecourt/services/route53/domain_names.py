"""Domain names as Route 53 reads, keeps and shows them.

Read: a final dot is optional, letters may be of either case, `\\ooo` (octal) stands for any byte.
Kept and shown: lower case, with a final dot, everything but a-z 0-9 - _ as `\\ooo`.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PLAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?\Z")
ESCAPE = re.compile(r"\\([0-3][0-7]{2})")
SHOWN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
LONGEST = 255


class BadName(Exception):
    """A name that is none, in AWS's words."""

    def __init__(self, code: str, text: str, encountered: str) -> None:
        super().__init__(f"FATAL problem: {code} ({text}) encountered with '{encountered}'")


@dataclass(frozen=True, slots=True)
class Name:
    text: str  # as the API shows it
    wire: bytes

    @property
    def sort_key(self) -> str:
        """What names are listed by: "www.example.com." -> "com.example.www."."""
        return sort_key(self.text)

    def within(self, other: Name) -> bool:
        return f".{self.text}".endswith(f".{other.text}")


def sort_key(text: str) -> str:
    return ".".join(reversed(text.rstrip(".").split("."))) + "."


def parse(given: str) -> Name:
    """A name out of a request.  BadName."""
    lower = given.lower() if given.isascii() else given
    if PLAIN.match(lower) and len(lower) < LONGEST - 1:
        text = lower if lower.endswith(".") else lower + "."
        parts = [part.encode() for part in text[:-1].split(".")]
        return Name(text, b"".join(bytes((len(p),)) + p for p in parts) + b"\0")
    labels = [label.lower() for label in read_labels(given)]
    return Name(show(labels), wire(labels))


def parse_target(given: str) -> bytes:
    """The wire form of a name in a record's value, its letters as they were given.  BadName."""
    if given == ".":
        return b"\0"
    return wire(read_labels(given))


def read_labels(given: str) -> list[bytes]:
    """A name's labels, escapes undone."""
    if not given or given == ".":
        raise BadName("DomainNameEmpty", "Domain name is empty", given)
    labels = []
    for part in split(given):
        if not part:
            raise BadName("DomainLabelEmpty", "Domain label is empty", given)
        for character in part:
            if not "!" <= character <= "~":
                raise BadName(
                    "UnsupportedCharacter", "Value contains unsupported characters", character
                )
        pieces = ESCAPE.split(part)  # text, octal digits, text, ...
        label = b"".join(
            bytes((int(piece, 8),)) if at % 2 else piece.encode() for at, piece in enumerate(pieces)
        )
        if len(label) > 63:
            raise BadName("DomainLabelTooLong", "Domain label is too long", part)
        labels.append(label)
    if sum(map(len, labels)) + len(labels) + 1 > LONGEST:
        raise BadName("DomainNameTooLong", "Domain name is too long", given)
    return labels


def split(given: str) -> list[str]:
    return (given.removesuffix(".")).split(".")


def wire(labels: list[bytes]) -> bytes:
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def show(labels: list[bytes]) -> str:
    return "".join(
        "".join(chr(c) if c in SHOWN else f"\\{c:03o}" for c in label) + "." for label in labels
    )
