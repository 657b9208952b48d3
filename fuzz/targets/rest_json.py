"""REST with JSON: paths, query strings, headers and bodies, for a made-up service."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.http import written
from fuzz.requests import checker
from fuzz.targets import json

HEADERS = {
    "x-header": "a",
    "x-stamp": "Thu, 01 Jan 2026 00:00:00 GMT",
    "x-list": 'a, "b\\"", c',
    "x-number": "0.5",
    "x-json": "eyJhIjoxfQ==",
    "x-meta-red": "a",
}
TOKENS = (
    *json.TOKENS, b"POST /do/", b"PUT /put", b"?query=1", b"&queries=a", b"%2F", b"%ff", b"x-header: ",
    b"x-stamp: ", b"x-list: ", b"x-number: ", b"x-json: ", b"x-meta-a: ", b"IlxcdWQ4MDAi", b"\n\n", b"-0000",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    for document in json.DOCUMENTS:
        yield b"\0" + written(
            "POST", "/do/a%20b", "query=1&queries=a&queries=b&RED=x", {}, document
        )
        yield b"\0" + written("POST", "/do/a/", "", HEADERS, document)
    yield b"\0" + written("PUT", "/put", "", {}, b"raw")


check = checker("rest-json")
