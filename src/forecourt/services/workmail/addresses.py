"""Further addresses of users and groups, and which is the primary one.

https://docs.aws.amazon.com/workmail/latest/APIReference/API_CreateAlias.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.mail import people
from forecourt.store.resources import Resource

from . import stored
from .groups import spread
from .registration import checked
from .stored import ENTITIES, GROUP, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
MOST = 100  # aliases


@ops.write
def create_alias(tx: Tx, req: t.CreateAliasRequest) -> None:
    org = stored.organization(tx, req)
    found = registered(tx, org, req["EntityId"])
    aliases = found.status.get("Aliases", [])
    if len(aliases) >= MOST:
        raise errors.LimitExceededException("The request exceeds the limit of aliases.")
    address = checked(tx, org, req["Alias"])
    changed = ENTITIES.change(tx, found, status={**found.status, "Aliases": [*aliases, address]})
    reach(tx, org, changed, address, people.ALIAS)


@ops.write
def delete_alias(tx: Tx, req: t.DeleteAliasRequest) -> None:
    org = stored.organization(tx, req)
    found = registered(tx, org, req["EntityId"])
    address = req["Alias"].lower()
    if address == found.status["Email"]:
        raise errors.InvalidParameterException("The primary address is no alias.")
    if address not in found.status.get("Aliases", ()):
        return
    kept = [each for each in found.status["Aliases"] if each != address]
    ENTITIES.change(tx, found, status={**found.status, "Aliases": kept})
    tx.run("DELETE FROM mail_address WHERE address = :address AND kind = 'group'", address=address)
    people.take(tx, stored.id_of(found), address)


@ops.read
def list_aliases(tx: Tx, req: t.ListAliasesRequest) -> t.ListAliasesResponse:
    found = stored.entity(tx, stored.organization(tx, req), req["EntityId"])
    return stored.page("Aliases", found.status.get("Aliases", []), req, by=str, show=str)


@ops.write
def update_primary_email_address(tx: Tx, req: t.UpdatePrimaryEmailAddressRequest) -> None:
    """The address that was primary becomes an alias."""
    org = stored.organization(tx, req)
    found = registered(tx, org, req["EntityId"])
    before, address = found.status["Email"], req["Email"].lower()
    aliases = found.status.get("Aliases", [])
    if address == before:
        return
    if address not in aliases:
        address = checked(tx, org, address)
    rest = [each for each in aliases if each != address]
    status = {**found.status, "Email": address, "Aliases": [*rest, before]}
    changed = ENTITIES.change(tx, found, status=status)
    if found.spec["Type"] == GROUP:
        spread(tx, org, changed)
        return
    for each in (before, address):
        people.take(tx, stored.id_of(found), each)
    people.give(tx, stored.id_of(found), before, people.ALIAS)
    people.give(tx, stored.id_of(found), address, people.PRIMARY)


def registered(tx: Tx, org: Resource, id: str) -> Resource:
    found = stored.entity(tx, org, id)
    if not stored.enabled(found):
        raise errors.EntityStateException(
            "You are performing an operation on a user, group, or resource that isn't in the expected state,"
            " such as trying to delete an active user."
        )
    return found


def reach(tx: Tx, org: Resource, found: Resource, address: str, kind: str) -> None:
    if found.spec["Type"] == GROUP:
        spread(tx, org, found)
    else:
        people.give(tx, stored.id_of(found), address, kind)
