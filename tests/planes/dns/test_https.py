"""DNS over HTTPS without its server: requests and what they are answered."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from typing import Any

import dns.message
import dns.rdatatype
import pytest

from forecourt.planes.dns.https import LARGEST, PATH, application

from .building import query, read, responder

WHERE = "127.0.0.1"


def ask(
    method: str = "GET", path: str = PATH, query_string: bytes = b"", body: bytes = b"",
    type_: bytes = b"application/dns-message", server: str = WHERE,
) -> tuple[int, dict[bytes, bytes], bytes]:  # fmt: skip
    sent: list[Any] = []
    counted: list[int] = []
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]

    async def receive() -> Any:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(event: Any) -> None:
        sent.append(event)

    responders = {WHERE: responder()}
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query_string,
        "headers": [(b"content-type", type_)], "server": (server, 443), "client": ("127.0.0.2", 5),
    }  # fmt: skip

    async def run() -> None:
        await application(responders.get, lambda: counted.append(1))(scope, receive, send)

    asyncio.run(run())
    assert len(counted) == (sent[0]["status"] == 200)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def encoded(message: bytes) -> bytes:
    return b"dns=" + urlsafe_b64encode(message).rstrip(b"=")


def test_get_and_post() -> None:
    for given in (
        {"query_string": encoded(query("www"))},
        {"method": "POST", "body": query("www")},
    ):
        status, headers, body = ask(**given)
        assert (status, headers[b"content-type"]) == (200, b"application/dns-message")
        assert headers[b"cache-control"] == b"max-age=300"
        assert {r.to_text() for each in read(body).answer for r in each} == {
            "192.0.2.1",
            "192.0.2.2",
        }


def test_what_is_not_there_is_kept_for_less() -> None:
    _, headers, body = ask(query_string=encoded(query("nothing")))
    assert headers[b"cache-control"] == b"max-age=60"
    assert [each.rdtype for each in read(body).authority] == [dns.rdatatype.SOA]


def test_large_answers_are_whole() -> None:
    _, _, body = ask(query_string=encoded(query("www", "TXT", use_edns=0)))
    assert not read(body).flags & dns.flags.TC


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"path": "/"}, 404), ({}, 400), ({"query_string": b"dns=%%%"}, 400),
        ({"query_string": b"dns=A&dns=B"}, 400), ({"query_string": b"dns=AAAA"}, 400),
        ({"method": "PUT"}, 405), ({"method": "POST", "type_": b"text/plain"}, 415),
        ({"method": "POST", "body": b"x" * (LARGEST + 1)}, 413),
        ({"method": "POST", "body": b"garbage"}, 400), ({"server": "127.0.0.9", "query_string": encoded(query("www"))}, 404),
    ],
)  # fmt: skip
def test_what_is_no_query(given: Any, status: int) -> None:
    assert ask(**given)[0] == status
