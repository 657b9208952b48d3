"""Bounces: telling the sender of a message that came that it was not delivered.

Nobody is told of what came from nobody, or of what a program wrote: bounces never meet bounces (RFC 3834 §2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecourt.planes.mail import mime, reports
from forecourt.planes.mail.reports import About
from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.platform.mail import contents, queue, steps

from . import received
from .identities import SERVICE
from .received import Received

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

ANSWERABLE = 24 * 3600.0  # seconds for which a message may be bounced


@dataclass(frozen=True, slots=True)
class Refusal:
    """A recipient who did not get it, and why."""

    address: str
    status: str  # enhanced, as 5.1.1
    said: str
    code: str = "550"


def original(tx: Tx, id: str) -> Received | None:
    """A message of the caller's that came lately."""
    found = received.find(tx, id)
    if found is None or (found.account, found.region) != (tx.call.account, tx.call.region):
        return None
    return found if tx.now.timestamp() - found.at < ANSWERABLE else None


def send(tx: Tx, of: Received, sender: str, refusals: Sequence[Refusal]) -> str | None:
    """Queue a notification to whoever sent it; its id, or None where there is nobody to tell."""
    header = of.header.encode("latin-1", "replace")
    known = mime.fields(header)
    automatic = mime.text(mime.first(known, "auto-submitted")).strip().lower()
    if not of.source or automatic not in ("", "no") or of.source.lower() == sender.lower():
        return None
    id, host = queue.new_id(), f"inbound-smtp.{of.region}.{SERVICE}"
    about = [
        About(each.address, "", each.status, f"{each.code} {each.status} {each.said}", host)
        for each in refusals
    ]
    message_id = f"<{id}@{host}>"
    _, text = reports.report(
        reports.FAILED, host, of.source, about, header + b"\r\n", arrived=of.at, envid="",
        full=False, message_id=message_id, now=tx.now.timestamp(), mailer=sender,
    )  # fmt: skip
    content = contents.prepare(text, None)
    queue.put(tx, id, Envelope("", (Recipient(of.source, notify="NEVER"),)), content)
    steps.note(tx, message_id, steps.SUBMITTED, f"by SES, about {of.id}")
    return id
