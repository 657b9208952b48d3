"""Domains whose mail comes here, and the key that signs what leaves in their name.

The key's record, MX, SPF and DMARC are DNS's: `records` says what they are to be.  A domain that somebody
asks for by an API is hosted from when its DNS has `proof`; until then its mail goes where it went before.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from . import people

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

PURPOSE = "DKIM key"
SELECTOR = "forecourt"
HOST = "mail"  # the name of a domain's mail server, below it
BITS = 2048  # RFC 8301 §3.2
TXT_STRING = 255  # bytes: RFC 1035 §3.3
PROOF = "_amazonses"  # where a domain's owner shows its token
PENDING, VERIFIED, FAILED = "PENDING", "VERIFIED", "FAILED"
PATIENCE = 72 * 3600.0  # seconds that a domain's DNS is waited for


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    account: str
    organization: str
    selector: str
    secret: bytes
    public_key: str
    created: float  # seconds since 1970
    ownership: str  # PENDING, VERIFIED or FAILED
    dkim: str

    @property
    def host(self) -> str:
        return f"{HOST}.{self.name}"

    @property
    def token(self) -> str:
        """What only whoever registered the domain this time was told: its key is new each time."""
        return base64.b64encode(hashlib.sha256(self.public_key.encode()).digest()).decode()


COLUMNS = "name, account, organization, selector, secret, public_key, created, ownership, dkim"


def new_key() -> rsa.RSAPrivateKey:
    """A key for a domain; it takes a while, so not in a transaction."""
    return rsa.generate_private_key(65537, BITS)


def add(
    tx: Tx,
    name: str,
    account: str,
    key: rsa.RSAPrivateKey,
    organization: str = "",
    status: str = VERIFIED,
) -> Domain:
    """Host a domain, or with the status PENDING wait for its proof; one that is there stays as it is."""
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    tx.run(
        f"INSERT INTO mail_domain ({COLUMNS})"
        " VALUES (:name, :account, :organization, :selector, :secret, :public, :created, :status, :status)"
        " ON CONFLICT (name) DO NOTHING",
        name=name,
        account=account,
        organization=organization,
        selector=SELECTOR,
        secret=tx.seal.close(secret, PURPOSE),
        public=base64.b64encode(public).decode(),
        created=tx.now.timestamp(),
        status=status,
    )
    people.ensure_sink(tx)
    found = get(tx, name)
    assert found is not None
    return found


def get(tx: Tx, name: str) -> Domain | None:
    row = tx.one(f"SELECT {COLUMNS} FROM mail_domain WHERE name = :name", name=name)
    return Domain(*row) if row else None


def all_of(tx: Tx, account: str | None = None, organization: str | None = None) -> list[Domain]:
    rows = tx.all(f"SELECT {COLUMNS} FROM mail_domain ORDER BY name")
    found = [Domain(*row) for row in rows]
    return [
        each
        for each in found
        if account in (None, each.account) and organization in (None, each.organization)
    ]


def note(tx: Tx, name: str, ownership: str, dkim: str) -> None:
    """What was found out about a domain."""
    tx.run(
        "UPDATE mail_domain SET ownership = :ownership, dkim = :dkim WHERE name = :name",
        ownership=ownership,
        dkim=dkim,
        name=name,
    )


def remove(tx: Tx, name: str) -> None:
    tx.run("DELETE FROM mail_domain WHERE name = :name", name=name)


def key_of(tx: Tx, domain: Domain) -> rsa.RSAPrivateKey:
    found = load_der_private_key(tx.seal.open(domain.secret, PURPOSE), None)
    assert isinstance(found, rsa.RSAPrivateKey)
    return found


def proof(domain: Domain) -> tuple[str, str, list[str]]:
    """The record that shows whose a domain is."""
    return (f"{PROOF}.{domain.name}", "TXT", [f'"{domain.token}"'])


def records(domain: Domain, address: str) -> list[tuple[str, str, list[str]]]:
    """What DNS is to say of a domain whose mail server has an address: names, types, values."""
    key = f"v=DKIM1; k=rsa; p={domain.public_key}"
    strings = [key[at : at + TXT_STRING] for at in range(0, len(key), TXT_STRING)]
    return [
        (domain.host, "AAAA" if ":" in address else "A", [address]),
        (domain.name, "MX", [f"10 {domain.host}."]),
        (domain.name, "TXT", ['"v=spf1 mx -all"']),
        (
            f"{domain.selector}._domainkey.{domain.name}",
            "TXT",
            [" ".join(f'"{s}"' for s in strings)],
        ),
        (
            f"_dmarc.{domain.name}",
            "TXT",
            [f'"v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain.name}"'],
        ),
    ]
