"""Mail that services send to people: it goes into the queue, and a copy is kept to be shown."""

from __future__ import annotations

import time
import uuid
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError
from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.platform.mail import contents, queue, steps
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

SENT = Kind("mail", "sent", AwsError, is_global=True, is_shared=True)
MOST = 10_000  # messages; the oldest go
HOST = "mail-host"  # the setting: what our mail server is called
ADDRESS = "mail-address"
DEFAULT_HOST = "mail.forecourt.cloud"


def set_host(tx: Tx, host: str, address: str) -> None:
    """What our mail server is called, and where it is reached."""
    for name, value in ((HOST, host), (ADDRESS, address)):
        tx.run(
            "INSERT INTO setting (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=name,
            value=value,
        )


def address(tx: Tx) -> str:
    """Where our mail server is reached."""
    return str(
        tx.value("SELECT value FROM setting WHERE name = :name", name=ADDRESS) or "127.0.0.1"
    )


def send(tx: Tx, to: str, subject: str, text: str) -> None:
    """Send a message to somebody.  It comes from nobody: what cannot be delivered is not returned."""
    host = tx.value("SELECT value FROM setting WHERE name = :name", name=HOST) or DEFAULT_HOST
    id = queue.new_id()
    message = EmailMessage()
    message["From"] = f"Forecourt <no-reply@{host}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(tx.now)
    message["Message-ID"] = f"<{id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    message.set_content(text)
    content = contents.prepare(crlf(message.as_bytes()), None)
    queue.put(tx, id, Envelope("", (Recipient(to),)), content)
    steps.note(tx, content.message_id, steps.SUBMITTED, f"by a service to {to}")
    remember(tx, {"To": to, "Subject": subject, "Text": text, "MessageId": content.message_id})


def crlf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def remember(tx: Tx, spec: dict[str, str]) -> None:
    SENT.create(tx, f"{time.time_ns():020d} {uuid.uuid4()}", spec, {})
    if SENT.count(tx) > MOST:
        for oldest in SENT.page(tx, "", 0)[:1]:
            SENT.remove(tx, oldest)


def sent(tx: Tx) -> list[Resource]:
    """What was sent, the oldest first."""
    return SENT.all(tx)
