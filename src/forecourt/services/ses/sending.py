"""Sending: what must hold, in AWS's order; the message built and signed; the queue, and the first event.

plan = planned(tx, wanted)           # a read: everything that may be wrong
made = made_ready(wanted, plan)      # off the loop: built, signed twice
id = accepted(tx, wanted, plan, made)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import load_der_private_key

from forecourt.planes.mail import dkim
from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.platform import quotas
from forecourt.platform.certificates.authorities import public_url
from forecourt.platform.mail import contents, queue, steps
from forecourt.platform.mail.contents import Content
from forecourt.store.resources import Resource, at

from . import (
    building,
    configuration_sets,
    contacts,
    events,
    identities,
    outcomes,
    suppression,
    templates,
    v2_settings,
)
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
from .tokens import key_of, token_of
from .tracking import OPEN_HERE, Links, tracked

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MOST_RECIPIENTS = 50
SANDBOX = (200.0, 1.0)  # messages in 24 hours, and a second
SANDBOX_SETTING = "ses sandbox"  # whether new accounts begin in it
SUPPRESSED = "it is on the suppression list for your account"
UNSUBSCRIBED = "the contact has unsubscribed from the list or topic"
VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
DAY = 86400.0
TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}\Z")


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
    return_path: str = ""  # beside the From field of a raw message; it must be proven, too
    identity: str = ""  # the ARN of another account's, who lets the caller send
    most: int = building.LARGEST  # bytes
    tenant: str = ""  # who must have the identity and the configuration set
    list: str = ""  # of contacts
    topic: str = ""  # of that list
    tracking: Mapping[str, str] | None = (
        None  # overrides: OpenTrackingEnabled, ClickTrackingEnabled
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known before a message is built."""

    id: str
    now: datetime
    address: str
    identity: Resource
    account: str  # whose message it is
    host: str  # of the Message-ID
    bounces: str  # the domain of the return path
    signer: tuple[str, str, bytes] | None
    service: bytes  # the service's own key
    configuration_set: str
    links: Links
    unsubscribe: str = ""  # the link for the one recipient


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
        raise Complaint(BAD, f"Recipient count exceeds {MOST_RECIPIENTS}.")
    for text in (each for pair in wanted.tags for each in pair):
        if TAG.match(text) is None:
            raise Complaint(
                BAD,
                f"Invalid tag value <{text}>: only alphanumeric ASCII characters, '_', and '-' are"
                " allowed.",
            )
    identity = (
        lent(tx, wanted.identity, address)
        if wanted.identity
        else identities.of_address(tx, address)
    )
    failed = [] if identity is not None else [address]
    claimed = [building.address_of(wanted.return_path)] if wanted.return_path else []
    for each in (*claimed, *(wanted.raw.claims if wanted.raw is not None else ())):
        covered = identity is not None and identities.covers(identity, each)
        if not covered and identities.of_address(tx, each) is None:
            failed.append(each)
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
    is_own = account_of(identity) == tx.call.account
    name = wanted.configuration_set or (identity.spec["ConfigurationSet"] if is_own else "")
    found = configuration_sets.get(tx, name) if name else None
    if found is not None and not found.spec.get("SendingOptions", {}).get("SendingEnabled", True):
        raise Complaint(SET_PAUSED, f"Sending is paused for configuration set <{name}>.")
    if wanted.tenant:
        arns = [identity.arn, *([found.arn] if found is not None else [])]
        v2_settings.check_tenant(tx, wanted.tenant, arns)
    region = tx.call.region
    with as_account(tx, account_of(identity)):
        bounces = identities.mail_from(tx, identity, region)
        signer = identities.signer(tx, address)
    host = "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"
    id, service = building.new_id(tx.now), identities.service_key(tx)
    opens, clicks = configuration_sets.tracks(found, wanted.tracking or {})
    base = configuration_sets.links_at(found, public_url(tx))
    links = Links(base, key_of(service), id, opens, clicks)
    return Plan(
        id, tx.now, address, identity, tx.call.account, host, bounces, signer, service, name,
        links, unsubscribing(tx, wanted, links),
    )  # fmt: skip


def lent(tx: Tx, arn: str, address: str) -> Resource | None:
    """The identity that is named, the caller's or another account's, which IAM let the caller send from."""
    if not arn.startswith(f"arn:aws:ses:{tx.call.region}:") or ":identity/" not in arn:
        return None
    found = at(tx, arn)
    if found is None or not identities.is_verified(found) or not identities.covers(found, address):
        return None
    return found


def account_of(identity: Resource) -> str:
    return identity.arn.split(":")[4]


@contextmanager
def as_account(tx: Tx, account: str) -> Iterator[None]:
    """Look at what is another account's."""
    before, tx.call = tx.call, replace(tx.call, account=account)
    try:
        yield
    finally:
        tx.call = before


def unsubscribing(tx: Tx, wanted: Wanted, links: Links) -> str:
    """The link of a message of a list; empty where there is none.  Complaint."""
    if not wanted.list:
        return ""
    found = contacts.get(tx, wanted.list)
    contacts.check_topics(found, [wanted.topic] if wanted.topic else [])
    if len(wanted.recipients) > 1:
        return ""
    account, region = tx.call.account, tx.call.region
    token = token_of(
        links.key, contacts.PURPOSE, account, region, wanted.list, wanted.topic,
        wanted.recipients[0], links.message,
    )  # fmt: skip
    return f"{links.base}{contacts.PATH}{token}"


def with_settings(given: Mapping[str, Any], raw: Raw) -> dict[str, Any]:
    """What a request says of a raw message, or else what its own header says."""
    said = raw.settings
    found = dict(given)
    if not found.get("identity"):
        found["identity"] = building.identity_of(raw)
    if not found.get("configuration_set"):
        found["configuration_set"] = said.get("x-ses-configuration-set", "")
    if not found.get("tags"):
        found["tags"] = tuple(building.tags_of(said.get("x-ses-message-tags", "")).items())
    if not found.get("list"):
        list_, topic = building.list_of(said.get("x-ses-list-management-options", ""))
        found |= {"list": list_, "topic": topic}
    return found


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
    if in_sandbox(tx):
        return SANDBOX
    return (
        float(quotas.limit(tx, "SES_SENDING_QUOTA")),
        float(quotas.limit(tx, "SES_SENDING_RATE")),
    )


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
        "SELECT sum(recipients) FROM ses_message WHERE account = :account AND region = :region"
        " AND sent > :since",
        account=tx.call.account,
        region=tx.call.region,
        since=tx.now.timestamp() - 1.0,
    )
    if (lately or 0) >= second:
        raise Complaint(THROTTLED, "Maximum sending rate exceeded.")


def made_ready(wanted: Wanted, plan: Plan) -> Made:
    """Build a message and sign it twice: as its domain, and as the service.  Complaint."""
    try:
        built = built_of(wanted, plan)
    except Unrenderable as failure:
        return Made(None, mail_of(wanted, plan, Built(b"")), str(failure))
    building.check_size(len(built.content), wanted.most)
    built = personal(built, plan)
    mail = mail_of(wanted, plan, built)
    if VIRUS in built.content:
        return Made(None, mail, rejected=True)
    content, now = built.content, plan.now.timestamp()
    signers = [(identities.SERVICE, identities.SELECTOR, plan.service)]
    if plan.signer is not None:
        signers.append(plan.signer)
    for domain, selector, secret in signers:
        content = dkim.sign(content, domain, selector, loaded(secret), now) + content
    return Made(contents.prepare(content, None), mail)


def personal(built: Built, plan: Plan) -> Built:
    """A message with its own links, where there are to be any."""
    links, unsubscribe = plan.links, plan.unsubscribe
    if not (links.opens or links.clicks or unsubscribe) and OPEN_HERE.encode() not in built.content:
        return built

    def placed(text: str) -> str:
        if not unsubscribe:
            return text
        return text.replace(contacts.PLACEHOLDER, unsubscribe, contacts.MOST_REPLACED)

    fields = []
    if unsubscribe:  # RFC 8058 §3.1
        fields = [
            ("List-Unsubscribe", f"<{unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    html: Callable[[str], str] = lambda text: tracked(placed(text), links)
    return building.told(building.changed(built.content, html, placed, fields))


@lru_cache(maxsize=256)
def loaded(secret: bytes) -> Any:
    """A key, ready to sign: one of ours, or one that was checked when it was taken."""
    return load_der_private_key(secret, None, unsafe_skip_rsa_key_validation=True)


def built_of(wanted: Wanted, plan: Plan) -> Built:
    if wanted.raw is not None:
        return building.put_right(wanted.raw, plan.id, plan.host, plan.now)
    assert wanted.parts is not None
    parts = wanted.parts
    if wanted.template is not None:
        found = templates.rendered(wanted.template, wanted.data or {}, bool(wanted.list))
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
        "ses:caller-identity": [account_of(plan.identity)],
    }
    if plan.configuration_set:
        tags["ses:configuration-set"] = [plan.configuration_set]
    headers, cut = events.bounded(built.headers)
    return {
        "timestamp": events.stamp(plan.now.timestamp()),
        "source": wanted.sender,
        "sourceArn": plan.identity.arn,
        "sendingAccountId": plan.account,
        "messageId": plan.id,
        "destination": list(wanted.recipients),
        "headersTruncated": cut,
        "headers": headers,
        "commonHeaders": {**built.common, "messageId": plan.id},
        "tags": tags,
    }


def accepted(tx: Tx, wanted: Wanted, plan: Plan, made: Made) -> str:
    """Take a message over: it is queued, and its first event told; the MessageId.  Complaint."""
    if not setting(tx).spec["SendingEnabled"]:
        raise Complaint(PAUSED, "Email sending is paused for this account.")
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
    unwilling = (
        contacts.meet(tx, wanted.list, wanted.topic, wanted.recipients) if wanted.list else []
    )
    going: list[Recipient] = []
    for address in wanted.recipients:
        if address.endswith(f"@{SIMULATOR}"):
            outcomes.simulated(tx, sent, address)
        elif address in kept_off:
            not_sent(tx, sent, address, "OnAccountSuppressionList", SUPPRESSED)
        elif address in unwilling:
            not_sent(tx, sent, address, "UnsubscribedRecipient", UNSUBSCRIBED)
        else:
            going.append(Recipient(address))
    if going:
        sender = f"{plan.id}@{plan.bounces}"
        queue.put(tx, sent.queued, Envelope(sender, tuple(going)), content)
        steps.note(tx, content.message_id, steps.SUBMITTED, f"by SES for {plan.address}")


def not_sent(tx: Tx, sent: Sent, address: str, subtype: str, why: str) -> None:
    """A bounce of ours: nobody was asked."""
    bounced = {
        "emailAddress": address,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": f"Amazon SES did not send the message to this address because {why}.",
    }
    detail = events.bounce(tx, "Permanent", subtype, [bounced], outcomes.HOST)
    events.tell(tx, sent, "BOUNCE", detail)


def recipients_of(*lists: Sequence[str]) -> tuple[str, ...]:
    """The recipients of an envelope.  Complaint."""
    return tuple(building.listed(each for given in lists for each in given))
