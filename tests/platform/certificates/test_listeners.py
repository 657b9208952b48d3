"""The local certification authority: what a client that trusts its root accepts, and what is remade."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from forecourt.planes.tls.building import pem
from forecourt.platform.certificates import authorities, listeners
from forecourt.store.opening import open_store
from forecourt.store.secrets import keep
from forecourt.store.store import Store


def ensure(data: Path, bind: str, key: bytes = bytes(32)) -> None:
    store = open_store(data, "sqlite", key)
    try:
        listeners.ensure(data, store, bind)
    finally:
        store.close()


def handshake(data: Path, name: str) -> None:
    """A TLS handshake in memory, by a client that is told nothing but the root."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(data / "tls/api.pem", data / "tls/api.key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    client.load_verify_locations(data / "tls/root.pem")
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname=name),
        server.wrap_bio(up, down, server_side=True),
    ]
    for _ in range(10):
        for end in tuple(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                pass
    assert not ends


def contents(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "tls").iterdir()}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    ensure(tmp_path, "127.0.0.9")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["localhost", "route53.localhost", "127.0.0.1", "::1", "127.0.0.9"]
)
def test_clients_that_trust_the_root(data: Path, name: str) -> None:
    handshake(data, name)


@pytest.mark.parametrize("name", ["example.com", "127.0.0.2", "a.b.localhost"])
def test_other_names(data: Path, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(data, name)


def test_another_root(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    ensure(other, "127.0.0.9")
    (data / "tls/root.pem").write_bytes((other / "tls/root.pem").read_bytes())
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(data, "localhost")


def test_what_is_good_stays(data: Path) -> None:
    before = contents(data)
    ensure(data, "127.0.0.9")
    assert contents(data) == before


def test_secrets_are_the_owners_alone(data: Path) -> None:
    assert stat.S_IMODE((data / "tls/api.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "tls").stat().st_mode) == 0o700


@pytest.mark.parametrize("missing", ["api.pem", "api.key"])
def test_what_is_missing_is_made(data: Path, missing: str) -> None:
    before = contents(data)
    (data / "tls" / missing).unlink()
    ensure(data, "127.0.0.9")
    handshake(data, "localhost")
    assert contents(data)["root.pem"] == before["root.pem"]


def test_the_root_is_the_stores(data: Path) -> None:
    before = contents(data)
    (data / "tls/root.pem").unlink()
    ensure(data, "127.0.0.9")
    assert contents(data) == before


def test_a_root_in_files_is_taken_over(tmp_path: Path) -> None:
    """As it was kept before the store had it."""
    store = open_store(tmp_path, "sqlite", bytes(32))
    certificate, key = authorities.new_root(datetime.now(UTC))
    (tmp_path / "tls").mkdir()
    sealed = store.seal.close(listeners.private_pem(key), listeners.FILED_PURPOSE)
    keep(tmp_path / "tls/root.key.sealed", sealed)
    keep(tmp_path / "tls/root.pem", pem(certificate).encode())
    listeners.ensure(tmp_path, store, "127.0.0.1")
    assert store.read_now(authorities.root_certificate) == certificate
    handshake(tmp_path, "localhost")
    store.close()


def test_another_address(data: Path) -> None:
    before = contents(data)
    ensure(data, "127.0.0.10")
    handshake(data, "127.0.0.10")
    assert contents(data)["root.pem"] == before["root.pem"]


@pytest.mark.parametrize(("days", "renewed"), [(29, True), (31, False)])
def test_renewal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, renewed: bool) -> None:
    with monkeypatch.context() as short:
        short.setattr(listeners, "LEAF_FOR", timedelta(days=days))
        ensure(tmp_path, "127.0.0.1")
    before = contents(tmp_path)
    ensure(tmp_path, "127.0.0.1")
    after = contents(tmp_path)
    assert (after["api.pem"] != before["api.pem"]) == renewed
    assert after["root.pem"] == before["root.pem"]
    handshake(tmp_path, "localhost")


def test_a_broken_certificate_is_made_again(data: Path) -> None:
    (data / "tls/api.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nx\n")
    ensure(data, "127.0.0.9")
    handshake(data, "localhost")


def test_another_master_key(data: Path) -> None:
    before = contents(data)
    with pytest.raises(ValueError, match="another master key"):
        ensure(data, "127.0.0.9", b"x" * 32)
    assert contents(data) == before


def test_name_servers_have_one_for_all_of_their_names(data: Path) -> None:
    store: Store = open_store(data, "sqlite", bytes(32))
    found, key = listeners.for_hosts(
        data, store, ["ns-1.awsdns-01.com", "127.53.1.1", "::1"], "dns"
    )
    store.close()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    leaf, issuing = x509.load_pem_x509_certificates(found.read_bytes())
    leaf.verify_directly_issued_by(issuing)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ns-1.awsdns-01.com"]
    assert [str(e) for e in names.get_values_for_type(x509.IPAddress)] == ["127.53.1.1", "::1"]


def test_awss_own_names() -> None:
    found = listeners.aws_hosts()
    assert {"*.amazonaws.com", "*.us-east-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com"} <= set(
        found
    )
