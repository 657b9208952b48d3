"""What responses say, however they come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.probes.protocol import LONGEST_HEAD, SEARCHED, Exchange, Garbage
from forecourt.planes.probes.snapshot import Check

PLAIN = Check("c1", "HTTP", "192.0.2.1", "", 80)
SEARCHING = Check("c1", "HTTP", "192.0.2.1", "", 80, search=b"all is well")


def response(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def verdict(check: Check, *pieces: bytes) -> tuple[bool, str]:
    exchange = Exchange(check)
    for piece in pieces:
        if exchange.receive(piece):
            break
    return exchange.verdict()


@pytest.mark.parametrize(
    ("status", "healthy"),
    [("200 OK", True), ("204 No Content", True), ("301 Moved", True), ("399 X", True), ("400 Bad Request", False), ("503 Down", False)],
)  # fmt: skip
def test_status(status: str, healthy: bool) -> None:
    said = "Success" if healthy else "Failure"
    code, _, reason = status.partition(" ")
    assert verdict(PLAIN, response(status)) == (
        healthy,
        f"{said}: HTTP Status Code {code}, {reason}",
    )


@pytest.mark.parametrize(
    ("body", "healthy"),
    [
        (b"so all is well here", True),
        (b"nothing is", False),
        (b"x" * (SEARCHED - 11) + b"all is well", True),
        (b"x" * (SEARCHED - 10) + b"all is well", False),
    ],
)
def test_search(body: bytes, healthy: bool) -> None:
    assert verdict(SEARCHING, response("200 OK", body))[0] == healthy


def test_a_redirect_has_nothing_to_search() -> None:
    assert not verdict(SEARCHING, response("302 Found", b"all is well"))[0]


@given(st.lists(st.integers(1, 40), max_size=12))
def test_any_pieces(sizes: list[int]) -> None:
    whole = response("200 OK", b"and so all is well", "Server: test")
    pieces, at = [], 0
    for size in sizes:
        pieces.append(whole[at : at + size])
        at += size
    assert verdict(SEARCHING, *filter(None, pieces), whole[at:]) == verdict(SEARCHING, whole)


@given(st.binary(max_size=400))
def test_garbage(data: bytes) -> None:
    exchange = Exchange(SEARCHING)
    try:
        exchange.receive(data)
    except Garbage:
        return
    if exchange.answered:
        exchange.verdict()


def test_heads_without_end() -> None:
    exchange = Exchange(PLAIN)
    exchange.receive(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(Garbage):
        for _ in range(LONGEST_HEAD):
            exchange.receive(b"X: " + b"y" * 60 + b"\r\n")


@pytest.mark.parametrize(
    ("check", "host"),
    [
        (PLAIN, "192.0.2.1"),
        (Check("c", "HTTP", "192.0.2.1", "", 8080), "192.0.2.1:8080"),
        (Check("c", "HTTP", "2001:db8::1", "", 80), "[2001:db8::1]"),
        (Check("c", "HTTPS", "192.0.2.1", "www.example.com", 443), "www.example.com"),
    ],
)
def test_what_is_asked(check: Check, host: str) -> None:
    lines = Exchange(check).request.decode().split("\r\n")
    assert lines[0] == "GET / HTTP/1.1"
    assert f"Host: {host}" in lines
    assert any(
        line.startswith("User-Agent: Amazon-Route53-Health-Check-Service (ref c") for line in lines
    )
