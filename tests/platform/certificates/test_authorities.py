"""Our authorities and accounts': what they point at, and what is noted of what they issue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forecourt.planes.tls import keys
from forecourt.planes.tls.building import der, pem
from forecourt.platform.certificates import authorities
from forecourt.platform.certificates.authorities import ECDSA, PARTITION, ROOT_ID, RSA, Authority
from forecourt.store.tx import Tx
from tests.harness import World
from tests.planes.tls.authority import issue, issuing


def test_ours(world: World) -> None:
    root = world.store.read_now(authorities.issuer, ROOT_ID)
    for id_ in (RSA, ECDSA):
        below = world.store.read_now(authorities.issuer, id_)
        below.certificate.verify_directly_issued_by(root.certificate)
        assert below.urls.crl == f"http://pki.forecourt.cloud:4568/crl/{id_}.crl"
        assert below.urls.ocsp.endswith(f"/ocsp/{id_}")
    assert root.urls.ocsp == ""
    world.store.write_now(authorities.ensure)
    assert world.store.read_now(authorities.root_certificate) == root.certificate
    assert authorities.ours_for("RSA_2048") == RSA
    assert authorities.ours_for("EC_secp384r1") == ECDSA


@pytest.fixture
def own(world: World) -> str:
    """An authority of an account."""

    def make(tx: Tx) -> None:
        authorities.create(tx, "own", issuing().key, {"Partitioned": True, "CrlCname": "crl.a.com"})
        authorities.certify(tx, "own", der(issuing().certificate), "")

    world.store.write_now(make)
    return "own"


def test_an_authority_that_ends_soon_goes_on(world: World, later: Callable[[float], None]) -> None:
    before = world.store.read_now(authorities.issuer, ECDSA).certificate
    later(1825 - 390)
    world.store.write_now(authorities.ensure)
    after = world.store.read_now(authorities.issuer, ECDSA).certificate
    assert after.not_valid_after_utc > before.not_valid_after_utc
    assert after.public_key() == before.public_key()
    world.store.write_now(
        authorities.certify,
        ECDSA,
        der(before),
        pem(world.store.read_now(authorities.root_certificate)),
    )


def find(world: World, id_: str) -> Authority:
    found = world.store.read_now(authorities.find, id_)
    assert found is not None
    return found


def test_keys_are_sealed(world: World, own: str) -> None:
    found = find(world, own)
    assert keys.dump(issuing().key) not in found.secret
    key = world.store.read_now(authorities.key_of, found)
    assert keys.dump(key) == keys.dump(issuing().key)


@pytest.mark.parametrize(
    ("setting", "crl", "ocsp"),
    [
        ({}, "http://pki.forecourt.cloud:4568/crl/own.crl", "http://pki.forecourt.cloud:4568/ocsp/own"),
        ({"Crl": False, "Ocsp": False}, "", ""),
        ({"Point": False, "OcspCname": "o.a.com"}, "", "http://o.a.com/ocsp/own"),
        ({"Partitioned": True, "CrlCname": "c.a.com"}, "http://c.a.com/crl/own/0.crl", "http://pki.forecourt.cloud:4568/ocsp/own"),
    ],
)  # fmt: skip
def test_where_they_point(
    world: World, own: str, setting: dict[str, Any], crl: str, ocsp: str
) -> None:
    world.store.write_now(authorities.point, own, setting)
    found = world.store.read_now(authorities.urls, find(world, own))
    assert (found.crl, found.ocsp) == (crl, ocsp)


def test_what_is_issued_is_noted_in_parts(world: World, own: str) -> None:
    leaf = issue("a.com")
    serial = world.store.write_now(authorities.record, own, leaf)
    assert (len(serial), int(serial, 16)) == (40, leaf.serial_number)
    assert find(world, own).issued == 1
    world.store.write_now(
        lambda tx: tx.run("UPDATE authority SET issued = :n WHERE id = 'own'", n=PARTITION)
    )
    world.store.write_now(authorities.record, own, issue("b.com"))
    rows = world.store.read_now(
        lambda tx: tx.all("SELECT partition FROM issued_certificate WHERE authority = 'own'")
    )
    assert sorted(rows) == [(0,), (1,)]


def test_removed_whole(world: World, own: str) -> None:
    world.store.write_now(authorities.record, own, issue("a.com"))
    world.store.write_now(authorities.remove, own)
    assert world.store.read_now(authorities.find, own) is None


def test_the_public_side_may_be_elsewhere(world: World) -> None:
    world.store.write_now(authorities.set_public_url, "https://pki.example.com")
    assert world.store.read_now(authorities.public_url) == "https://pki.example.com"
    world.store.write_now(authorities.set_public_url, "http://pki.forecourt.cloud:4568")
    assert pem(issue("a.com")).startswith("-----BEGIN CERTIFICATE-----")
