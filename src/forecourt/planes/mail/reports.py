"""Delivery status notifications (RFC 3464, in multipart/report: RFC 6522)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import format_datetime

from .mime import header_end
from .smtp import Envelope, Recipient

FAILED, DELAYED, DELIVERED, RELAYED = "failed", "delayed", "delivered", "relayed"
SUBJECTS = {
    FAILED: "Undelivered Mail Returned to Sender",
    DELAYED: "Delayed Mail (still being retried)",
    DELIVERED: "Successful Mail Delivery Report",
    RELAYED: "Successful Mail Delivery Report",
}
WORDS = {
    FAILED: "This message could not be delivered to:",
    DELAYED: "This message has not been delivered yet, and is tried again, to:",
    DELIVERED: "This message was delivered to:",
    RELAYED: "This message was handed on, to a host that tells nothing more, for:",
}
PLACE = b"=_the-message-that-is-returned_="
MOST_RETURNED = 64 * 1024  # bytes of a message that are returned; of a larger one its header


@dataclass(frozen=True, slots=True)
class About:
    """What a report says of one recipient."""

    address: str
    original: str  # ORCPT
    status: str  # enhanced, as 5.1.1
    said: str  # the diagnostic
    host: str


def report(
    action: str,
    host: str,
    sender: str,
    about: Sequence[About],
    content: bytes,
    *,
    arrived: float,
    envid: str,
    full: bool,
    message_id: str,
    now: float,
    mailer: str = "",
) -> tuple[Envelope, bytes]:
    """A report to a message's sender: from nobody, so that none answers it (RFC 3464 §2)."""
    outer = EmailMessage(policy=default.clone(utf8=not f"{sender}{mailer}".isascii()))
    outer["From"] = mailer or f"Mail Delivery System <MAILER-DAEMON@{host}>"
    outer["To"] = sender
    outer["Subject"] = SUBJECTS[action]
    outer["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    outer["Message-ID"] = message_id
    outer["Auto-Submitted"] = "auto-replied"  # RFC 3834 §3.1.7
    outer["MIME-Version"] = "1.0"
    outer["Content-Type"] = 'multipart/report; report-type="delivery-status"'
    lines = [f"<{each.address}>: {each.said}" for each in about]
    words = EmailMessage()
    words.set_content(
        "\n\n".join((f"This is the mail system at {host}.", WORDS[action], *lines)) + "\n"
    )
    outer.attach(words)
    outer.attach(status_part(action, host, about, arrived=arrived, envid=envid))
    whole = full and action == FAILED and len(content) <= MOST_RETURNED
    outer.attach(place_of_returned(content if whole else None))
    outer.set_boundary(f"=_{hashlib.sha256(message_id.encode()).hexdigest()}")
    text = outer.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    shown = content if whole else content[: header_end(content)]
    before, _, after = text.rpartition(PLACE)  # the last: what a server said may have it too
    envelope = Envelope("", (Recipient(sender),), utf8=not sender.isascii())
    return envelope, before + shown + after


def status_part(
    action: str, host: str, about: Sequence[About], *, arrived: float, envid: str
) -> EmailMessage:
    """The part that programs read (RFC 3464 §2.1)."""
    groups = [[("Reporting-MTA", f"dns; {host}")]]
    if envid:
        groups[0].insert(0, ("Original-Envelope-Id", one_line(envid)))
    groups[0].append(("Arrival-Date", format_datetime(datetime.fromtimestamp(arrived, UTC))))
    for each in about:
        group = [("Original-Recipient", one_line(each.original))] if each.original else []
        group += [
            ("Final-Recipient", f"rfc822; {one_line(each.address)}"),
            ("Action", action),
            ("Status", each.status),
        ]
        if each.host:
            group.append(("Remote-MTA", f"dns; {one_line(each.host.partition(' ')[0])}"))
        if each.said:
            group.append(("Diagnostic-Code", f"smtp; {one_line(each.said)}"))
        groups.append(group)
    part = EmailMessage()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([block(group) for group in groups])
    return part


def block(group: Sequence[tuple[str, str]]) -> Message:
    made = Message()
    for name, value in group:
        made[name] = value
    return made


def one_line(text: str) -> str:
    return " ".join(text.split())[:500].encode("ascii", "replace").decode()


def place_of_returned(whole: bytes | None) -> EmailMessage:
    """The part for the message, or its header (RFC 3461 §4.3, RFC 6522 §4); its bytes are put in last.

    The library would not leave bytes as they are.
    """
    part = EmailMessage()
    part["Content-Type"] = "message/rfc822" if whole is not None else "text/rfc822-headers"
    part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(PLACE.decode())
    return part
