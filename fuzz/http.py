"""Requests as text: a first line with method, path and query, headers, an empty line, the body."""

from __future__ import annotations

from collections.abc import Mapping

from forecourt.gateway.http import Request

NAME = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")  # RFC 9110 §5.6.2


def read_request(data: bytes, **given: str) -> Request:
    """Whatever the bytes, a request that a server could have got; `given` are headers it has anyway."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, target = first.partition(" ")
    path, _, query = target.partition("?")
    headers = {name.replace("_", "-"): value for name, value in given.items()}
    for line in lines:
        name, _, value = line.partition(":")
        if name and NAME.issuperset(name := name.lower()):
            headers[name] = "".join(c for c in value if c >= " " or c == "\t").strip(" \t")
    return Request(method, path or "/", query, headers, body, "192.0.2.200")


def written(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes = b""
) -> bytes:
    """The text of a request."""
    lines = "".join(f"\n{name}: {value}" for name, value in headers.items())
    target = f"{path}?{query}" if query else path
    return f"{method} {target}{lines}\n\n".encode("latin-1", "replace") + body
