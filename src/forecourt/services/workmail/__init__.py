"""WorkMail: organizations, their domains, and the people and groups that have mail.

platform/mail is what their mailboxes and addresses are; here is the API over it.
"""

from forecourt.services.workmail import (
    access_rules,
    addresses,
    domains,
    groups,
    mailboxes,
    organizations,
    registration,
    tags,
    users,
)
from forecourt.services.workmail.actions import AUTHORIZATION

__all__ = ["AUTHORIZATION", "TABLES"]

TABLES = tuple(
    module.ops
    for module in (
        access_rules,
        addresses,
        domains,
        groups,
        mailboxes,
        organizations,
        registration,
        tags,
        users,
    )
)
