"""What links in messages open, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from forecourt.gateway.http import Malformed
from forecourt.gateway.public import Public, form_of
from forecourt.services.ses import PAGES
from tests.harness import World


def get(world: World, path: str, method: str = "GET", body: bytes = b"") -> int:
    status: list[int] = []
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"user-agent", b"x")], "client": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    asyncio.run(Public(world.store, {}, None, PAGES)(scope, receive, send))
    return status[0]


def test_links_that_are_none(world: World) -> None:
    for prefix in PAGES:
        assert get(world, f"{prefix}nothing") == 404
        assert get(world, f"{prefix}a/b/c/d/e") == 404
        assert get(world, f"{prefix}x", "POST", b"\xff=1") == 400
        assert get(world, f"{prefix}x", "POST", b"x" * 100_000) == 413


def test_forms_of_both_kinds() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    assert form_of("multipart/form-data; boundary=b", body) == [("List-Unsubscribe", "One-Click")]
    assert form_of("", b"List-Unsubscribe=One-Click") == [("List-Unsubscribe", "One-Click")]
    for kind, text in (("multipart/form-data; boundary=\n", b""), ("", b"\xff")):
        with pytest.raises((Malformed, UnicodeDecodeError)):
            form_of(kind, text)
