"""People and the addresses that reach them.

    person = create(tx, "alice@jpub.co.kr", "Alice", digest)
    targets = reach(tx, "Alice+lists@JPub.co.kr")        # ids of people; none: nobody

Every hosted domain has postmaster@ and abuse@ (RFC 2142), which reach whoever came first to it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecourt.planes.mail import addresses

from . import mailboxes

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

QUOTA = 50 * 1024**3  # bytes: https://docs.aws.amazon.com/workmail/latest/adminguide/limits.html
ALWAYS = ("postmaster", "abuse")
COLUMNS = "id, address, name, password, quota, used, enabled"
PRIMARY, ALIAS, GROUP = "primary", "alias", "group"
SINK = "sink"  # the person whose mailbox has what was captured


class Taken(Exception):
    """An address that somebody has."""


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    address: str
    name: str
    password: str
    quota: int
    used: int
    enabled: bool


def create(
    tx: Tx, address: str, name: str, password: str, id: str = "", quota: int = QUOTA
) -> Person:
    """Somebody new with a mailbox; `address` may be empty until there is one.  Taken."""
    person = id or str(uuid.uuid4())
    tx.run(
        "INSERT INTO mail_person (id, address, name, password, quota, used, enabled, created)"
        " VALUES (:id, '', :name, :password, :quota, 0, :enabled, :created)",
        id=person,
        name=name,
        password=password,
        quota=quota,
        enabled=True,
        created=tx.now.timestamp(),
    )
    mailboxes.furnish(tx, person)
    if address:
        give(tx, person, address, PRIMARY)
    found = get(tx, person)
    assert found is not None
    return found


def get(tx: Tx, id: str) -> Person | None:
    row = tx.one(f"SELECT {COLUMNS} FROM mail_person WHERE id = :id", id=id)
    if row is None:
        return None
    id, address, name, password, quota, used, enabled = row
    return Person(id, address, name, password, quota, used, bool(enabled))


def remove(tx: Tx, id: str) -> None:
    """Take somebody away, with all their mail."""
    mailboxes.empty(tx, id)
    tx.run("DELETE FROM mail_address WHERE person = :id", id=id)
    tx.run("DELETE FROM mail_person WHERE id = :id", id=id)


def give(tx: Tx, person: str, address: str, kind: str) -> None:
    """Let an address reach somebody.  Taken, unless it is a group's."""
    key = addresses.key(address)
    if kind != GROUP and tx.one("SELECT 1 FROM mail_address WHERE address = :key", key=key):
        raise Taken(address)
    tx.run(
        "INSERT INTO mail_address (address, person, domain, kind)"
        " VALUES (:key, :person, :domain, :kind) ON CONFLICT (address, person) DO NOTHING",
        key=key,
        person=person,
        domain=key.rpartition("@")[2],
        kind=kind,
    )
    if kind == PRIMARY:
        tx.run("UPDATE mail_person SET address = :key WHERE id = :person", key=key, person=person)


def take(tx: Tx, person: str, address: str) -> None:
    """An address reaches somebody no more."""
    key = addresses.key(address)
    tx.run(
        "DELETE FROM mail_address WHERE address = :key AND person = :person", key=key, person=person
    )
    tx.run(
        "UPDATE mail_person SET address = '' WHERE id = :person AND address = :key",
        key=key,
        person=person,
    )


def addresses_of(tx: Tx, person: str) -> dict[str, str]:
    """Somebody's own addresses, each with its kind; those of groups are not their own."""
    rows = tx.all(
        "SELECT address, kind FROM mail_address WHERE person = :person AND kind <> 'group'"
        " ORDER BY kind DESC, address",
        person=person,
    )
    return {str(address): str(kind) for address, kind in rows}


def set_password(tx: Tx, person: str, digest: str) -> None:
    tx.run(
        "UPDATE mail_person SET password = :digest WHERE id = :person", digest=digest, person=person
    )


def set_enabled(tx: Tx, person: str, *, enabled: bool) -> None:
    tx.run(
        "UPDATE mail_person SET enabled = :enabled WHERE id = :person",
        enabled=enabled,
        person=person,
    )


def set_quota(tx: Tx, person: str, quota: int) -> None:
    tx.run("UPDATE mail_person SET quota = :quota WHERE id = :person", quota=quota, person=person)


def reach(tx: Tx, address: str) -> list[str]:
    """Whom an address reaches, by their ids.  BadAddress."""
    key = addresses.key(address)
    found = _exact(tx, key)
    if not found and "+" in key:
        found = _exact(tx, addresses.detail_off(key))
    local, _, domain = key.rpartition("@")
    if not found and local.partition("+")[0] in ALWAYS:
        found = [first_of(tx, domain)] if is_hosted(tx, domain) else []
    return found


def _exact(tx: Tx, key: str) -> list[str]:
    rows = tx.all(
        "SELECT a.person FROM mail_address a JOIN mail_person p ON p.id = a.person"
        " WHERE a.address = :key AND p.enabled = :yes ORDER BY a.person",
        key=key,
        yes=True,
    )
    return [str(person) for (person,) in rows]


def first_of(tx: Tx, domain: str) -> str:
    """Who answers for a domain: the one who came first, or nobody's sink."""
    found = tx.value(
        "SELECT p.id FROM mail_address a JOIN mail_person p ON p.id = a.person"
        " WHERE a.domain = :domain AND a.kind = 'primary' AND p.enabled = :yes"
        " ORDER BY p.created, p.id LIMIT 1",
        domain=domain,
        yes=True,
    )
    return str(found) if found else SINK


def is_hosted(tx: Tx, domain: str) -> bool:
    """Whether a domain's mail comes here: one that is asked for, but not proven, is elsewhere yet."""
    sql = "SELECT 1 FROM mail_domain WHERE name = :domain AND ownership = 'VERIFIED'"
    return bool(tx.one(sql, domain=domain))


def may_send_as(tx: Tx, person: str, address: str) -> bool:
    """Whether somebody's mail may say it is from an address: their own, with or without a label."""
    key = addresses.key(address)
    known = addresses_of(tx, person)
    return key in known or addresses.detail_off(key) in known


def signing_in(tx: Tx, user: str) -> Person | None:
    """Whom a user name means: any address of theirs."""
    try:
        key = addresses.key(user)
    except addresses.BadAddress:
        return None
    row = tx.one(
        "SELECT person FROM mail_address WHERE address = :key AND kind <> 'group'", key=key
    )
    found = get(tx, row[0]) if row else None
    return found if found is not None and found.enabled and found.password else None


def ensure_sink(tx: Tx) -> None:
    if get(tx, SINK) is None:
        create(tx, "", "Captured mail", "", SINK, quota=2**50)
