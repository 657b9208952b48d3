"""What comes back: notifications of delivery status, and complaints, to the return path of a message.

A return path names its message, which nobody knows but those it was sent to.
RFC 3464 (delivery status), RFC 5965 (abuse reports)
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING

from . import events, outcomes
from .identities import SERVICE

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

COMPLAINTS = f"complaints@{SERVICE}"  # where reports go that name their message
ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000")
LARGEST = 256 * 1024  # bytes of a report that are looked at
MOST_BOUNDARIES = 16  # of a report: each costs a look at every line
BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
MOST = 50  # recipients of it


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says of a message: of which recipients, and what."""

    message: str  # MessageId
    failed: list[dict[str, str]] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    is_complaint: bool = False
    kind: str = ""  # Feedback-Type
    agent: str = ""
    host: str = ""


def message_of(address: str) -> str:
    """The message that a return path is of; empty: it is none."""
    local, _, _ = address.partition("@")
    return local if ID.fullmatch(local) else ""


def takes(tx: Tx, address: str) -> bool:
    """Whether mail to an address is about something that was sent."""
    if address.lower() == COMPLAINTS:
        return True
    found = message_of(address)
    return bool(found) and events.find(tx, found) is not None


def read(content: bytes, addresses: Iterable[str]) -> list[Report]:
    """What a message to some addresses reports; nothing where it is a note that somebody is out of office."""
    start = content[:LARGEST]
    if len(BOUNDARY.findall(start)) > MOST_BOUNDARIES:
        return []
    try:
        parsed = email.message_from_bytes(start)
        found = [reported(parsed, each) for each in dict.fromkeys(addresses)]
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return []  # what the standard library cannot read
    return [each for each in found if each is not None]


def reported(parsed: Message, address: str) -> Report | None:
    kind = parsed.get_param("report-type", "", "content-type")
    if parsed.get_content_type() != "multipart/report":
        return None
    id = message_of(address) or returned(parsed)
    if not id:
        return None
    if str(kind).lower() == "delivery-status":
        return Report(id, list(failed(parsed)), host=host_of(parsed))
    if str(kind).lower() == "feedback-report":
        said = first(parsed, "message/feedback-report")
        listed = [plain(str(each)) for each in said.get_all("Original-Rcpt-To", [])] if said else []
        return Report(
            id, complained=listed[:MOST], is_complaint=True,
            kind=str(said["Feedback-Type"] or "") if said else "",
            agent=str(said["User-Agent"] or "") if said else "",
        )  # fmt: skip
    return None


def first(parsed: Message, kind: str) -> Message | None:
    """The fields of the first part of a type."""
    for part in parsed.walk():
        if part.get_content_type() == kind:
            inside = part.get_payload()
            if isinstance(inside, list):
                return inside[0] if inside and isinstance(inside[0], Message) else None
            return email.message_from_string(str(inside))
    return None


def blocks(parsed: Message) -> list[Message]:
    for part in parsed.walk():
        if part.get_content_type() == "message/delivery-status":
            inside = part.get_payload()
            if isinstance(inside, list):
                return [each for each in inside if isinstance(each, Message)]
    return []


def failed(parsed: Message) -> Iterator[dict[str, str]]:
    for each in blocks(parsed)[1 : MOST + 1]:
        if str(each["Action"] or "").strip().lower() != "failed":
            continue
        address = plain(str(each["Original-Recipient"] or each["Final-Recipient"] or ""))
        yield {
            "emailAddress": address,
            "action": "failed",
            "status": (str(each["Status"] or "").split() or ["5.0.0"])[0],
            "diagnosticCode": " ".join(str(each["Diagnostic-Code"] or "").split()),
        }


def host_of(parsed: Message) -> str:
    known = blocks(parsed)
    return plain(str(known[0]["Reporting-MTA"] or "")) if known else ""


def plain(value: str) -> str:
    """What is after the type of a field: rfc822; a@b.test"""
    return value.rpartition(";")[2].strip().strip("<>")


def returned(parsed: Message) -> str:
    """The id of the message that a report returns."""
    for part in parsed.walk():
        found = ID.search(str(part["Message-ID"] or ""))
        if found is not None:
            return found[0]
    return ""


def once(tx: Tx, message: str, addresses: list[str], kind: str) -> list[str]:
    """Those of some recipients of whom this was not told yet."""
    return [
        each
        for each in addresses
        if tx.run(
            "INSERT INTO ses_told (message, address, kind) VALUES (:message, :address, :kind)"
            " ON CONFLICT (message, address, kind) DO NOTHING",
            message=message,
            address=each.lower(),
            kind=kind,
        )
    ]


def take(tx: Tx, report: Report) -> None:
    """Tell of it."""
    sent = events.find(tx, report.message)
    if sent is None:
        return
    known = {each.lower(): each for each in sent.mail["destination"]}
    with events.on_behalf_of(tx, sent):
        if report.is_complaint:
            named = [known[e.lower()] for e in report.complained if e.lower() in known]
            who = once(tx, sent.id, named or list(known.values()), "COMPLAINT")
            if who:
                detail = events.complaint(tx, who, report.kind or "abuse", report.agent)
                events.tell(tx, sent, "COMPLAINT", detail)
            if named:
                events.keep_off(tx, sent, named, "COMPLAINT")
            return
        by_type: dict[tuple[str, str], list[dict[str, str]]] = {}
        for each in report.failed:
            address = each["emailAddress"].lower()
            if address in known and once(tx, sent.id, [address], "BOUNCE"):
                type_ = outcomes.sort(each["status"])
                by_type.setdefault(type_, []).append(each)
        for (kind, subtype), bounced in by_type.items():
            detail = events.bounce(tx, kind, subtype, bounced, report.host or outcomes.HOST)
            events.tell(tx, sent, "BOUNCE", detail)
            if kind == "Permanent":
                events.keep_off(tx, sent, [each["emailAddress"] for each in bounced], "BOUNCE")
