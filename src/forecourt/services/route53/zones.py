"""Hosted zones as rows: found for the caller, shown as the API shows them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.aws.errors import Errors

from .domain_names import BadName, Name, parse

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Row, Tx

errors = Errors("route53")
ALPHABET = ascii_uppercase + digits
API = "https://route53.amazonaws.com/2013-04-01"
COLUMNS = (
    "id, account, name, sort_key, caller_reference, comment, private, server_set, delegation_set,"
    " record_sets, features, tags"
)


@dataclass(frozen=True, slots=True)
class Zone:
    id: str
    account: str
    name: str
    sort_key: str
    caller_reference: str
    comment: str | None
    private: bool
    server_set: int
    delegation_set: str | None
    record_sets: int
    features: str
    tags: str

    @classmethod
    def of(cls, row: Row) -> Zone:
        return cls(*row)

    @property
    def document(self) -> t.HostedZone:
        config: Any = {"PrivateZone": bool(self.private)}
        if self.comment is not None:
            config["Comment"] = self.comment
        shown: t.HostedZone = {
            "Id": f"/hostedzone/{self.id}",
            "Name": self.name,
            "CallerReference": self.caller_reference,
            "Config": config,
            "ResourceRecordSetCount": self.record_sets,
        }
        if self.features != "{}":
            shown["Features"] = json.loads(self.features)
        return shown


def get_zone(tx: Tx, zone_id: str) -> Zone:
    """The caller's zone, by its bare id."""
    row = tx.one(
        f"SELECT {COLUMNS} FROM route53_zone WHERE account = :account AND id = :id",
        account=tx.call.account,
        id=zone_id,
    )
    if row is None:
        raise errors.NoSuchHostedZone(f"No hosted zone found with ID: {zone_id}")
    return Zone.of(row)


def get_anybodys(tx: Tx, zone_id: str) -> Zone:
    """A zone of any account.  NoSuchHostedZone."""
    row = tx.one(f"SELECT {COLUMNS} FROM route53_zone WHERE id = :id", id=zone_id)
    if row is None:
        raise errors.NoSuchHostedZone(f"No hosted zone found with ID: {zone_id}")
    return Zone.of(row)


def arn_of(zone: Zone) -> str:
    return str(Arn("route53", "", zone.account, f"hostedzone/{zone.id}"))


def name_in_request(given: str) -> Name:
    """A name given to a listing.  InvalidInput."""
    try:
        return parse(given)
    except BadName as bad:
        raise errors.InvalidInput(str(bad)) from None


def new_id(letter: str) -> str:
    """An id as AWS's look: a letter, eight digits, twelve letters and digits."""
    random = secrets.token_bytes(19)
    numbers = "".join(str(byte % 10) for byte in random[:7])
    return f"{letter}0{numbers}" + "".join(ALPHABET[byte % 36] for byte in random[7:])


def page_size(given: str | None, most: int) -> int:
    """How many items a page holds: as asked, at most `most`.  InvalidInput."""
    if given is None:
        return most
    if not (given.isascii() and given.isdecimal()) or not int(given[:9]) > 0:
        raise errors.InvalidInput(
            f"1 validation error detected: Value '{given}' at 'maxItems' failed to satisfy"
            " constraint: Member must have value greater than or equal to 1"
        )
    return min(int(given[:9]), most)


def claim_reference(tx: Tx, kind: str, reference: str, taken: type[Exception], text: str) -> None:
    """Use up a caller reference: it is never free again."""
    used = tx.run(
        "INSERT INTO route53_caller_reference (account, kind, reference)"
        " VALUES (:account, :kind, :reference) ON CONFLICT DO NOTHING",
        account=tx.call.account,
        kind=kind,
        reference=reference,
    )
    if not used:
        raise taken(text)
