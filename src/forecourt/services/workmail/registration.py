"""Registering users and groups: from here on they have mail.

https://docs.aws.amazon.com/workmail/latest/APIReference/API_RegisterToWorkMail.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.planes.mail.addresses import BadAddress, key
from forecourt.platform.mail import people
from forecourt.store.resources import Resource

from . import domains, stored
from .groups import spread
from .stored import DISABLED, ENABLED, ENTITIES, GROUP, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
QUOTA = people.QUOTA


@ops.write
def register_to_work_mail(tx: Tx, req: t.RegisterToWorkMailRequest) -> None:
    org = stored.organization(tx, req)
    found = stored.entity(tx, org, req["EntityId"])
    if stored.enabled(found):
        raise errors.EntityAlreadyRegisteredException(
            "The user, group, or resource that you're trying to register is already registered."
        )
    address = checked(tx, org, req["Email"])
    now = tx.now.timestamp()
    status = {**found.status, "State": ENABLED, "Email": address, "EnabledDate": now}
    if found.spec["Type"] == GROUP:
        spread(tx, org, ENTITIES.change(tx, found, status=status))
        return
    id = stored.id_of(found)
    if people.get(tx, id) is None:
        people.create(tx, address, found.spec["DisplayName"], found.status["Password"], id)
    else:
        people.give(tx, id, address, people.PRIMARY)
        people.set_enabled(tx, id, enabled=True)
    ENTITIES.change(tx, found, status={**status, "MailboxProvisionedDate": now})
    for group in stored.entities(tx, org, GROUP):
        if id in group.spec["Members"]:
            spread(tx, org, group)


@ops.write
def deregister_from_work_mail(tx: Tx, req: t.DeregisterFromWorkMailRequest) -> None:
    """The addresses go; a user's mailbox stays until the user is deleted or registered again."""
    org = stored.organization(tx, req)
    found = stored.entity(tx, org, req["EntityId"])
    if not stored.enabled(found):
        raise errors.EntityStateException(
            "You are performing an operation on a user, group, or resource that isn't in the expected state,"
            " such as trying to delete an active user."
        )
    now = tx.now.timestamp()
    status = {**found.status, "State": DISABLED, "DisabledDate": now, "Email": "", "Aliases": []}
    for address in stored.addresses(found):
        tx.run(
            "DELETE FROM mail_address WHERE address = :address AND kind = 'group'", address=address
        )
        people.take(tx, stored.id_of(found), address)
    if found.spec["Type"] != GROUP:
        people.set_enabled(tx, stored.id_of(found), enabled=False)
        status["MailboxDeprovisionedDate"] = now
    ENTITIES.change(tx, found, status=status)


@ops.read
def describe_entity(tx: Tx, req: t.DescribeEntityRequest) -> t.DescribeEntityResponse:
    """Whose an address is."""
    org = stored.organization(tx, req)
    wanted = req["Email"].lower()
    for each in stored.entities(tx, org):
        if wanted in stored.addresses(each):
            return {
                "EntityId": stored.id_of(each),
                "Name": each.spec["Name"],
                "Type": each.spec["Type"],
            }
    raise errors.EntityNotFoundException(f"No entity has the address {req['Email']}.")


def checked(tx: Tx, org: Resource, address: str) -> str:
    """An address that nobody has, of a domain that is the organization's and verified."""
    try:
        wanted = key(address)
    except BadAddress:
        raise errors.InvalidParameterException(f"{address} is not an email address.") from None
    domains.demand_owned(stored.hosted(tx, org, wanted))
    taken = tx.one("SELECT 1 FROM mail_address WHERE address = :address", address=wanted)
    if taken or any(wanted in stored.addresses(each) for each in stored.entities(tx, org)):
        raise errors.EmailAddressInUseException(
            f"The email address {wanted} that you're trying to assign is already created for a different"
            " user, group, or resource."
        )
    return wanted
