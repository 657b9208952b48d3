"""Where the statements of a policy begin and end in its text, in lines and columns from 1.

A statement starts behind the bracket, brace or comma before it, and ends behind its last brace, as
simulations have been seen to tell.  The text is JSON with statements: it was checked before.
"""

from __future__ import annotations

import re
from json import JSONDecoder

Position = tuple[int, int]  # line, column
SPACE = re.compile(r"[ \t\n\r]*")
decode = JSONDecoder().raw_decode


def statement_positions(document: str) -> list[tuple[Position, Position]]:
    """Start and end of each statement, in their order."""
    at = behind(document, 0, "{")
    found: list[tuple[int, int]] = []
    while document[at] != "}":
        name, at = decode(document, at)
        at = behind(document, at, ":")
        value = at
        _, at = decode(document, value)
        if name == "Statement":  # of several, the last one counts
            found = spans(document, value, at)
        at = past_comma(document, at)
    return [(position(document, start), position(document, end)) for start, end in found]


def spans(document: str, start: int, end: int) -> list[tuple[int, int]]:
    if document[start] != "[":
        return [(start + 1, end)]
    found = []
    before, at = start + 1, behind(document, start, "[")
    while document[at] != "]":
        _, at = decode(document, at)
        found.append((before, at))
        at = skip(document, at)
        before, at = at + 1, past_comma(document, at)
    return found


def skip(document: str, at: int) -> int:
    match = SPACE.match(document, at)
    return match.end() if match else at


def behind(document: str, at: int, token: str) -> int:
    """Where the next token is after this one."""
    at = skip(document, at)
    assert document[at] == token
    return skip(document, at + 1)


def past_comma(document: str, at: int) -> int:
    at = skip(document, at)
    return skip(document, at + 1) if document[at] == "," else at


def position(document: str, at: int) -> Position:
    line = document.count("\n", 0, at) + 1
    return line, at - document.rfind("\n", 0, at)
