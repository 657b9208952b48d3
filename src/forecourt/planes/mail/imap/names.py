"""Mailbox names: modified UTF-7, the one INBOX, and the patterns of LIST."""

from __future__ import annotations

import base64
import re

DELIMITER = "/"
INBOX = "INBOX"
LONGEST = 255  # characters
DEEPEST = 20  # levels
ENCODED = re.compile(r"&([^-]*)-")
PLAIN = re.compile(r"[\x20-\x25\x27-\x7e]*")


class BadName(ValueError):
    """Text that is no mailbox name."""


def decode(raw: bytes) -> str:
    """A name as clients write it (RFC 3501 §5.1.3); UTF-8 is taken too (RFC 6855 §3).  BadName."""
    try:
        written = raw.decode()
        found = ENCODED.sub(lambda m: _decoded(m[1]), written) if "&" in written else written
        found.encode()
    except (UnicodeError, ValueError):
        raise BadName(raw) from None
    return normal(found)


def _decoded(text: str) -> str:
    if not text:
        return "&"
    padded = text.replace(",", "/") + "=" * (-len(text) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")


def encode(name: str) -> bytes:
    """A name as IMAP4rev1 writes it."""
    out: list[str] = []
    at = 0
    while at < len(name):
        matched = PLAIN.match(name, at)
        assert matched is not None
        out.append(matched[0])
        at = matched.end()
        if at < len(name) and name[at] == "&":
            out.append("&-")
            at += 1
            continue
        start = at
        while at < len(name) and not "\x20" <= name[at] <= "\x7e":
            at += 1
        if at > start:
            coded = base64.b64encode(name[start:at].encode("utf-16-be")).decode()
            out.append("&" + coded.rstrip("=").replace("/", ",") + "-")
    return "".join(out).encode()


def normal(name: str) -> str:
    """INBOX is one whatever its case, also as the parent of others (RFC 3501 §5.1)."""
    head, slash, rest = name.partition(DELIMITER)
    return INBOX + slash + rest if head.upper() == INBOX else name


def check(name: str) -> str:
    """A name that a mailbox can be given.  BadName."""
    levels = name.split(DELIMITER)
    if not name or len(name) > LONGEST or len(levels) > DEEPEST or not all(levels):
        raise BadName(name)
    if any(c < " " or c in "%*\x7f" for c in name):
        raise BadName(name)
    return name


def parents(name: str) -> list[str]:
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:count]) for count in range(1, len(levels))]


class Pattern:
    """What LIST asks for (RFC 3501 §6.3.8): its time grows with the pattern and the name, no more."""

    def __init__(self, text: str) -> None:
        self._parts = [part for part in re.split(r"([*%]+)", text) if part]

    def match(self, name: str) -> bool:
        """Whether the whole name matches."""
        places = {0}
        for part in self._parts:
            if part[0] not in "*%":
                places = {at + len(part) for at in places if name.startswith(part, at)}
            elif "*" in part:
                places = set(range(min(places), len(name) + 1))
            else:
                places = {end for at in places for end in range(at, level_end(name, at) + 1)}
            if not places:
                return False
        return len(name) in places


def level_end(name: str, at: int) -> int:
    found = name.find(DELIMITER, at)
    return len(name) if found < 0 else found


def pattern(reference: str, mailbox: str) -> Pattern:
    return Pattern(normal(reference + mailbox))
