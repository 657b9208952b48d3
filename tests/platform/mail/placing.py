"""Somebody with messages, without a server."""

from __future__ import annotations

from forecourt.platform.mail import contents, mailboxes, messages, people
from forecourt.store.tx import Tx

ALICE = "alice@jpub.co.kr"


def somebody(tx: Tx) -> str:
    return people.create(tx, ALICE, "Alice", "digest").id


def put(tx: Tx, person: str, subject: str = "x", folder: str = "INBOX") -> int:
    """One more message; its UID."""
    content = contents.prepare(f"Subject: {subject}\r\n\r\nHi\r\n".encode(), None)
    return messages.append(tx, person, folder, content, (), None)[1]


def inbox(tx: Tx, person: str) -> int:
    return mailboxes.need(tx, person, "INBOX")
