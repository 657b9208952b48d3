"""Sending: what must hold, in AWS's order; the message built and signed; the queue, and the first event.

plan = planned(tx, wanted)           # a read: everything that may be wrong
made = made_ready(wanted, plan)      # off the loop: built, signed twice
id = accepted(tx, wanted, plan, made)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import load_der_private_key

from forecourt.planes.mail import dkim
from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.platform.mail import contents, queue, steps
from forecourt.platform.mail.contents import Content
from forecourt.store.resources import Resource

from . import building, configuration_sets, events, identities, outcomes, suppression, templates
from .building import Built, Parts, Raw
from .events import Sent
from .outcomes import SIMULATOR
from .stored import (
    BAD,
    PAUSED,
    REJECTED,
    SET_PAUSED,
    THROTTLED,
    Complaint,
    setting,
)
from .templates import Unrenderable

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MOST_RECIPIENTS = 50
SANDBOX = (200.0, 1.0)  # messages in 24 hours, and a second
PRODUCTION = (50_000.0, 14.0)
SANDBOX_SETTING = "ses sandbox"  # whether new accounts begin in it
VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message to be sent, whichever API or protocol it came by."""

    operation: str
    sender: str  # the From field, or the address
    recipients: tuple[str, ...]  # of the envelope
    parts: Parts | None = None
    raw: Raw | None = None
    template: Mapping[str, str] | None = None  # its parts, to be rendered with `data`
    data: Mapping[str, Any] | None = None
    configuration_set: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known before a message is built."""

    id: str
    now: datetime
    address: str
    identity: Resource
    host: str  # of the Message-ID
    bounces: str  # the domain of the return path
    signer: tuple[str, str, bytes] | None
    service: bytes  # the service's own key
    configuration_set: str


@dataclass(frozen=True, slots=True)
class Made:
    """A message, ready to be queued; or why it is not."""

    content: Content | None
    mail: Mapping[str, Any] = field(default_factory=dict)
    failure: str = ""  # of its rendering
    rejected: bool = False


def planned(tx: Tx, wanted: Wanted) -> Plan:
    """Complaint."""
    own = setting(tx).spec
    if not own["SendingEnabled"]:
        raise Complaint(PAUSED, "Email sending is paused for this account.")
    address = building.address_of(wanted.sender)
    if not wanted.recipients:
        raise Complaint(BAD, "There must be at least one recipient.")
    if len(wanted.recipients) > MOST_RECIPIENTS:
        raise Complaint(REJECTED, f"Recipient count exceeds {MOST_RECIPIENTS}.")
    identity = identities.of_address(tx, address)
    failed = [] if identity is not None else [address]
    if in_sandbox(tx):
        failed += [
            each
            for each in wanted.recipients
            if not each.endswith(f"@{SIMULATOR}") and identities.of_address(tx, each) is None
        ]
    if identity is None or failed:
        raise Complaint(
            REJECTED,
            "Email address is not verified. The following identities failed the check in region"
            f" {tx.call.region.upper()}: {', '.join(dict.fromkeys(failed))}",
        )
    name = wanted.configuration_set or identity.spec["ConfigurationSet"]
    if name:
        found = configuration_sets.get(tx, name)
        if not found.spec.get("SendingOptions", {}).get("SendingEnabled", True):
            raise Complaint(SET_PAUSED, f"Sending is paused for configuration set <{name}>.")
    check_quota(tx, len(wanted.recipients))
    bounces = identities.mail_from(tx, identity, tx.call.region)
    region = tx.call.region
    host = "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"
    return Plan(
        building.new_id(tx.now), tx.now, address, identity, host, bounces,
        identities.signer(tx, address), identities.service_key(tx), name,
    )  # fmt: skip


def tried(tx: Tx, wanted: Wanted) -> Plan | Complaint:
    """A plan, or why there is none: one of many messages does not stop the others."""
    try:
        return planned(tx, wanted)
    except Complaint as complaint:
        return complaint


def all_made_ready(
    req: Any, known: list[tuple[Wanted, Plan | Complaint]]
) -> list[tuple[Wanted, Plan | Complaint, Made | None]]:
    made: list[tuple[Wanted, Plan | Complaint, Made | None]] = []
    for wanted, plan in known:
        try:
            ready = made_ready(wanted, plan) if isinstance(plan, Plan) else None
            made.append((wanted, plan, ready))
        except Complaint as complaint:
            made.append((wanted, complaint, None))
    return made


def in_sandbox(tx: Tx) -> bool:
    production = setting(tx).spec["Production"]
    if production is not None:
        return not production
    return tx.value("SELECT value FROM setting WHERE name = :name", name=SANDBOX_SETTING) != "off"


def quota(tx: Tx) -> tuple[float, float]:
    return SANDBOX if in_sandbox(tx) else PRODUCTION


def sent_today(tx: Tx) -> float:
    found = tx.value(
        "SELECT sum(count) FROM ses_statistic WHERE account = :account AND region = :region"
        " AND quarter > :since AND kind = 'DeliveryAttempts'",
        account=tx.call.account,
        region=tx.call.region,
        since=tx.now.timestamp() - DAY,
    )
    return float(found or 0)


def check_quota(tx: Tx, recipients: int) -> None:
    """Complaint.  https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html"""
    day, second = quota(tx)
    if sent_today(tx) + recipients > day:
        raise Complaint(THROTTLED, "Daily message quota exceeded.")
    lately = tx.value(
        "SELECT count(*) FROM ses_message WHERE account = :account AND region = :region"
        " AND sent > :since",
        account=tx.call.account,
        region=tx.call.region,
        since=tx.now.timestamp() - 1.0,
    )
    if lately >= second:
        raise Complaint(THROTTLED, "Maximum sending rate exceeded.")


def made_ready(wanted: Wanted, plan: Plan) -> Made:
    """Build a message and sign it twice: as its domain, and as the service.  Complaint."""
    try:
        built = built_of(wanted, plan)
    except Unrenderable as failure:
        return Made(None, mail_of(wanted, plan, Built(b"")), str(failure))
    mail = mail_of(wanted, plan, built)
    if VIRUS in built.content:
        return Made(None, mail, rejected=True)
    content, now = built.content, plan.now.timestamp()
    signers = [(identities.SERVICE, identities.SELECTOR, plan.service)]
    if plan.signer is not None:
        signers.append(plan.signer)
    for domain, selector, secret in signers:
        key: Any = load_der_private_key(secret, None)
        content = dkim.sign(content, domain, selector, key, now) + content
    return Made(contents.prepare(content, None), mail)


def built_of(wanted: Wanted, plan: Plan) -> Built:
    if wanted.raw is not None:
        return building.put_right(wanted.raw, plan.id, plan.host, plan.now)
    assert wanted.parts is not None
    parts = wanted.parts
    if wanted.template is not None:
        found = templates.rendered(wanted.template, wanted.data or {})
        parts = Parts(
            parts.sender, parts.to, parts.cc, parts.bcc, parts.reply_to,
            " ".join(found.get("Subject", "").split()), found.get("Text", ""), found.get("Html", ""),
            parts.headers, parts.attachments,
        )  # fmt: skip
    return building.build(parts, plan.id, plan.host, plan.now)


def mail_of(wanted: Wanted, plan: Plan, built: Built) -> dict[str, Any]:
    """The "mail" object of a message's events."""
    tags = {name: [value] for name, value in wanted.tags} | {
        "ses:operation": [wanted.operation],
        "ses:from-domain": [plan.address.rpartition("@")[2]],
        "ses:caller-identity": [plan.identity.arn.split(":")[4]],
    }
    if plan.configuration_set:
        tags["ses:configuration-set"] = [plan.configuration_set]
    return {
        "timestamp": events.stamp(plan.now.timestamp()),
        "source": wanted.sender,
        "sourceArn": plan.identity.arn,
        "sendingAccountId": plan.identity.arn.split(":")[4],
        "messageId": plan.id,
        "destination": list(wanted.recipients),
        "headersTruncated": False,
        "headers": built.headers,
        "commonHeaders": {**built.common, "messageId": plan.id},
        "tags": tags,
    }


def accepted(tx: Tx, wanted: Wanted, plan: Plan, made: Made) -> str:
    """Take a message over: it is queued, and its first event told; the MessageId.  Complaint."""
    check_quota(tx, len(wanted.recipients))
    sent = Sent(
        plan.id, queue.new_id(), tx.call.account, tx.call.region, tx.now.timestamp(),
        plan.configuration_set, made.mail,
    )  # fmt: skip
    events.remember(tx, sent)
    if made.failure:
        name = wanted.template.get("Name", "") if wanted.template else ""
        detail = {"errorMessage": made.failure, "templateName": name}
        events.tell(tx, sent, "RENDERING_FAILURE", detail)
        return plan.id
    events.tell(tx, sent, "SEND", {})
    events.count(tx, sent, "DeliveryAttempts", len(wanted.recipients) - 1)
    if made.rejected or made.content is None:
        events.tell(tx, sent, "REJECT", {"reason": "Bad content"})
        return plan.id
    put(tx, wanted, plan, sent, made.content)
    return plan.id


def put(tx: Tx, wanted: Wanted, plan: Plan, sent: Sent, content: Content) -> None:
    """Queue a message to those it may go to; the others have their events at once."""
    found = configuration_sets.find(tx, plan.configuration_set) if plan.configuration_set else None
    reasons = suppression.reasons_of(tx, dict(found.spec) if found is not None else None)
    kept_off = suppression.suppressed(tx, wanted.recipients, reasons)
    going: list[Recipient] = []
    for address in wanted.recipients:
        if address.endswith(f"@{SIMULATOR}"):
            outcomes.simulated(tx, sent, address)
        elif address in kept_off:
            bounced = {
                "emailAddress": address,
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "Amazon SES did not send the message to this address because it is"
                " on the suppression list for your account.",
            }
            detail = events.bounce(
                tx, "Permanent", "OnAccountSuppressionList", [bounced], outcomes.HOST
            )
            events.tell(tx, sent, "BOUNCE", detail)
        else:
            going.append(Recipient(address, notify="NEVER"))
    if going:
        sender = f"{plan.id}@{plan.bounces}"
        queue.put(tx, sent.queued, Envelope(sender, tuple(going)), content)
        steps.note(tx, content.message_id, steps.SUBMITTED, f"by SES for {plan.address}")


def recipients_of(*lists: Sequence[str]) -> tuple[str, ...]:
    """The recipients of an envelope.  Complaint."""
    return tuple(building.listed(each for given in lists for each in given))
