"""What scanners say, over sockets as theirs are."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from forecourt.platform.mail.scanning import Scanners, verdicts


@contextmanager
def answering(reply: bytes, path: Path | None = None) -> Iterator[str]:
    """Somebody who reads until it knows enough, answers, and closes."""
    kind = socket.AF_UNIX if path is not None else socket.AF_INET
    server = socket.socket(kind)
    server.bind(str(path) if path is not None else ("127.0.0.1", 0))
    server.listen()

    def serve() -> None:
        connection, _ = server.accept()
        got = b""
        while not got.endswith((bytes(4), b"\r\nEND")):
            got += connection.recv(65536)
        connection.sendall(reply)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield str(path) if path is not None else f"127.0.0.1:{server.getsockname()[1]}"
    thread.join(10)
    server.close()


CONTENT = b"Subject: s\r\n\r\n" + b"x" * 200_000 + b"\r\nEND"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (b"stream: OK\0", "PASS"), (b"stream: Eicar-Test-Signature FOUND\0", "FAIL"),
        (b"INSTREAM size limit exceeded. ERROR\0", "PROCESSING_FAILED"), (b"", "PROCESSING_FAILED"),
    ],
)  # fmt: skip
def test_clamd(tmp_path: Path, reply: bytes, verdict: str) -> None:
    with answering(reply, tmp_path / "clamd") as where:
        found = anyio.run(verdicts, Scanners(clamd=where), CONTENT)
    assert found == ("GRAY", verdict)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (b'HTTP/1.1 200 OK\r\n\r\n{"action":"no action"}', "PASS"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"action":"add header","score":9}', "FAIL"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"action":"greylist"}', "GRAY"),
        (b"HTTP/1.1 500 no\r\n\r\n{}", "PROCESSING_FAILED"),
        (b"HTTP/1.1 200 OK\r\n\r\nno json", "PROCESSING_FAILED"),
    ],
)
def test_rspamd(reply: bytes, verdict: str) -> None:
    with answering(reply) as where:
        found = anyio.run(verdicts, Scanners(rspamd=where), CONTENT)
    assert found == (verdict, "GRAY")


def test_nobody_who_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert anyio.run(verdicts, Scanners(), CONTENT) == ("GRAY", "GRAY")
    gone = Scanners("127.0.0.1:1", str(tmp_path / "none"))
    assert anyio.run(verdicts, gone, CONTENT) == ("PROCESSING_FAILED", "PROCESSING_FAILED")
