"""TLS of a process: one context whose certificate grows with the addresses."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from forecourt.config import Config
from forecourt.roles.following import Following
from forecourt.roles.secure import Certificates
from forecourt.store.store import Store


@pytest.fixture
def certificates(store: Store, config: Config) -> Iterator[Certificates]:
    following = Following(config, "streams")
    yield Certificates(config, following)
    following.leave()
    following.store.close()


def handshake(context: ssl.SSLContext, config: Config, name: str) -> None:
    client = ssl.create_default_context(cafile=str(config.data / "tls" / "root.pem"))
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname=name),
        context.wrap_bio(up, down, server_side=True),
    ]
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    ends[0].do_handshake()


def test_every_address_is_named(certificates: Certificates, config: Config) -> None:
    first = certificates.context(1, "127.53.1.1")
    assert certificates.context("resolver", "127.53.0.2") is first
    for name in ("127.53.1.1", "127.53.0.2", "ns-48.awsdns-06.com"):
        handshake(first, config, name)
    with pytest.raises(ssl.SSLError):
        handshake(first, config, "127.53.9.9")
    assert not list((config.data / "tls").glob("dns-*"))
