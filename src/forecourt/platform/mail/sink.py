"""What was captured: mail for the world outside, which it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import people

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MOST = 10_000  # messages that are listed, the latest


@dataclass(frozen=True, slots=True)
class Captured:
    number: int
    at: float  # seconds since 1970
    size: int
    message_id: str
    sender: str  # as the fields say, in lower case
    recipients: str
    subject: str
    content: str

    @property
    def document(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(),
            "size": self.size,
            "messageId": self.message_id,
            "from": self.sender,
            "to": self.recipients,
            "subject": self.subject,
        }


def messages(tx: Tx) -> list[Captured]:
    """The oldest first."""
    rows = tx.all(
        "SELECT m.uid, m.date, m.size, c.message_id, c.sender, c.recipients, c.subject, m.content"
        " FROM mailbox b JOIN mail_message m ON m.mailbox = b.id JOIN mail_content c ON c.id = m.content"
        " WHERE b.person = :sink AND b.name = 'INBOX' ORDER BY m.uid DESC LIMIT :most",
        sink=people.SINK,
        most=MOST,
    )
    return [Captured(*row) for row in reversed(rows)]
