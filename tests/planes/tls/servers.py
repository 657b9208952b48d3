"""TLS servers for tests: with a certificate, on loopback, in a thread."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography import x509

from forecourt.planes.tls.building import pem
from forecourt.platform.certificates.listeners import private_pem


def context_for(folder: Path, key: Any, *chain: x509.Certificate) -> ssl.SSLContext:
    folder.mkdir(exist_ok=True)
    (folder / "chain").write_text(pem(*chain))
    (folder / "key").write_bytes(private_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain", folder / "key")
    return context


@contextlib.contextmanager
def serving(context: ssl.SSLContext) -> Iterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    ending = threading.Event()

    def serve() -> None:
        while not ending.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(5)
            with (
                contextlib.suppress(OSError),
                connection,
                context.wrap_socket(connection, server_side=True) as secure,
            ):
                while secure.recv(100):
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        ending.set()
        thread.join()
        listener.close()
