"""The unsigned side: a listener on which nothing is found yet, whatever is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from forecourt.gateway import public


def asked(scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(public.application(scope, receive, send))
    return sent


@pytest.mark.parametrize("path", ["/", "/_forecourt/health", "/2013-04-01/hostedzone"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_found(method: str, path: str) -> None:
    start, body = asked({"type": "http", "method": method, "path": path})
    assert start["status"] == 404
    assert (b"content-length", str(len(body["body"])).encode()) in start["headers"]


def test_what_is_no_http_is_ignored() -> None:
    assert asked({"type": "lifespan"}) == []
