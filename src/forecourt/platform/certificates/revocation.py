"""CRLs and OCSP answers, out of what authorities issued and revoked.

A CRL is signed when something was revoked, and again when half of its time is over: whoever fetches it
gets a row.  OCSP answers are signed by a responder that each process makes for each authority, so that
the authority's own key is opened once a week.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from forecourt.planes.tls import keys, revoking
from forecourt.planes.tls.building import Issuer, build, digest_of
from forecourt.planes.tls.profiles import OCSP
from forecourt.planes.tls.revoking import Revoked

from . import authorities
from .authorities import CRL_WORK, PARTITION, Authority

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

COMPLETE = -1  # in place of a partition: the CRL of all of them
EVERY = 1 << 30  # above all partitions
CRL_FOR = timedelta(days=7)
TOGETHER = timedelta(seconds=1)  # what is revoked meanwhile is in the same CRL
RESPONDER_FOR = timedelta(days=7)
MOST_RESPONDERS = 256


class AlreadyRevoked(Exception):
    pass


class NotIssued(Exception):
    pass


def revoke(tx: Tx, id_: str, serial: str, reason: str) -> None:
    """Revoke what an authority issued (the serial in hexadecimal).  NotIssued, AlreadyRevoked."""
    row = tx.one(
        "SELECT revoked_at FROM issued_certificate WHERE authority = :id AND serial = :serial",
        id=id_,
        serial=serial,
    )
    if row is None:
        raise NotIssued
    if row[0] is not None:
        raise AlreadyRevoked
    tx.run(
        "UPDATE issued_certificate SET revoked_at = :now, reason = :reason"
        " WHERE authority = :id AND serial = :serial",
        id=id_,
        serial=serial,
        now=tx.now.timestamp(),
        reason=reason,
    )
    due = tx.now + TOGETHER
    waits = tx.value("SELECT due FROM work WHERE kind = :kind AND key = :id", kind=CRL_WORK, id=id_)
    if waits is None or waits > due.timestamp():
        tx.enqueue(CRL_WORK, id_, due)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What CRLs are made of."""

    issuer: Issuer
    validity: tuple[datetime, datetime]
    parts: list[tuple[int, int, str, list[Revoked]]]  # partition, number, URL, what is in it
    algorithm: str  # as AWS names it; empty: by SHA-256


async def reconcile(store: Store, id_: str) -> float | None:
    """Sign an authority's CRLs, on a thread; in how many seconds to do so again."""
    found = await store.read(unsigned, id_)
    if found is None:
        return None
    signed = await asyncio.to_thread(sign, found)
    await store.write(keep, id_, signed, found.validity[1].timestamp())
    start, end = found.validity
    return (end - start).total_seconds() / 2


def unsigned(tx: Tx, id_: str) -> Unsigned | None:
    found = authorities.find(tx, id_)
    if found is None or found.certificate is None or not found.crl.get("Crl", True):
        return None
    length = timedelta(days=found.crl.get("Days", CRL_FOR.days))
    start = tx.now.replace(microsecond=0)
    # Certificates point at what was configured when they were issued: both kinds go on.
    partitioned = bool(found.crl.get("Partitioned"))
    numbers: dict[int, int] = dict(
        tx.all("SELECT partition, number FROM crl WHERE authority = :authority", authority=id_)
    )
    wanted = [COMPLETE] if COMPLETE in numbers or found.issued <= PARTITION else []
    if partitioned or any(each >= 0 for each in numbers):
        wanted += range(found.issued // PARTITION + 1)
    parts = [
        (
            partition,
            numbers.get(partition, 0) + 1,
            authorities.part_url(tx, found, partition) if partition != COMPLETE else "",
            revoked(tx, id_, partition, length),
        )
        for partition in wanted
    ]
    algorithm = found.crl.get("Algorithm", "")
    return Unsigned(authorities.opened(tx, found), (start, start + length), parts, algorithm)


def sign(found: Unsigned) -> list[tuple[int, int, bytes]]:
    """CRLs (DER), with their partitions and numbers."""
    how = digest_of(found.algorithm), found.algorithm.endswith("_PSS")
    return [
        (partition, number, revoking.crl(found.issuer, entries, number, found.validity, url, *how))
        for partition, number, url, entries in found.parts
    ]


def keep(tx: Tx, id_: str, signed: list[tuple[int, int, bytes]], next_update: float) -> None:
    """Have them fetched; those of another worker that are newer stay."""
    for partition, number, data in signed:
        tx.run(
            "INSERT INTO crl (authority, partition, number, data, next_update)"
            " VALUES (:id, :partition, :number, :data, :next_update)"
            " ON CONFLICT (authority, partition) DO UPDATE SET number = excluded.number,"
            " data = excluded.data, next_update = excluded.next_update"
            " WHERE crl.number < excluded.number",
            id=id_,
            partition=partition,
            number=number,
            data=data,
            next_update=next_update,
        )


def revoked(
    tx: Tx, id_: str, partition: int = COMPLETE, length: timedelta = CRL_FOR
) -> list[Revoked]:
    """What was revoked and had not expired when the CRL before was signed (RFC 5280 §3.3)."""
    rows = tx.all(
        "SELECT serial, revoked_at, reason FROM issued_certificate WHERE authority = :id"
        " AND partition BETWEEN :first AND :last AND revoked_at IS NOT NULL AND not_after > :now"
        " ORDER BY serial",
        id=id_,
        first=max(partition, 0),
        last=EVERY if partition == COMPLETE else partition,
        now=(tx.now - length).timestamp(),
    )
    return [Revoked(int(serial, 16), moment(at), reason) for serial, at, reason in rows]


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)


def crl(tx: Tx, id_: str, partition: int = COMPLETE) -> bytes | None:
    """A CRL (DER)."""
    found = tx.value(
        "SELECT data FROM crl WHERE authority = :id AND partition = :partition",
        id=id_,
        partition=partition,
    )
    return None if found is None else bytes(found)


class Responders:
    """Who signs OCSP answers in this process."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Issuer, bytes]] = {}

    def answer(self, tx: Tx, id_: str, request: bytes) -> bytes | None:
        """What an authority's responder says (DER); None where there is no such authority."""
        found = authorities.find(tx, id_)
        if found is None or found.certificate is None:
            return None

        def known(serial: int) -> Revoked | bool:
            row = tx.one(
                "SELECT revoked_at, reason FROM issued_certificate"
                " WHERE authority = :id AND serial = :serial",
                id=id_,
                serial=authorities.hexadecimal(serial),
            )
            if row is None:
                return False
            return True if row[0] is None else Revoked(serial, moment(row[0]), row[1])

        authority = x509.load_der_x509_certificate(found.certificate)
        now = tx.now.replace(microsecond=0)
        return revoking.answer(request, authority, self._responder(tx, found), known, now)

    def _responder(self, tx: Tx, found: Authority) -> Issuer:
        assert found.certificate is not None
        responder, of = self._known.get(found.id, (None, b""))
        if responder is not None and of == found.certificate:
            made = responder.certificate
            left = made.not_valid_after_utc - tx.now
            if left > RESPONDER_FOR / 2 and made.not_valid_before_utc <= tx.now:
                return responder
        if len(self._known) >= MOST_RESPONDERS:
            self._known.clear()
        key = keys.MAKE["EC_prime256v1"]()
        made = build(
            OCSP,
            authorities.subject("Forecourt OCSP responder"),
            key.public_key(),
            authorities.opened(tx, found),
            validity=authorities.span(tx.now, RESPONDER_FOR),
        )
        responder = Issuer(made, key)
        self._known[found.id] = responder, found.certificate
        return responder
