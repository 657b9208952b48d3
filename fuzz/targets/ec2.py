"""The ec2 protocol: forms with lists of their own spelling, for a made-up service."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.http import written
from fuzz.requests import checker
from fuzz.targets import query

TOKENS = query.TOKENS


def seeds() -> Iterator[bytes]:
    for form in query.FORMS:
        body = (query.START + form.replace("member.", "")).encode()
        yield b"\0" + written("POST", "/", "", {}, body)
        yield b"\1" + written("POST", "/", "", {}, body)


check = checker("ec2", content_type="application/x-www-form-urlencoded")
