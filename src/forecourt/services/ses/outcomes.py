"""What came of a message in the queue, or at the simulator, as events.

    note(tx, task, results)        # in the transaction that settles an attempt

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (the simulator)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecourt.platform.mail.queue import CAPTURED, DELIVERED, FAILED, QUEUED, Result, Task

from . import events
from .events import Sent

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

SIMULATOR = "simulator.amazonses.com"
HOST = "a8-70.smtp-out.amazonses.com"
DELAYED_FOR = 12 * 3600.0  # seconds, told as when a delay ends at the latest
# Enhanced status codes (RFC 3463) as AWS sorts them: type and subtype.
BOUNCES = {
    "5.1.1": ("Permanent", "General"),
    "5.1.2": ("Permanent", "General"),
    "5.2.2": ("Transient", "MailboxFull"),
    "4.2.2": ("Transient", "MailboxFull"),
    "5.3.4": ("Transient", "MessageTooLarge"),
    "5.6.0": ("Transient", "ContentRejected"),
    "5.7.1": ("Transient", "ContentRejected"),
    "4.4.7": ("Transient", "General"),
}
UNKNOWN = ("Permanent", "General")
DELAYS = {"4.2.2": "MailboxFull", "4.4.1": "IPFailure", "4.3.0": "InternalFailure"}


def note(tx: Tx, task: Task, results: Mapping[str, Result]) -> bool:
    """Whether a message was SES's: those who want to know are told by events, and not by mail."""
    sent = events.of_queue(tx, task.message.id)
    if sent is None:
        return False
    with events.on_behalf_of(tx, sent):
        for each in task.waiting:
            one(tx, sent, each.address, results[each.address], each.attempts)
    return True


def one(tx: Tx, sent: Sent, address: str, result: Result, attempts: int) -> None:
    if result.state in (DELIVERED, CAPTURED):
        said = (
            "250 2.0.0 Ok: kept in the sink" if result.state == CAPTURED else reply_of(result.said)
        )
        events.tell(tx, sent, "DELIVERY", events.delivery(tx, sent, [address], said, HOST))
    elif result.state == FAILED:
        kind, subtype = sort(result.status)
        bounced = {
            "emailAddress": address,
            "action": "failed",
            "status": result.status or "5.0.0",
            "diagnosticCode": f"smtp; {reply_of(result.said)}",
        }
        events.tell(tx, sent, "BOUNCE", events.bounce(tx, kind, subtype, [bounced], HOST))
        if kind == "Permanent":
            events.keep_off(tx, sent, [address], "BOUNCE")
    elif result.state == QUEUED and attempts == 0:
        delayed = {
            "emailAddress": address,
            "status": result.status or "4.0.0",
            "diagnosticCode": reply_of(result.said),
        }
        detail = {
            "timestamp": events.stamp(tx.now.timestamp()),
            "delayType": DELAYS.get(result.status, "TransientCommunicationFailure"),
            "expirationTime": events.stamp(tx.now.timestamp() + DELAYED_FOR),
            "delayedRecipients": [delayed],
        }
        events.tell(tx, sent, "DELIVERY_DELAY", detail)


STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\Z")


def sort(status: str) -> tuple[str, str]:
    """Type and subtype of a bounce; what is not for good, or a matter of policy, keeps nobody off."""
    if found := BOUNCES.get(status):
        return found
    if not STATUS.match(status):
        return UNKNOWN
    if status.startswith("5.7."):
        return ("Transient", "ContentRejected")
    return ("Transient", "General") if status.startswith("4.") else UNKNOWN


def reply_of(said: str) -> str:
    """What a server answered, without what we say of it."""
    return said.partition(" said ")[2] or said


def simulated(tx: Tx, sent: Sent, address: str) -> None:
    """What a real recipient would have brought about."""
    mailbox = address.partition("@")[0].partition("+")[0].lower()
    if mailbox in ("bounce", "suppressionlist"):
        subtype = "Suppressed" if mailbox == "suppressionlist" else "General"
        said = (
            "Amazon SES has suppressed sending to this address because it has a recent history of"
            " bouncing as an invalid address."
            if mailbox == "suppressionlist"
            else "smtp; 550 5.1.1 user unknown"
        )
        bounced = {
            "emailAddress": address,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": said,
        }
        events.tell(tx, sent, "BOUNCE", events.bounce(tx, "Permanent", subtype, [bounced], HOST))
        return
    said = "250 2.6.0 Message received"
    events.tell(tx, sent, "DELIVERY", events.delivery(tx, sent, [address], said, HOST))
    if mailbox == "complaint":
        events.tell(tx, sent, "COMPLAINT", events.complaint(tx, [address]))
