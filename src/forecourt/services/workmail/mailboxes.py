"""Mailboxes of users: how large they are, and may be.

https://docs.aws.amazon.com/workmail/latest/APIReference/API_UpdateMailboxQuota.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.mail import people
from forecourt.platform.mail.people import Person

from . import stored
from .stored import USER, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
MEBIBYTE = 1024**2
LARGEST = 51_200  # MB: 50 GB


@ops.read
def get_mailbox_details(tx: Tx, req: t.GetMailboxDetailsRequest) -> t.GetMailboxDetailsResponse:
    person = owner(tx, req["OrganizationId"], req["UserId"])
    return {"MailboxQuota": person.quota // MEBIBYTE, "MailboxSize": person.used / MEBIBYTE}


@ops.write
def update_mailbox_quota(tx: Tx, req: t.UpdateMailboxQuotaRequest) -> None:
    person = owner(tx, req["OrganizationId"], req["UserId"])
    if not person.enabled:
        raise errors.EntityStateException("The user is not registered to WorkMail.")
    if req["MailboxQuota"] > LARGEST:
        raise errors.InvalidParameterException(f"A mailbox may have {LARGEST} MB at most.")
    people.set_quota(tx, person.id, req["MailboxQuota"] * MEBIBYTE)


def owner(tx: Tx, organization: str, user: str) -> Person:
    org = stored.organization(tx, {"OrganizationId": organization})
    found = stored.entity(tx, org, user, USER)
    person = people.get(tx, stored.id_of(found))
    if person is None:
        raise errors.EntityNotFoundException(f"The user {user} has no mailbox.")
    return person
