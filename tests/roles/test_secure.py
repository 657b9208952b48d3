"""TLS of a process: one context whose certificate grows with the addresses."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator

import pytest
from cryptography import x509

from forecourt.config import Config
from forecourt.platform.certificates import listeners
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


def test_a_process_that_goes_on_has_a_new_one_in_time(
    certificates: Certificates, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificates.context(1, "127.53.1.1")

    def serial() -> int:
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        asking = ssl.create_default_context(cafile=str(config.data / "tls" / "root.pem"))
        client = asking.wrap_bio(down, up, server_hostname="127.53.1.1")
        server = context.wrap_bio(up, down, server_side=True)
        for _ in range(10):
            for end in (client, server):
                with contextlib.suppress(ssl.SSLWantReadError):
                    end.do_handshake()
        return x509.load_der_x509_certificate(
            client.getpeercert(binary_form=True) or b""
        ).serial_number

    first = serial()
    certificates.tick()
    assert serial() == first
    monkeypatch.setattr(listeners, "ANEW", 0.0)
    certificates.tick()
    assert serial() != first
