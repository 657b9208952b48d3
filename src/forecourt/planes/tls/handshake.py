"""A TLS handshake as it happens: each message that goes either way, decrypted by OpenSSL and read here.

    seen = Handshake()
    seen.watch(context)                 # an ssl.SSLContext, before it is used
    ... connect ...
    seen.messages, seen.version, seen.cipher, seen.group, seen.certificates

The standard library tells of messages through a hook that it keeps for debugging; where it is missing
nothing is seen.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC = 22, 21, 20
CLIENT_HELLO, SERVER_HELLO, NEW_SESSION_TICKET, ENCRYPTED_EXTENSIONS = 1, 2, 4, 8
CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE = 11, 12, 15, 16
NAMES = {  # RFC 8446 §4, RFC 5246 §7.4
    CLIENT_HELLO: "ClientHello", SERVER_HELLO: "ServerHello",
    NEW_SESSION_TICKET: "NewSessionTicket", ENCRYPTED_EXTENSIONS: "EncryptedExtensions",
    CERTIFICATE: "Certificate", SERVER_KEY_EXCHANGE: "ServerKeyExchange",
    13: "CertificateRequest", 14: "ServerHelloDone", CERTIFICATE_VERIFY: "CertificateVerify",
    CLIENT_KEY_EXCHANGE: "ClientKeyExchange", 20: "Finished", 22: "CertificateStatus",
    24: "KeyUpdate",
}  # fmt: skip
VERSIONS = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
SUPPORTED_VERSIONS, KEY_SHARE, SERVER_NAME, ALPN = 43, 51, 0, 16
GROUPS = {
    0x17: "secp256r1", 0x18: "secp384r1", 0x19: "secp521r1", 0x1D: "X25519", 0x1E: "X448",
    0x11EC: "X25519MLKEM768",
}  # fmt: skip
SCHEMES = {  # RFC 8446 §4.2.3
    0x0401: "RSA PKCS #1 with SHA-256", 0x0501: "RSA PKCS #1 with SHA-384",
    0x0601: "RSA PKCS #1 with SHA-512", 0x0403: "ECDSA P-256 with SHA-256",
    0x0503: "ECDSA P-384 with SHA-384", 0x0603: "ECDSA P-521 with SHA-512",
    0x0804: "RSA-PSS with SHA-256", 0x0805: "RSA-PSS with SHA-384",
    0x0806: "RSA-PSS with SHA-512", 0x0807: "Ed25519", 0x0808: "Ed448",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    sent: bool  # by the client
    name: str
    size: int  # bytes


@dataclass(slots=True)
class Handshake:
    messages: list[Message] = field(default_factory=list)
    version: str = ""
    group: str = ""  # of the key exchange; empty: the client encrypted a secret to the server's key
    scheme: str = ""  # what the server's key signed the handshake by
    certificates: list[x509.Certificate] = field(default_factory=list)
    alert: str = ""

    def watch(self, context: ssl.SSLContext) -> None:
        """Look on what connections of a client's context say."""
        hook: Any = context
        hook._msg_callback = self._told

    def _told(
        self, connection: Any, direction: str, version: Any, content: Any, kind: Any, data: bytes
    ) -> None:
        if int(content) == ALERT and len(data) >= 2:
            if data[0] == 2:  # fatal
                self.alert = str(getattr(kind, "name", kind)).lower().replace("_", " ")
            return
        if int(content) == CHANGE_CIPHER_SPEC:
            self.messages.append(Message(direction == "write", "ChangeCipherSpec", len(data)))
            return
        if int(content) != HANDSHAKE or not data:
            return
        self.messages.append(
            Message(direction == "write", NAMES.get(data[0], f"type {data[0]}"), len(data))
        )
        try:
            self._read(data)
        except (IndexError, ValueError):
            return  # what OpenSSL has to judge

    def _read(self, data: bytes) -> None:
        kind, body = data[0], data[4:]
        if kind == SERVER_HELLO:
            self._server_hello(body)
        elif kind == CERTIFICATE:
            self.certificates = list(certificates_in(body, self.version == "TLS 1.3"))
        elif kind == CERTIFICATE_VERIFY and self.version == "TLS 1.3":
            self.scheme = self.scheme or scheme_named(body)
        elif kind == SERVER_KEY_EXCHANGE and body[0] == 3:  # a named curve (RFC 8422 §5.4)
            self.group = GROUPS.get(int.from_bytes(body[1:3], "big"), "unknown")
            self.scheme = scheme_named(body[4 + body[3] :])

    def _server_hello(self, body: bytes) -> None:
        """RFC 8446 §4.1.3"""
        self.version = VERSIONS.get(int.from_bytes(body[:2], "big"), "unknown")
        at = 35 + body[34] + 3  # version, random, session id; cipher suite, compression
        for kind, data in extensions_in(body[at:]):
            if kind == SUPPORTED_VERSIONS:
                self.version = VERSIONS.get(int.from_bytes(data, "big"), "unknown")
            elif kind == KEY_SHARE:
                self.group = GROUPS.get(int.from_bytes(data[:2], "big"), "unknown")


def extensions_in(data: bytes) -> Iterator[tuple[int, bytes]]:
    end, at = 2 + int.from_bytes(data[:2], "big"), 2
    while at + 4 <= min(end, len(data)):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield int.from_bytes(data[at : at + 2], "big"), data[at + 4 : at + 4 + size]
        at += 4 + size


def certificates_in(body: bytes, with_extensions: bool) -> Iterator[x509.Certificate]:
    """What a Certificate message holds (RFC 8446 §4.4.2, RFC 5246 §7.4.2).  ValueError."""
    at = 1 + body[0] + 3 if with_extensions else 3
    while at + 3 < len(body):
        size = int.from_bytes(body[at : at + 3], "big")
        yield x509.load_der_x509_certificate(body[at + 3 : at + 3 + size])
        at += 3 + size
        if with_extensions:
            at += 2 + int.from_bytes(body[at : at + 2], "big")


def scheme_named(body: bytes) -> str:
    return SCHEMES.get(int.from_bytes(body[:2], "big"), "unknown")
