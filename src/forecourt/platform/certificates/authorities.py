"""Certification authorities: ours, which every certificate here goes back to, and the accounts' own.

    issuer = authorities.issuer(tx, authorities.ECDSA)
    certificate = building.build(SERVER_DV, ..., issuer, ...)
    authorities.record(tx, authorities.ECDSA, certificate)

Keys are sealed in the store.  Ours are a root and, below it, one authority that signs by RSA and one by
ECDSA; what they issue points at the public side, where CRLs and OCSP are answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from forecourt.planes.tls import keys
from forecourt.planes.tls.building import Issuer, Urls, build, der, pem
from forecourt.planes.tls.profiles import ISSUING, ROOT

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

ROOT_ID, RSA, ECDSA = "root", "rsa", "ecdsa"
OURS: Mapping[str, tuple[str, str]] = {  # names and kinds of key
    RSA: ("Forecourt RSA 2048 M01", "RSA_2048"),
    ECDSA: ("Forecourt ECDSA 256 M01", "EC_prime256v1"),
}
ROOT_FOR, ISSUING_FOR = timedelta(days=3650), timedelta(days=1825)
LONGEST_LEAF = timedelta(days=400)
BACKDATED = timedelta(minutes=60)
PURPOSE = "authority key"
PUBLIC, DEFAULT_PUBLIC = (
    "public",
    "http://pki.forecourt.cloud:4568",
)  # the setting: where the public side is
PUBLIC_ADDRESS, DEFAULT_ADDRESS = "public-address", "http://127.0.0.1:4568"
PARTITION = 1_000_000  # certificates to a CRL
CRL_WORK = "crl"  # the kind of work that keeps an authority's CRLs, keyed by its id


@dataclass(frozen=True, slots=True)
class Authority:
    id: str
    certificate: bytes | None
    chain: str
    secret: bytes
    crl: Mapping[str, Any]
    issued: int


def find(tx: Tx, id_: str) -> Authority | None:
    row = tx.one(
        "SELECT id, certificate, chain, secret, crl, issued FROM authority WHERE id = :id", id=id_
    )
    if row is None:
        return None
    id_, certificate, chain, secret, crl, issued = row
    whole = None if certificate is None else bytes(certificate)
    return Authority(id_, whole, chain, bytes(secret), json.loads(crl), issued)


def create(tx: Tx, id_: str, key: Any, crl: Mapping[str, Any] | None = None) -> None:
    """An authority that has a key and no certificate yet."""
    tx.run(
        "INSERT INTO authority (id, certificate, chain, secret, crl, issued)"
        " VALUES (:id, NULL, '', :secret, :crl, 0)",
        id=id_,
        secret=tx.seal.close(keys.dump(key), PURPOSE),
        crl=json.dumps(crl or {}),
    )


def certify(tx: Tx, id_: str, certificate: bytes, chain: str) -> None:
    """Give an authority its certificate (DER), and its issuers' (PEM)."""
    tx.run(
        "UPDATE authority SET certificate = :certificate, chain = :chain WHERE id = :id",
        id=id_,
        certificate=certificate,
        chain=chain,
    )
    tx.enqueue(CRL_WORK, id_)


def point(tx: Tx, id_: str, crl: Mapping[str, Any]) -> None:
    """Change where an authority's CRLs are."""
    tx.run("UPDATE authority SET crl = :crl WHERE id = :id", id=id_, crl=json.dumps(crl))
    tx.enqueue(CRL_WORK, id_)


def remove(tx: Tx, id_: str) -> None:
    for table in ("authority", "issued_certificate", "crl"):
        column = "id" if table == "authority" else "authority"
        tx.run(f"DELETE FROM {table} WHERE {column} = :id", id=id_)


def issuer(tx: Tx, id_: str) -> Issuer:
    """An authority that has a certificate, as it signs."""
    found = find(tx, id_)
    assert found is not None
    return opened(tx, found)


def opened(tx: Tx, found: Authority) -> Issuer:
    assert found.certificate is not None
    held = HELD.get(found.secret)
    if held is None or der(held.certificate) != found.certificate:
        if len(HELD) >= MOST_HELD:
            HELD.clear()
        held = Issuer(x509.load_der_x509_certificate(found.certificate), key_of(tx, found))
        HELD[found.secret] = held
    return replace(held, urls=urls(tx, found))


HELD: dict[bytes, Issuer] = {}  # by the sealed key
MOST_HELD = 256


def key_of(tx: Tx, found: Authority) -> Any:
    return keys.load(tx.seal.open(found.secret, PURPOSE))


def urls(tx: Tx, found: Authority) -> Urls:
    """What an authority's next certificate points at."""
    base = public_url(tx)
    setting = found.crl
    ocsp = setting.get("Ocsp", True)
    where = f"http://{setting['OcspCname']}" if setting.get("OcspCname") else base
    return Urls(
        f"{base}/ca/{found.id}.cer",
        f"{where}/ocsp/{found.id}" if ocsp else "",
        crl_url(tx, found, found.issued // PARTITION) if setting.get("Point", True) else "",
    )


def crl_url(tx: Tx, found: Authority, partition: int) -> str:
    setting = found.crl
    if not setting.get("Crl", True):
        return ""
    if setting.get("Partitioned"):
        return part_url(tx, found, partition)
    return f"{crl_base(tx, found)}/crl/{found.id}.crl"


def part_url(tx: Tx, found: Authority, partition: int) -> str:
    return f"{crl_base(tx, found)}/crl/{found.id}/{partition}.crl"


def crl_base(tx: Tx, found: Authority) -> str:
    name = found.crl.get("CrlCname")
    return f"http://{name}" if name else public_url(tx)


def record(tx: Tx, id_: str, certificate: x509.Certificate) -> str:
    """Note what an authority issued; the serial number."""
    serial = hexadecimal(certificate.serial_number)
    partitioned = (found := find(tx, id_)) is not None and bool(found.crl.get("Partitioned"))
    tx.run(
        "INSERT INTO issued_certificate"
        " (authority, serial, certificate, issued_at, not_after, partition)"
        " VALUES (:authority, :serial, :certificate, :issued_at, :not_after, :partition)",
        authority=id_,
        serial=serial,
        certificate=der(certificate),
        issued_at=tx.now.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        partition=found.issued // PARTITION if found is not None and partitioned else 0,
    )
    tx.run("UPDATE authority SET issued = issued + 1 WHERE id = :id", id=id_)
    return serial


def hexadecimal(serial: int) -> str:
    return f"{serial:040x}"


def public_url(tx: Tx) -> str:
    """Where the public side is, without a final slash."""
    return str(
        tx.value("SELECT value FROM setting WHERE name = :name", name=PUBLIC) or DEFAULT_PUBLIC
    )


def public_address(tx: Tx) -> str:
    """The public side for those who resolve no names of ours, without a final slash."""
    found = tx.value("SELECT value FROM setting WHERE name = :name", name=PUBLIC_ADDRESS)
    return str(found or DEFAULT_ADDRESS)


def set_public_url(tx: Tx, url: str, address: str = "") -> None:
    for name, value, known in (
        (PUBLIC, url, public_url(tx)),
        (PUBLIC_ADDRESS, address or url, public_address(tx)),
    ):
        if value != known:
            tx.run(
                "INSERT INTO setting (name, value) VALUES (:name, :value)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name=name,
                value=value,
            )


# ----- ours


def ensure(tx: Tx, root: tuple[x509.Certificate, Any] | None = None) -> None:
    """Have a root (one that there was, if it is given) and the authorities below it."""
    if find(tx, ROOT_ID) is None:
        certificate, key = root or new_root(tx.now)
        create(tx, ROOT_ID, key, {"Ocsp": False})
        certify(tx, ROOT_ID, der(certificate), "")
    above = issuer(tx, ROOT_ID)
    must_open(tx)
    for id_, (name, algorithm) in OURS.items():
        known = find(tx, id_)
        if known is not None and not ends_soon(tx, known):
            continue
        key = keys.MAKE[algorithm]() if known is None else key_of(tx, known)
        made = build(
            ISSUING,
            subject(name),
            key.public_key(),
            above,
            validity=span(tx.now, ISSUING_FOR),
        )
        if known is None:
            create(tx, id_, key)
        certify(tx, id_, der(made), pem(above.certificate))
        record(tx, ROOT_ID, made)


def ends_soon(tx: Tx, found: Authority) -> bool:
    """Whether what it issues could outlive it, or it is of a calendar that was moved back: it gets a
    new certificate for its key.
    """
    assert found.certificate is not None
    known = x509.load_der_x509_certificate(found.certificate)
    return known.not_valid_after_utc - tx.now < LONGEST_LEAF or known.not_valid_before_utc > tx.now


def must_open(tx: Tx) -> None:
    """ValueError, where the store was sealed with another master key."""
    root = find(tx, ROOT_ID)
    assert root is not None
    tx.seal.open(root.secret, PURPOSE)


def new_root(now: datetime) -> tuple[x509.Certificate, Any]:
    key = keys.MAKE["EC_prime256v1"]()
    name = subject("Forecourt local root")
    return build(ROOT, name, key.public_key(), None, validity=span(now, ROOT_FOR), key=key), key


def root_certificate(tx: Tx) -> x509.Certificate:
    return issuer(tx, ROOT_ID).certificate


def ours_for(algorithm: str) -> str:
    """Which of ours signs for a kind of key."""
    return RSA if algorithm.startswith("RSA") else ECDSA


def subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Forecourt"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def span(now: datetime, length: timedelta) -> tuple[datetime, datetime]:
    """From an hour ago on, for a while; both ends are in it (RFC 5280 §4.1.2.5)."""
    start = now.astimezone(UTC).replace(microsecond=0) - BACKDATED
    return start, start + length - timedelta(seconds=1)
