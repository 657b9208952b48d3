"""What a signature and a key exchange are for, shown live on certificates that are made for it.

Handshakes run in memory, between two ends of OpenSSL.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from forecourt.planes.tls import keys
from forecourt.planes.tls.building import Issuer, build, common_name, der, host_names, pem
from forecourt.planes.tls.handshake import Handshake
from forecourt.planes.tls.inspecting import Step
from forecourt.planes.tls.profiles import ROOT, SERVER_DV

HOST = "www.example.com"


class Classroom:
    """An authority, and a server with an RSA key."""

    def __init__(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        self.validity = now - timedelta(hours=1), now + timedelta(days=1)
        secret = keys.MAKE["EC_prime256v1"]()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lesson root")])
        root = build(ROOT, name, secret.public_key(), None, validity=self.validity, key=secret)
        self.authority = Issuer(root, secret)
        self.key = keys.MAKE["RSA_2048"]()
        self.leaf = self.issue(self.key)

    def issue(self, key: Any) -> x509.Certificate:
        return build(
            SERVER_DV, common_name([HOST]), key.public_key(), self.authority,
            validity=self.validity, names=host_names([HOST]),
        )  # fmt: skip

    def server(self, key: Any = None) -> ssl.SSLContext:
        """ssl.SSLError, where the key is not the certificate's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secret = (key or self.key).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder) / "leaf.pem", Path(folder) / "leaf.key"
            files[0].write_text(pem(self.leaf))
            files[1].touch(mode=0o600)
            files[1].write_bytes(secret)
            context.load_cert_chain(*files)
        return context

    def client(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem(self.authority.certificate))
        return context


def steps() -> list[Step]:
    room = Classroom()
    shown: list[tuple[str, Callable[[Classroom], list[str]]]] = [
        ("A tampered certificate", tampered),
        ("Another's key", wrong_key),
        ("RSA key transport", transported),
        ("Ephemeral Diffie-Hellman", agreed),
    ]
    return [Step(name, True, show(room)) for name, show in shown]


def tampered(room: Classroom) -> list[str]:
    """One letter of a name is changed: the authority's signature is of something else."""
    data = der(room.leaf)
    other = x509.load_der_x509_certificate(data.replace(b"www.example", b"wwv.example"))
    room.leaf.verify_directly_issued_by(room.authority.certificate)
    try:
        other.verify_directly_issued_by(room.authority.certificate)
    except InvalidSignature:
        return [
            "as it was issued, the authority's signature verifies",
            "with one letter changed it does not",
        ]
    raise AssertionError("a certificate that was changed verifies")


def wrong_key(room: Classroom) -> list[str]:
    """Who copies a certificate has not its key."""
    try:
        room.server(keys.MAKE["RSA_2048"]())
    except ssl.SSLError as refused:
        return [f"OpenSSL will not serve a certificate with another key: {refused.reason}"]
    raise AssertionError("a certificate is served with another key")


def transported(room: Classroom) -> list[str]:
    """TLS 1.2 with a suite that has no Diffie-Hellman (RFC 5246 §7.4.7.1)."""
    client, server = room.client(), room.server()
    for context in (client, server):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES128-GCM-SHA256@SECLEVEL=0")
    seen = handshake(client, server)
    return [said(seen), "the client chose the secret and encrypted it to the server's RSA key"]


def agreed(room: Classroom) -> list[str]:
    seen = handshake(room.client(), room.server())
    return [
        said(seen),
        f"over {seen.group}: no message holds the secret; {seen.scheme} proves whose it is",
    ]


def said(seen: Handshake) -> str:
    return f"{seen.version}: " + ", ".join(each.name for each in seen.messages)


def handshake(client: ssl.SSLContext, server: ssl.SSLContext) -> Handshake:
    """Both ends, until both are done.  ssl.SSLError."""
    seen = Handshake()
    seen.watch(client)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname=HOST),
        server.wrap_bio(up, down, server_side=True),
    ]
    waiting = list(ends)
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                continue
    return seen


@contextlib.contextmanager
def serving(context: ssl.SSLContext) -> Iterator[tuple[str, int]]:
    """A server on loopback, for as long as it is visited: its address and port."""
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
