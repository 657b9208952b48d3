"""HTTP as clients should not write it: slow, too large, cut short, pipelined, and no HTTP at all."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from forecourt.gateway import server
from forecourt.gateway.admin import Admin
from forecourt.gateway.http import Request
from forecourt.gateway.server import (
    BODIES,
    LARGEST_BODY,
    LARGEST_HEADERS,
    MOST_HEADERS,
    Application,
    is_link,
)
from tests.gateway.wire import (
    FORM,
    PATIENCE,
    WHO_AM_I,
    Signer,
    connect,
    drain,
    error_of,
    raw,
    read,
    request,
    send,
)
from tests.harness import TOKEN, World

HEALTH = b"GET /_forecourt/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
ROUTE53 = Signer(service="route53")


@pytest.fixture
def wire(world: World) -> Iterator[socket.socket]:
    connection = connect(world.url)
    yield connection
    connection.close()


def responses(connection: socket.socket, count: int) -> list[tuple[int, bytes]]:
    """Statuses and bodies of so many answers on one connection."""
    stream = connection.makefile("rb")
    found = []
    for _ in range(count):
        status = int(stream.readline().split()[1])
        length = 0
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        found.append((status, stream.read(length)))
    return found


def test_pipelined_requests_are_answered_in_order(world: World, wire: socket.socket) -> None:
    sent = raw(request(headers=FORM, body=WHO_AM_I))
    wire.sendall(HEALTH + sent + HEALTH + sent)
    found = responses(wire, 4)
    assert [status for status, _ in found] == [200] * 4
    assert [b"<Account>" in body for _, body in found] == [False, True, False, True]


def test_bytes_one_by_one(wire: socket.socket) -> None:
    for byte in raw(request(headers=FORM, body=WHO_AM_I)):
        wire.send(bytes([byte]))
    assert responses(wire, 1)[0][0] == 200


def test_a_chunked_body(world: World, wire: socket.socket) -> None:
    sent = request(headers=FORM, body=WHO_AM_I)
    head = raw(sent, "transfer-encoding: chunked").partition(b"\r\n\r\n")[0]
    head = b"\r\n".join(line for line in head.split(b"\r\n") if b"content-length" not in line)
    wire.sendall(head + b"\r\n\r\n")
    for at in range(0, len(WHO_AM_I), 10):
        piece = WHO_AM_I[at : at + 10]
        wire.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    wire.sendall(b"0\r\n\r\n")
    assert responses(wire, 1)[0][0] == 200


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
        b"POST /_forecourt/health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ሴ HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nx: a\x00b\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(world: World, wire: socket.socket, text: bytes) -> None:
    wire.sendall(text)
    wire.shutdown(socket.SHUT_WR)
    status = drain(wire)[:12]
    assert status[:9] in (b"HTTP/1.1 ", b"")
    assert status[9:10] in (b"4", b"") or status.endswith(b"501")
    assert send(world.url, Request("GET", "/_forecourt/health", "", {})).status == 200


def test_an_upgrade_is_not_made(wire: socket.socket) -> None:
    wire.sendall(
        HEALTH[:-2]
        + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n"
    )
    assert responses(wire, 1)[0][0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"x-%d: y\r\n" % n for n in range(MOST_HEADERS + 1)),
        b"".join(b"x-%d: %s\r\n" % (n, b"y" * 1000) for n in range(70)),
        b"x: " + b"y" * (LARGEST_HEADERS + 1) + b"\r\n",
        b"x" * (LARGEST_HEADERS + 1) + b": y\r\n",
        b"x: " + b"y" * 10**6,
    ],
    ids=["many", "much", "value", "name", "endless"],
)
def test_headers_that_are_too_large_end_the_connection(wire: socket.socket, head: bytes) -> None:
    refused = False
    try:
        wire.sendall(HEALTH[:-2] + head + b"\r\n")
    except (BrokenPipeError, ConnectionResetError):
        refused = True
    answer = b"" if refused else drain(wire)
    assert not answer.startswith(b"HTTP/1.1 2")


def test_a_target_that_is_too_large_ends_the_connection(wire: socket.socket) -> None:
    wire.sendall(b"GET /" + b"a" * (LARGEST_HEADERS + 1) + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert not drain(wire).startswith(b"HTTP/1.1 2")


def test_headers_just_large_enough(wire: socket.socket) -> None:
    wire.sendall(HEALTH[:-2] + b"x: " + b"y" * (LARGEST_HEADERS - 100) + b"\r\n\r\n")
    assert responses(wire, 1)[0][0] == 200


@pytest.mark.parametrize("text", [b"", HEALTH[:-1], HEALTH[:20], HEALTH + b"G"])
def test_headers_that_do_not_come(
    world: World, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(server, "HEADERS_WITHIN", 0.2)
    connection = connect(world.url)
    connection.sendall(text)
    started = time.monotonic()
    answer = drain(connection)
    connection.close()
    assert 0.1 < time.monotonic() - started < PATIENCE / 2
    assert answer.startswith(b"HTTP/1.1 200") == (len(text) > len(HEALTH))


def test_headers_that_trickle_have_the_same_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADERS_WITHIN", 0.3)
    connection = connect(world.url)
    connection.settimeout(0.02)
    deadline, ended = time.monotonic() + PATIENCE, False
    while not ended and time.monotonic() < deadline:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\n" if not ended else b"")
            ended = connection.recv(1) == b""
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            ended = True
    connection.close()
    assert ended


def test_a_connection_may_rest_between_requests(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time for headers begins with a request's first byte."""
    monkeypatch.setattr(server, "HEADERS_WITHIN", 0.2)
    connection = connect(world.url)
    connection.sendall(HEALTH)
    assert responses(connection, 1)[0][0] == 200
    connection.settimeout(0.4)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(PATIENCE)
    connection.sendall(HEALTH)
    assert responses(connection, 1)[0][0] == 200
    connection.close()


def over(service: str, size: int) -> tuple[Request, str]:
    return request(signer=Signer(service=service), headers={"expect": "100-continue"}), str(size)


@pytest.mark.parametrize("service", [*BODIES, "kms"])
@pytest.mark.parametrize("more", [0, 1])
def test_a_body_is_declared_too_large(wire: socket.socket, service: str, more: int) -> None:
    sent, length = over(service, BODIES.get(service, LARGEST_BODY) + more)
    head = raw(sent).replace(b"content-length: 0", b"content-length: " + length.encode())
    wire.sendall(head)
    first = wire.recv(65536)
    if not more:
        assert first.startswith(b"HTTP/1.1 100 ")
        return
    assert first.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in first.lower()
    assert b"RequestEntityTooLarge" in first + drain(wire)


def test_an_error_for_a_body_names_its_request(wire: socket.socket) -> None:
    sent, length = over("sts", 10**9)
    wire.sendall(raw(sent).replace(b"content-length: 0", b"content-length: " + length.encode()))
    reply = http.client.HTTPResponse(wire)
    reply.begin()
    given = read(reply)
    assert error_of(given.headers, given.body)["code"] == "RequestEntityTooLarge"
    assert len(given.headers["x-amzn-requestid"]) == 36


def test_a_chunked_body_grows_too_large(world: World, wire: socket.socket) -> None:
    wire.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    try:
        for _ in range(LARGEST_BODY // 65536 + 1):
            wire.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return
    reply = drain(wire)
    assert reply[:12] in (b"HTTP/1.1 413", b"")


def test_a_body_above_what_is_kept_in_memory(world: World) -> None:
    """Two megabytes, spooled to disk, arrive whole: their hash was signed."""
    comment = "c" * 2_000_000
    with pytest.raises(ClientError, match="hostedZoneConfig.comment") as caught:
        world.client("route53").create_hosted_zone(
            Name="x.test", CallerReference="1", HostedZoneConfig={"Comment": comment}
        )
    assert caught.value.response["Error"]["Code"] == "InvalidInput"


def zones(world: World) -> int:
    return len(world.client("route53").list_hosted_zones()["HostedZones"])


@pytest.mark.parametrize("path", ["/_forecourt/reset", "/2013-04-01/hostedzone"])
def test_a_request_cut_short_is_not_carried_out(world: World, tmp_path: Path, path: str) -> None:
    """Its client is gone before its body was whole."""
    world.client("route53").create_hosted_zone(Name="x.test", CallerReference="1")
    body = (
        b"<CreateHostedZoneRequest><Name>y.test</Name><CallerReference>2</CallerReference>"
        b"</CreateHostedZoneRequest>"
    )
    sent = request(path=path, body=body, signer=ROUTE53)
    arriving = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Any] = []

    async def receive() -> Any:
        return arriving.pop(0) if len(arriving) > 1 else arriving[0]

    async def send_(message: Any) -> None:
        answered.append(message)

    headers = [(k.encode(), v.encode()) for k, v in sent.headers.items()]
    scope = {
        "type": "http", "method": "POST", "raw_path": path.encode(), "query_string": b"",
        "headers": [*headers, (b"content-length", b"5000")],
    }  # fmt: skip
    admin = Admin(world.store, world.gateway.callers, TOKEN, (), testing=True)
    application = Application(world.gateway, admin, str(tmp_path))
    try:
        asyncio.run(application(scope, receive, send_))
    finally:
        assert zones(world) == 1


def test_many_requests_cut_short_leave_nothing_behind(world: World) -> None:
    whole = raw(request(headers=FORM, body=WHO_AM_I))
    for end in range(1, len(whole), 37):
        connection = connect(world.url)
        connection.sendall(whole[:end])
        connection.close()
    assert send(world.url, request(headers=FORM, body=WHO_AM_I)).status == 200


def test_repeated_headers_are_one_list(world: World) -> None:
    """As RFC 9110 §5.3 has it, and as signatures count them."""
    where = urlsplit(world.url).netloc
    signed = Signer().headers("POST", "/", "", {"host": where, "x-a": "1,2", **FORM}, WHO_AM_I)
    connection = http.client.HTTPConnection(where, timeout=PATIENCE)
    connection.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
    for name, value in signed.items():
        for part in value.split(",") if name == "x-a" else (value,):
            connection.putheader(name, part)
    connection.putheader("content-length", str(len(WHO_AM_I)))
    connection.endheaders(WHO_AM_I)
    assert connection.getresponse().status == 200
    connection.close()


def test_head_has_no_body(wire: socket.socket) -> None:
    wire.sendall(HEALTH.replace(b"GET", b"HEAD") + HEALTH)
    text = b""
    while b'"ok"}' not in text:
        text += wire.recv(65536)
    head, _, rest = text.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert rest.startswith(b"HTTP/1.1 200")


def test_an_absolute_target(world: World, wire: socket.socket) -> None:
    wire.sendall(HEALTH.replace(b"GET /", b"GET http://localhost/"))
    status, body = responses(wire, 1)[0]
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_http_1_0(wire: socket.socket) -> None:
    wire.sendall(HEALTH.replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert drain(wire).startswith(b"HTTP/1.1 200")


def test_what_nobody_signs_goes_to_the_public_side() -> None:
    def asked(path: str, query: str = "", **headers: str) -> Request:
        return Request("GET", path, query, headers)

    assert is_link(asked("/", "Action=ConfirmSubscription&Token=x"))
    assert is_link(asked("/SimpleNotificationService-0a.pem"))
    assert not is_link(asked("/", "Action=Publish&Message=x"))
    assert not is_link(asked("/", "Action=Unsubscribe&a=b", authorization="AWS4-HMAC-SHA256 x"))
    assert not is_link(asked("/", "Action=Unsubscribe&X-Amz-Signature=x"))
    assert not is_link(asked("/bucket"))
