"""The local certification authority: what a client that trusts its root accepts, and what is remade."""

from __future__ import annotations

import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from forecourt.platform import certificates
from forecourt.platform.certificates import ensure, for_servers
from forecourt.store.seal import Seal

SEAL = Seal(bytes(32))


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
    certificates.ensure(tmp_path, SEAL, "127.0.0.9")
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
    certificates.ensure(other, SEAL, "127.0.0.9")
    (data / "tls/root.pem").write_bytes((other / "tls/root.pem").read_bytes())
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(data, "localhost")


def test_what_is_good_stays(data: Path) -> None:
    before = contents(data)
    certificates.ensure(data, SEAL, "127.0.0.9")
    assert contents(data) == before


def test_secrets_are_the_owners_alone(data: Path) -> None:
    for name in ("api.key", "root.key.sealed"):
        assert stat.S_IMODE((data / "tls" / name).stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in (data / "tls/root.key.sealed").read_bytes()
    assert stat.S_IMODE((data / "tls").stat().st_mode) == 0o700


@pytest.mark.parametrize("missing", ["api.pem", "api.key"])
def test_what_is_missing_is_made(data: Path, missing: str) -> None:
    before = contents(data)
    (data / "tls" / missing).unlink()
    certificates.ensure(data, SEAL, "127.0.0.9")
    handshake(data, "localhost")
    assert contents(data)["root.pem"] == before["root.pem"]


@pytest.mark.parametrize("missing", ["root.pem", "root.key.sealed"])
def test_half_a_root_is_made_again(data: Path, missing: str) -> None:
    before = contents(data)
    (data / "tls" / missing).unlink()
    certificates.ensure(data, SEAL, "127.0.0.9")
    handshake(data, "localhost")
    after = contents(data)
    assert all(after[name] != before[name] for name in before)


def test_another_address(data: Path) -> None:
    before = contents(data)
    certificates.ensure(data, SEAL, "127.0.0.10")
    handshake(data, "127.0.0.10")
    assert contents(data)["root.pem"] == before["root.pem"]


@pytest.mark.parametrize(("days", "renewed"), [(29, True), (31, False)])
def test_renewal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, renewed: bool) -> None:
    with monkeypatch.context() as short:
        short.setattr(certificates, "LEAF_FOR", timedelta(days=days))
        certificates.ensure(tmp_path, SEAL, "127.0.0.1")
    before = contents(tmp_path)
    certificates.ensure(tmp_path, SEAL, "127.0.0.1")
    after = contents(tmp_path)
    assert (after["api.pem"] != before["api.pem"]) == renewed
    assert after["root.pem"] == before["root.pem"]
    handshake(tmp_path, "localhost")


def test_a_broken_certificate_is_made_again(data: Path) -> None:
    (data / "tls/api.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nx\n")
    certificates.ensure(data, SEAL, "127.0.0.9")
    handshake(data, "localhost")


def test_another_master_key(data: Path) -> None:
    before = contents(data)
    with pytest.raises(ValueError, match="another master key"):
        certificates.ensure(data, Seal(b"x" * 32), "127.0.0.9")
    assert contents(data) == before


def test_name_servers_have_one_for_all_of_their_names(tmp_path: Path) -> None:
    seal = Seal(bytes(32))
    ensure(tmp_path, seal, "127.0.0.1")
    found, secret = for_servers(tmp_path, seal, ["ns-1.awsdns-01.com"], ["127.53.1.1", "::1"])
    certificate = x509.load_pem_x509_certificate(found.read_bytes())
    root = x509.load_pem_x509_certificate((tmp_path / "tls" / "root.pem").read_bytes())
    certificate.verify_directly_issued_by(root)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ns-1.awsdns-01.com"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == [
        "127.53.1.1",
        "::1",
    ]
    assert secret.stat().st_mode & 0o777 == 0o600
