"""/_forecourt over a socket: who may ask what, from where."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from forecourt.gateway.admin import Admin
from forecourt.gateway.http import Request
from forecourt.platform.mail import contents, mailboxes, messages, people
from forecourt.store.tx import Tx
from tests.gateway.wire import PATIENCE, Reply, Signer, request, send
from tests.harness import SECOND_KEY, TOKEN, World

BEARER: dict[str, Any] = {"authorization": f"Bearer {TOKEN}"}


def ask(world: World, method: str, path: str, body: bytes = b"", **headers: Any) -> Reply:
    sent = {"host": "localhost", **headers}
    return send(world.url, Request(method, f"/_forecourt{path}", "", sent, body))


def test_health_is_open(world: World) -> None:
    for host in ("localhost", "evil.test"):
        given = ask(world, "GET", "/health", host=host)
        assert (given.status, json.loads(given.body)) == (200, {"status": "ok", "store": "ok"})


def test_health_of_a_store_that_is_gone(world: World) -> None:
    class Gone:
        async def read(self, *args: object) -> None:
            raise OSError("disk")

    admin = Admin(Gone(), None, TOKEN, (), testing=False)  # type: ignore[arg-type]
    given = asyncio.run(admin.answer(Request("GET", "/_forecourt/health", "", {})))
    assert (given.status, b"disk" in given.body) == (503, False)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401), (TOKEN, 401), ("Bearer", 401), ("Bearer ", 401), ("Bearer x", 401),
        (f"Bearer {TOKEN}x", 401), ("Bearer tokén", 401), (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200),
    ],
)  # fmt: skip
def test_the_token(world: World, authorization: str, status: int) -> None:
    headers: dict[str, Any] = {"authorization": authorization} if authorization else {}
    assert ask(world, "GET", "/metrics", **headers).status == status


@pytest.mark.parametrize(
    ("signer", "status"),
    [
        (Signer(service="forecourt"), 200),
        (Signer(service="forecourt", key=SECOND_KEY), 401),
        (Signer(service="sts"), 401),
        (Signer(service="forecourt", key=("AKIDNOBODY", "x")), 401),
    ],
)
def test_the_root_of_the_first_account(world: World, signer: Signer, status: int) -> None:
    sent = request("GET", "/_forecourt/metrics", signer=signer)
    assert send(world.url, sent).status == status


def test_a_presigned_date_at_the_end_of_time_is_no_operators(world: World) -> None:
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=99991231T235959Z&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=x&X-Amz-Credential=K/99991231/us-east-1/forecourt/aws4_request"
    )
    sent = Request("GET", "/_forecourt/metrics", query, {"host": "localhost"})
    assert send(world.url, sent).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "127.0.0.1:4566"}, 200),
        ({"host": "[::1]:4566"}, 200),
        ({"host": "[::1]"}, 200),
        ({"host": "api.localhost:80"}, 200),
        ({"host": "LocalHost:4566"}, 200),  # RFC 9110 §4.2.3: case-insensitive
        ({"host": "evil.test"}, 403),
        ({"host": "localhost.evil.test"}, 403),
        ({"host": "evillocalhost"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://localhost:4566"}, 200),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost@evil.test"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": ""}, 403),
    ],
)
def test_host_and_origin(world: World, headers: dict[str, Any], status: int) -> None:
    assert ask(world, "GET", "/metrics", **{**BEARER, **headers}).status == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/"), ("GET", "/nothing"), ("GET", "x"), ("GET", "/health/"),
     ("POST", "/health"), ("GET", "/reset"), ("GET", "/../health")],
)  # fmt: skip
def test_there_is_no_such_page(world: World, method: str, path: str) -> None:
    assert ask(world, method, path, **BEARER).status == 404


def test_metrics_count_requests(world: World) -> None:
    def counted() -> float:
        wanted = 'operation="GetCallerIdentity",service="sts",status="200"'
        lines = ask(world, "GET", "/metrics", **BEARER).body.decode().splitlines()
        return sum(
            float(line.rpartition(" ")[2]) for line in lines if wanted in line and "total" in line
        )

    before = counted()
    world.client("sts").get_caller_identity()
    assert counted() == before + 1


def test_reset_empties_every_account(world: World) -> None:
    client = world.client("route53")
    client.create_hosted_zone(Name="x.test", CallerReference="1")
    assert ask(world, "POST", "/reset", host="evil.test").status == 403
    assert ask(world, "POST", "/reset", origin="http://evil.test").status == 403
    assert len(client.list_hosted_zones()["HostedZones"]) == 1
    with ThreadPoolExecutor(1) as pool:  # answered when the name servers have followed
        answered = pool.submit(ask, world, "POST", "/reset")
        while not answered.done():
            world.follow()
        assert answered.result(PATIENCE).status == 200
    assert client.list_hosted_zones()["HostedZones"] == []


def test_the_calendar_moves(world: World) -> None:
    references = map(str, count())

    def submitted() -> Any:
        client = world.client("route53")
        made = client.create_hosted_zone(Name="x.test", CallerReference=next(references))
        return made["ChangeInfo"]["SubmittedAt"]

    before = submitted()
    assert ask(world, "POST", "/clock", b'{"seconds": 86400}').status == 200
    # A calendar read within the last moment is believed.
    deadline, moved = time.monotonic() + PATIENCE, 0.0
    while moved < 86400 and time.monotonic() < deadline:
        moved = (submitted() - before).total_seconds()
    assert 86400 <= moved < 86460


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b"null", b'{"seconds": null}', b'{"seconds": "x"}',
        b'{"seconds": -1}', b'{"seconds": NaN}', b'{"seconds": 1e400}', b'{"seconds": 1e12}',
        b'{"seconds": 1' + b"0" * 400 + b"}", b"\xff", b"[" * 100_000,
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)  # fmt: skip
def test_a_calendar_that_cannot_move_so(world: World, body: bytes) -> None:
    assert ask(world, "POST", "/clock", body).status == 400


@pytest.mark.parametrize("path", ["/reset", "/clock"])
def test_without_testing_there_is_neither(world: World, path: str) -> None:
    admin = Admin(world.store, world.gateway.callers, TOKEN, (), testing=False)
    headers = {"host": "localhost", **BEARER}
    sent = Request("POST", f"/_forecourt{path}", "", headers, b'{"seconds": 1}')
    assert asyncio.run(admin.answer(sent)).status == 404


def test_further_hosts_may_be_configured(world: World) -> None:
    admin = Admin(world.store, world.gateway.callers, TOKEN, ("forecourt.test",), testing=False)
    allowed: Callable[[str], int] = lambda host: (
        asyncio.run(
            admin.answer(Request("GET", "/_forecourt/metrics", "", {"host": host, **BEARER}))
        ).status
    )
    assert allowed("forecourt.test:4566") == 200
    assert allowed("other.test") == 403


def mailed(world: World, subject: str, to: str = "bob@people.test") -> None:
    def change(tx: Tx) -> None:
        people.ensure_sink(tx)
        text = f"From: Ann <ann@app.test>\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nhello\r\n"
        content = contents.prepare(text.encode(), None)
        box = mailboxes.need(tx, people.SINK, "INBOX")
        messages.deliver(tx, content, [(box, people.SINK)])

    world.store.write_now(change)


def listed(world: World, query: str = "") -> list[dict[str, Any]]:
    sent = {"host": "localhost"}
    given = send(world.url, Request("GET", "/_forecourt/mail", query, sent, b""))
    assert given.status == 200
    found: list[dict[str, Any]] = json.loads(given.body)["Messages"]
    return found


def test_mail_is_listed_waited_for_and_cleared(world: World) -> None:
    mailed(world, "first")
    (found,) = listed(world, "to=bob@&subject=FIR")
    assert (found["Subject"], found["From"]) == ("first", "Ann <ann@app.test>")
    assert found["Text"].strip() == "hello"
    raw = ask(world, "GET", f"/mail/{found['Id']}")
    assert raw.body.endswith(b"\r\n\r\nhello\r\n")
    assert listed(world, "to=carl") == listed(world, "subject=%25") == []
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(listed, world, "subject=second&wait=20")
        mailed(world, "second")
        assert [each["Subject"] for each in waiting.result()] == ["second"]
    assert ask(world, "DELETE", "/mail").status == 200
    assert listed(world) == []
    for path in ("/mail/0.0", "/mail/x", f"/mail/{found['Id']}"):
        assert ask(world, "GET", path).status == 404
    assert send(
        world.url, Request("GET", "/_forecourt/mail", "wait=1000", {"host": "localhost"}, b"")
    ).status == 400  # fmt: skip


def test_mail_is_the_operators(world: World) -> None:
    admin = Admin(world.store, world.gateway.callers, TOKEN, (), testing=False)

    def status(method: str, **headers: str) -> int:
        asked = Request(method, "/_forecourt/mail", "", {"host": "localhost", **headers})
        return asyncio.run(admin.answer(asked)).status

    assert status("GET") == 401
    assert status("GET", **BEARER) == 200
    assert status("DELETE", **BEARER) == 404
