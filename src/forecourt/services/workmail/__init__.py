"""WorkMail: organizations, their domains, and the people and groups that have mail.

platform/mail is what their mailboxes and addresses are; here is the API over it.
"""

from forecourt.services.workmail.actions import AUTHORIZATION, TABLES

__all__ = ["AUTHORIZATION", "TABLES"]
