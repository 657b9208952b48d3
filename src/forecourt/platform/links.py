"""Links in mails: whoever opens one and confirms has read the mail.

A token is in the mail alone; the store has its hash.  Opening a link changes nothing, because mail
scanners open links too; its page has a button.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError
from forecourt.platform.certificates.authorities import public_url
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

LINKS = Kind("mail", "link", AwsError, is_global=True, is_shared=True)  # named by the token's hash
PATH = "/confirm/"
LASTS = timedelta(days=15)


def make(tx: Tx, purpose: str, subject: str, text: str) -> str:
    """A link whose confirmation is given to those who have the purpose; the URL."""
    token = secrets.token_urlsafe(24)
    until = (tx.now + LASTS).timestamp()
    spec = {"Purpose": purpose, "Subject": subject, "Text": text, "Until": until}
    LINKS.create(tx, hashed(token), spec, {})
    return f"{public_url(tx)}{PATH}{token}"


def find(tx: Tx, token: str) -> Resource | None:
    """A link that still holds."""
    found = LINKS.find(tx, hashed(token))
    return found if found is not None and tx.now.timestamp() < found.spec["Until"] else None


def forget_old(tx: Tx) -> None:
    for each in LINKS.all(tx):
        if tx.now.timestamp() >= each.spec["Until"]:
            LINKS.remove(tx, each)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
