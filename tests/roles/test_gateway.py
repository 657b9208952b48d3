"""The gateway role as a process: three listeners, and requests under way are finished."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl

from forecourt.config import Config
from forecourt.processes.children import Handed
from forecourt.store.store import Store

from .running import child, tcp, wait_until


def listeners() -> list[Handed]:
    return [({"name": name}, tcp()) for name in ("api", "apis", "public")]


def get(port: int, path: str, tls: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    kind = http.client.HTTPConnection
    client = (
        kind("127.0.0.1", port, timeout=5)
        if tls is None
        else http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=tls)
    )
    try:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read()
    finally:
        client.close()


def test_three_listeners(config: Config) -> None:
    sockets = listeners()
    api, apis, public = (sock.getsockname()[1] for _, sock in sockets)
    tls = ssl.create_default_context(cafile=config.data / "tls" / "root.pem")
    with child("gateway", config, sockets):
        assert get(api, "/_forecourt/health") == (200, b'{"status": "ok", "store": "ok"}')
        assert get(apis, "/_forecourt/health", tls)[0] == 200
        assert get(public, "/_forecourt/health")[0] == 404
        assert get(public, "/2013-04-01/hostedzone")[0] == 404


def test_a_request_under_way_is_answered_before_the_end(config: Config) -> None:
    sockets = listeners()
    with child("gateway", config, sockets) as role:
        address = sockets[0][1].getsockname()
        with socket.create_connection(address, 5) as client, client.makefile("rb") as file:
            client.sendall(
                b"POST /_forecourt/clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n"
                b"Expect: 100-continue\r\n\r\n"
            )
            assert file.readline().startswith(b"HTTP/1.1 100")
            role.process.send_signal(signal.SIGTERM)
            wait_until(lambda: refuses(address))
            client.sendall(b'{"seconds": 0}')
            assert file.readline() == b"\r\n"
            assert file.readline().startswith(b"HTTP/1.1 200")
        assert role.process.wait(10) == 0


def refuses(address: tuple[str, int]) -> bool:
    """Whether connections are no longer taken there; the listening socket is also the test's."""
    try:
        with socket.create_connection(address, 0.2) as client:
            client.settimeout(0.2)
            client.sendall(b"GET /_forecourt/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.recv(1) == b""
    except OSError:
        return True


def test_it_ends_when_its_supervisor_is_gone(config: Config, store: Store) -> None:
    with child("gateway", config, listeners()) as role:
        role.channel.close()
        wait_until(lambda: role.process.poll() is not None)
        assert role.process.returncode == 0
