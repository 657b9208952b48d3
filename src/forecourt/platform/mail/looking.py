"""Messages in anybody's mailbox, and those that were captured: for tests, and whoever operates them.

arrived(tx, Wanted(to="bob@", subject="hello"), after=None, most=100)
"""

from __future__ import annotations

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from forecourt.store.blobs import Blobs

from . import contents, messages

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

COLUMNS = "m.mailbox, m.uid, m.date, m.size, m.content, p.address, b.name"
JOINED = (
    "mail_message m JOIN mailbox b ON b.id = m.mailbox JOIN mail_person p ON p.id = b.person"
    " JOIN mail_content c ON c.id = m.content"
)
LARGEST = 1024 * 1024  # bytes of a message whose texts are shown


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message must have in its fields, in any case; empty: whatever."""

    to: str = ""
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    mailbox: int
    uid: int
    at: float  # seconds since 1970
    size: int
    content: str
    address: str  # of whose mailbox it is
    folder: str

    @property
    def id(self) -> str:
        return f"{self.mailbox}.{self.uid}"


def arrived(tx: Tx, wanted: Wanted, after: float, most: int) -> list[Arrived]:
    """The latest of them, the oldest first."""
    rows = tx.all(
        f"SELECT {COLUMNS} FROM {JOINED} WHERE m.date > :after AND (p.address LIKE :to ESCAPE '!'"
        " OR c.recipients LIKE :to ESCAPE '!' OR c.copied LIKE :to ESCAPE '!') AND c.sender LIKE :sender ESCAPE '!'"
        " AND c.subject LIKE :subject ESCAPE '!' ORDER BY m.date DESC, m.mailbox DESC, m.uid DESC"
        " LIMIT :most",
        after=after,
        to=like(wanted.to),
        sender=like(wanted.sender),
        subject=like(wanted.subject),
        most=most,
    )
    return [Arrived(*row) for row in reversed(rows)]


def like(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return f"%{text.lower()}%"


def find(tx: Tx, id: str) -> Arrived | None:
    mailbox, _, uid = id.partition(".")
    if not (id.isascii() and mailbox.isdecimal() and uid.isdecimal() and len(id) <= 30):
        return None
    if max(int(mailbox), int(uid)) >= 2**63:
        return None
    row = tx.one(
        f"SELECT {COLUMNS} FROM {JOINED} WHERE m.mailbox = :mailbox AND m.uid = :uid",
        mailbox=int(mailbox),
        uid=int(uid),
    )
    return Arrived(*row) if row else None


def read(tx: Tx, found: Arrived, most: int | None = LARGEST) -> bytes | None:
    """The message's first bytes, or all; None where they are a blob."""
    return contents.start_of(tx, found.content, most)


def whole(blobs: Blobs, found: Arrived, known: bytes | None) -> bytes:
    return known if known is not None else contents.read(blobs, found.content)


def document(found: Arrived, content: bytes) -> dict[str, Any]:
    """A message as JSON."""
    try:
        parsed = email.message_from_bytes(content[:LARGEST], policy=policy.default)
    except RecursionError:
        parsed = EmailMessage(policy.default)
    return {
        "Id": found.id,
        "Mailbox": found.address,
        "Folder": found.folder,
        "At": datetime.fromtimestamp(found.at, UTC).isoformat(),
        "Size": found.size,
        "MessageId": field(parsed, "Message-ID"),
        "From": field(parsed, "From"),
        "To": field(parsed, "To"),
        "Subject": field(parsed, "Subject"),
        "Headers": [{"Name": name, "Value": text(value)} for name, value in parsed.raw_items()],
        "Text": body(parsed, "plain"),
        "Html": body(parsed, "html"),
        "Attachments": attached(parsed),
    }


def field(parsed: EmailMessage, name: str) -> str:
    try:
        return text(parsed.get(name, ""))
    except (ValueError, IndexError, AttributeError, RecursionError):
        return ""  # what the standard library cannot read


def body(parsed: EmailMessage, kind: str) -> str:
    try:
        part = parsed.get_body((kind,))
        return text(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError, RecursionError):
        return ""


def attached(parsed: EmailMessage) -> list[str]:
    try:
        return [text(each.get_filename() or "") for each in parsed.iter_attachments()]
    except (LookupError, ValueError, AttributeError, RecursionError):
        return []


def text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def clear(tx: Tx) -> None:
    """Take every message away."""
    for person, mailbox in tx.all("SELECT person, id FROM mailbox"):
        rows = tx.all(
            "SELECT uid, flags, content, size FROM mail_message WHERE mailbox = :id", id=mailbox
        )
        if rows:
            messages.take_out(tx, person, mailbox, rows)
