"""AWS's own signature suite: each signed request is accepted, and refused after any change."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from forecourt.platform.identity.sigv4 import (
    Refused,
    canonical_request,
    check,
    claim,
    string_to_sign,
    verify,
)

from .data import folder

CASES = sorted(path.parent for path in folder("aws-sigv4").rglob("*.sreq"))
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


class Parsed:
    """A raw HTTP request, taken apart as an HTTP server does."""

    def __init__(self, raw: str) -> None:
        head, _, body = raw.replace("\r\n", "\n").partition("\n\n")
        first, *lines = head.split("\n")
        self.method, target = first.split(" ", 1)
        self.path, _, self.query = target.removesuffix(" HTTP/1.1").partition("?")
        self.body = body.encode()
        self.headers: dict[str, str] = {}
        name = ""
        for line in lines:
            if line.startswith(" "):  # a folded value (RFC 9112 §5.2)
                self.headers[name] += " " + line.strip()
                continue
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            have = self.headers.get(name)
            self.headers[name] = value if have is None else f"{have},{value}"

    def verify(self, payload: bytes | None = None) -> None:
        claimed = claim(self.headers, parse_qsl(self.query, keep_blank_values=True))
        check(claimed, "service", NOW)
        digest = sha256(self.body if payload is None else payload).hexdigest()
        verify(claimed, self.method, self.path, self.query, self.headers, digest, SECRET)


def text(folder: Path, kind: str) -> str:
    # Bytes, a character each: as they come over the wire, line ends and all.
    return (folder / f"{folder.name}.{kind}").read_bytes().decode("latin-1")


def signed(folder: Path) -> Parsed:
    """The signed request, under the suite's own Authorization: one .sreq has its signature masked."""
    request = Parsed(text(folder, "sreq"))
    request.headers["authorization"] = text(folder, "authz").strip()
    return request


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_accepted(case: Path) -> None:
    request = signed(case)
    claimed = claim(request.headers, parse_qsl(request.query))
    digest = sha256(request.body).hexdigest()
    canonical = canonical_request(
        claimed, request.method, request.path, request.query, request.headers, digest
    )
    assert canonical == text(case, "creq").replace("\r\n", "\n")
    assert string_to_sign(claimed, canonical) == text(case, "sts").replace("\r\n", "\n")
    request.verify()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("change", ["method", "path", "query", "body", "header", "signature"])
def test_refused_after_a_change(case: Path, change: str) -> None:
    request = signed(case)
    match change:
        case "method":
            request.method = "PUT"
        case "path":
            request.path += "x"
        case "query":
            request.query += "&x=y"
        case "body":
            request.body += b"x"
        case "header":
            request.headers["host"] += "x"
        case "signature":
            last = request.headers["authorization"][-1]
            request.headers["authorization"] = request.headers["authorization"][:-1] + (
                "0" if last != "0" else "1"
            )
    with pytest.raises(Refused, match="does not match"):
        request.verify()
