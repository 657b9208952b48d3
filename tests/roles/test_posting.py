"""POST for callers."""

from __future__ import annotations

import socket
import threading
import time

import anyio
import pytest

from forecourt.platform.egress import Egress
from forecourt.roles import posting
from forecourt.roles.posting import Poster
from tests.harness import World
from tests.services.sns.listening import Listener


def test_where_it_may_go(world: World) -> None:
    with Listener() as listener:
        poster = Poster(world.store, Egress("127.0.0.0/8"))
        assert anyio.run(poster.status, f"{listener.url}201?a=b", b"body", {"X-A": "b"}) == 201
        headers, body = listener.got[-1]
        assert (headers["x-a"], body) == ("b", b"body")
        secret = listener.url.replace("//", "//user:p%40ss@")
        anyio.run(poster.status, secret, b"", {})
        assert listener.got[-1][0]["authorization"] == "Basic dXNlcjpwQHNz"
        elsewhere = Poster(world.store, Egress("10.0.0.0/8"))
        with pytest.raises(OSError, match="not allowed"):
            anyio.run(elsewhere.status, listener.url, b"", {})


def test_who_never_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "WITHIN", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        started = time.monotonic()
        with pytest.raises(OSError):
            anyio.run(Poster(world.store, Egress("127.0.0.0/8")).status, url, b"", {})
        assert time.monotonic() - started < 5
    end = time.monotonic() + 5
    while threading.active_count() > 20 and time.monotonic() < end:
        time.sleep(0.01)


def test_who_speaks_something_else(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"220 mail.example.com ESMTP\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(OSError, match="HTTP"):
            anyio.run(Poster(world.store, Egress("127.0.0.0/8")).status, url, b"", {})
        thread.join()
