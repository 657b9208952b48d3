"""Certificates: rows of their own, because there may be many.

`spec` is what was asked for, `state` what became of it; both JSON.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509

from forecourt.aws.arns import Arn
from forecourt.aws.errors import Errors
from forecourt.platform.certificates import uses

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("acm")

PENDING, ISSUED, EXPIRED = "PENDING_VALIDATION", "ISSUED", "EXPIRED"
TIMED_OUT, FAILED, REVOKED = "VALIDATION_TIMED_OUT", "FAILED", "REVOKED"
PUBLIC, PRIVATE, IMPORTED = "AMAZON_ISSUED", "PRIVATE", "IMPORTED"
SUCCESS = "SUCCESS"  # of a domain's validation, and of a renewal
DECODE = json.JSONDecoder().raw_decode  # which looks for no whitespace around
WORK = "acm"  # the kind of work, keyed by a certificate's id
PURPOSE = "certificate key"
COLUMNS = (
    "id, account, region, domain, status, type, algorithm, created, not_after, exported, authority,"
    " certificate, chain, secret, spec, state, tags"
)


@dataclass(frozen=True, slots=True)
class Certificate:
    id: str
    account: str
    region: str
    domain: str
    status: str
    type: str
    algorithm: str
    created: float
    not_after: float | None
    exported: bool
    authority: str | None
    certificate: bytes | None
    chain: str
    secret: bytes | None
    spec: Mapping[str, Any]
    state: Mapping[str, Any]
    tags: Mapping[str, str]

    @classmethod
    def of(cls, row: Any) -> Certificate:
        values = list(row)
        values[9] = bool(row[9])
        for at in (11, 13):  # drivers differ in what bytes are
            values[at] = None if row[at] is None else bytes(row[at])
        values[14:], _ = DECODE(f"[{row[14]},{row[15]},{row[16]}]")
        return cls(*values)

    @property
    def arn(self) -> str:
        return arn_of(self.account, self.region, self.id)

    @property
    def names(self) -> list[str]:
        return list(self.spec["Names"])

    @property
    def x509(self) -> x509.Certificate:
        assert self.certificate is not None
        return x509.load_der_x509_certificate(self.certificate)


def arn_of(account: str, region: str, id_: str) -> str:
    return str(Arn("acm", region, account, f"certificate/{id_}"))


def new_id() -> str:
    return str(uuid.uuid4())


def insert(tx: Tx, new: Certificate) -> None:
    names = COLUMNS.split(", ")
    tx.run(
        f"INSERT INTO acm_certificate ({COLUMNS}) VALUES ({', '.join(f':{n}' for n in names)})",
        **row_of(new),
    )


def row_of(one: Certificate) -> dict[str, Any]:
    documents = {"spec": one.spec, "state": one.state, "tags": one.tags}
    plain = {name: getattr(one, name) for name in COLUMNS.split(", ")}
    return plain | {name: json.dumps(value) for name, value in documents.items()}


def find(tx: Tx, id_: str) -> Certificate | None:
    row = tx.one(f"SELECT {COLUMNS} FROM acm_certificate WHERE id = :id", id=id_)
    return None if row is None else Certificate.of(row)


def own(tx: Tx, arn: str) -> Certificate:
    """A certificate of the caller's, by its ARN.  ResourceNotFoundException."""
    account, region = tx.call.account, tx.call.region
    found = find(tx, arn.rpartition("/")[2])
    if found is None or arn != found.arn or (found.account, found.region) != (account, region):
        raise errors.ResourceNotFoundException(
            f"Could not find certificate {arn} in account {account}."
        )
    return found


def change(tx: Tx, one: Certificate, /, **members: Any) -> Certificate:
    """A certificate with other columns; `state` as a whole."""
    changed = replace(one, **members)
    row = row_of(changed)
    sets = ", ".join(f"{name} = :{name}" for name in members)
    tx.run(
        f"UPDATE acm_certificate SET {sets} WHERE id = :id",
        id=one.id,
        **{name: row[name] for name in members},
    )
    return changed


def remove(tx: Tx, one: Certificate) -> None:
    tx.run("DELETE FROM acm_certificate WHERE id = :id", id=one.id)


def is_exportable(one: Certificate) -> bool:
    """Whether its key may leave: private ones always may."""
    return one.type == PRIVATE or one.spec.get("Export") == "ENABLED"


def is_used(tx: Tx, one: Certificate) -> bool:
    return bool(uses.users(tx, one.arn))


def is_renewable(tx: Tx, one: Certificate) -> bool:
    return renews(one, is_used(tx, one))


def renews(one: Certificate, used: bool) -> bool:
    """Whether it is renewed by itself: what is in use, or was exported.

    https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
    """
    if one.type == IMPORTED or one.status != ISSUED:
        return False
    return bool(one.state.get("ExportedSince")) or used


def moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
