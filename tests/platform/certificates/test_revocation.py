"""What was revoked is in the CRL and in OCSP answers, of the authority whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509

from forecourt.planes.tls import revoking
from forecourt.planes.tls.building import Issuer, build, common_name, der
from forecourt.planes.tls.profiles import SERVER_DV
from forecourt.platform.certificates import authorities, revocation
from forecourt.platform.certificates.authorities import ECDSA, ROOT_ID
from forecourt.platform.certificates.revocation import AlreadyRevoked, NotIssued, Responders
from forecourt.store.tx import Tx
from tests.harness import World
from tests.planes.tls.authority import issue as leaf_of
from tests.planes.tls.authority import issuing, new_key, span


def issue(world: World) -> tuple[x509.Certificate, str, Issuer]:
    issuer = world.store.read_now(authorities.issuer, ECDSA)
    key, subject = new_key(), common_name(["a.com"])
    leaf = build(SERVER_DV, subject, key.public_key(), issuer, validity=span(9))
    return leaf, world.store.write_now(authorities.record, ECDSA, leaf), issuer


def signed(world: World, id_: str = ECDSA) -> float | None:
    return asyncio.run(revocation.reconcile(world.store, id_))


def test_revoked(world: World) -> None:
    leaf, serial, issuer = issue(world)
    other, _, _ = issue(world)
    again = signed(world)
    assert again == revocation.CRL_FOR.total_seconds() / 2
    before = world.store.read_now(revocation.crl, ECDSA)
    world.store.write_now(revocation.revoke, ECDSA, serial, "SUPERSEDED")
    signed(world)
    data = world.store.read_now(revocation.crl, ECDSA)
    now = datetime.now(UTC)
    assert before is not None
    assert data is not None
    assert revoking.in_crl(before, leaf, issuer.certificate, now) is None
    found = revoking.in_crl(data, leaf, issuer.certificate, now)
    assert found is not None
    assert found.reason == "SUPERSEDED"
    assert revoking.in_crl(data, other, issuer.certificate, now) is None
    first, second = (x509.load_der_x509_crl(each) for each in (before, data))
    number = x509.CRLNumber
    assert (
        second.extensions.get_extension_for_class(number).value.crl_number
        == first.extensions.get_extension_for_class(number).value.crl_number + 1
    )


def test_a_burst_is_in_one_crl(world: World) -> None:
    def due(tx: Tx) -> float:
        return float(tx.value("SELECT due FROM work WHERE kind = 'crl' AND key = :id", id=ECDSA))

    serials = [issue(world)[1] for _ in range(3)]
    world.store.write_now(lambda tx: tx.run("DELETE FROM work WHERE kind = 'crl'"))
    world.store.write_now(revocation.revoke, ECDSA, serials[0], "SUPERSEDED")
    first = world.store.read_now(due)
    for serial in serials[1:]:
        world.store.write_now(revocation.revoke, ECDSA, serial, "SUPERSEDED")
    assert world.store.read_now(due) == first
    found = world.store.read_now(revocation.unsigned, ECDSA)
    assert found is not None
    signed(world)
    before = world.store.read_now(revocation.crl, ECDSA)
    world.store.write_now(revocation.keep, ECDSA, [(revocation.COMPLETE, 1, b"older")], 0.0)
    assert world.store.read_now(revocation.crl, ECDSA) == before


def test_refusals(world: World) -> None:
    _, serial, _ = issue(world)
    with pytest.raises(NotIssued):
        world.store.write_now(revocation.revoke, ROOT_ID, serial, "UNSPECIFIED")
    world.store.write_now(revocation.revoke, ECDSA, serial, "UNSPECIFIED")
    with pytest.raises(AlreadyRevoked):
        world.store.write_now(revocation.revoke, ECDSA, serial, "UNSPECIFIED")


def test_what_has_expired_is_in_no_crl(world: World, later: Callable[[float], None]) -> None:
    _, serial, _ = issue(world)
    world.store.write_now(revocation.revoke, ECDSA, serial, "UNSPECIFIED")

    def listed() -> bool:
        found = world.store.read_now(revocation.revoked, ECDSA)
        return int(serial, 16) in {each.serial for each in found}

    assert listed()
    later(10)
    assert listed()  # in one more
    later(7)
    assert not listed()


def test_ocsp(world: World) -> None:
    leaf, serial, issuer = issue(world)
    responders, asked = Responders(), revoking.request_for(leaf, issuer.certificate)

    def said() -> revoking.Revoked | None:
        data = world.store.read_now(responders.answer, ECDSA, asked)
        assert data is not None
        return revoking.in_answer(data, leaf, issuer.certificate, datetime.now(UTC))

    assert said() is None
    world.store.write_now(revocation.revoke, ECDSA, serial, "KEY_COMPROMISE")
    found = said()
    assert found is not None
    assert found.reason == "KEY_COMPROMISE"
    assert world.store.read_now(responders.answer, "nobody", asked) is None
    unknown = build(
        SERVER_DV, leaf.subject, new_key().public_key(), issuer, validity=span(9)
    )  # which was not noted
    data = world.store.read_now(
        responders.answer, ECDSA, revoking.request_for(unknown, issuer.certificate)
    )
    assert data is not None
    with pytest.raises(revoking.Unusable, match="does not know"):
        revoking.in_answer(data, unknown, issuer.certificate, datetime.now(UTC))


def test_authorities_without_crls(world: World) -> None:
    assert signed(world, "nobody") is None


def test_both_kinds_go_on_after_a_change(world: World) -> None:
    """Certificates point at what was configured when they were issued."""

    def make(tx: Tx) -> None:
        authorities.create(tx, "own", issuing().key, {})
        authorities.certify(tx, "own", der(issuing().certificate), "")

    world.store.write_now(make)
    leaf = leaf_of("a.com")
    serial = world.store.write_now(authorities.record, "own", leaf)
    for setting, parts in (({}, {-1}), ({"Partitioned": True}, {-1, 0}), ({}, {-1, 0})):
        world.store.write_now(authorities.point, "own", setting)
        signed(world, "own")
        found = {n for n in (-1, 0, 1) if world.store.read_now(revocation.crl, "own", n)}
        assert found == parts
    world.store.write_now(revocation.revoke, "own", serial, "SUPERSEDED")
    signed(world, "own")
    for partition in (-1, 0):
        data = world.store.read_now(revocation.crl, "own", partition)
        assert data is not None
        assert revoking.in_crl(data, leaf, issuing().certificate, datetime.now(UTC))
        crl = x509.load_der_x509_crl(data)
        has_scope = any(isinstance(e.value, x509.IssuingDistributionPoint) for e in crl.extensions)
        assert has_scope == (partition == 0)
