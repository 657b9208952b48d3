"""What happened to messages, told to those who asked: as AWS writes it.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from forecourt.platform import outbox
from forecourt.platform.measurements import stored as measured
from forecourt.platform.measurements.points import of_values
from forecourt.platform.measurements.stored import Datum, minute_of
from forecourt.platform.notify import publishing
from forecourt.store.resources import at
from forecourt.store.tx import Call

from . import identities, records, suppression
from .configuration_sets import SERVICE
from .stored import SETS

if TYPE_CHECKING:
    from forecourt.store.tx import Row, Tx

SUBJECT = "Amazon SES Email Event Notification"
KEPT = 60 * 86400.0  # seconds for which it is known what a message was
COUNTED_FOR = 14 * 86400.0
NAMES = {
    "SEND": "Send", "REJECT": "Reject", "BOUNCE": "Bounce", "COMPLAINT": "Complaint",
    "DELIVERY": "Delivery", "OPEN": "Open", "CLICK": "Click",
    "RENDERING_FAILURE": "Rendering Failure", "DELIVERY_DELAY": "DeliveryDelay",
    "SUBSCRIPTION": "Subscription",
}  # fmt: skip
KEYS = {"RENDERING_FAILURE": "failure", "DELIVERY_DELAY": "deliveryDelay"}
COUNTED = {
    "SEND": "DeliveryAttempts",
    "BOUNCE": "Bounces",
    "COMPLAINT": "Complaints",
    "REJECT": "Rejects",
}
HEADERS = ("headers", "commonHeaders")  # of the "mail" object
WITHOUT_HEADERS = ("DELIVERY_DELAY", "RENDERING_FAILURE")
LARGEST_HEADERS = 10 * 1024  # bytes
LONGEST_DIMENSION = 256
QUARTER = 900.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, as its events tell of it."""

    id: str
    queued: str
    account: str
    region: str
    sent: float
    configuration_set: str
    mail: Mapping[str, Any]


COLUMNS = "id, queued, account, region, sent, configuration_set, mail"
INSERT = (
    f"INSERT INTO ses_message ({COLUMNS}, recipients)"
    " VALUES (:id, :queued, :account, :region, :sent, :set, :mail, :recipients)"
)


def find(tx: Tx, id: str) -> Sent | None:
    row = tx.one(f"SELECT {COLUMNS} FROM ses_message WHERE id = :id", id=id)
    return sent_of(row) if row else None


def sent_of(row: Row) -> Sent:
    id, queued, account, region, sent, configuration_set, mail = row
    return Sent(id, queued, account, region, sent, configuration_set, json.loads(mail))


def of_queue(tx: Tx, queued: str) -> Sent | None:
    row = tx.one(f"SELECT {COLUMNS} FROM ses_message WHERE queued = :queued", queued=queued)
    return sent_of(row) if row else None


def remember(tx: Tx, sent: Sent) -> None:
    tx.run(
        INSERT,
        id=sent.id,
        queued=sent.queued,
        account=sent.account,
        region=sent.region,
        sent=sent.sent,
        set=sent.configuration_set,
        mail=json.dumps(sent.mail),
        recipients=len(sent.mail["destination"]),
    )


def forget(tx: Tx) -> None:
    before = tx.now.timestamp() - KEPT
    tx.run(
        "DELETE FROM ses_told WHERE message IN (SELECT id FROM ses_message WHERE sent < :before)",
        before=before,
    )
    tx.run("DELETE FROM ses_message WHERE sent < :before", before=before)
    before = tx.now.timestamp() - COUNTED_FOR
    tx.run("DELETE FROM ses_statistic WHERE quarter < :before", before=before)


@contextmanager
def on_behalf_of(tx: Tx, sent: Sent) -> Iterator[None]:
    """As the account of a message, whoever's transaction it is."""
    before, tx.call = tx.call, Call("ses", "Deliver", sent.account, sent.region)
    try:
        yield
    finally:
        tx.call = before


def tell(tx: Tx, sent: Sent, kind: str, detail: Mapping[str, Any]) -> None:
    """Something happened: count it, and tell the configuration set's destinations and the identity's topics.

    The transaction's caller is the account of the message.
    """
    if kind in COUNTED:
        count(tx, sent, COUNTED[kind])
    key = KEYS.get(kind, NAMES[kind].lower())
    found = SETS.find(tx, sent.configuration_set) if sent.configuration_set else None
    mail = dict(sent.mail)
    if kind in WITHOUT_HEADERS:
        mail = {name: value for name, value in mail.items() if name not in HEADERS}
    document = {"eventType": NAMES[kind], "mail": mail, key: detail}
    for destination in found.spec["Destinations"].values() if found is not None else ():
        if not destination["Enabled"] or kind not in destination["MatchingEventTypes"]:
            continue
        if place := destination.get("SnsDestination"):
            assert found is not None
            text = json.dumps(document)
            publishing.by_service(
                tx, SERVICE, place["TopicArn"], text, SUBJECT, found.arn, sent.account
            )
        elif place := destination.get("CloudWatchDestination"):
            measure(tx, sent, kind, place)
        elif place := destination.get("KinesisFirehoseDestination"):
            stream = place["DeliveryStreamArn"].rpartition("/")[2]
            records.put(tx, records.STREAM, f"{sent.account}-{stream}", json.dumps(document))
        elif destination.get("EventBridgeDestination"):
            assert found is not None
            event = records.event(tx, kind, sent.account, sent.region, [found.arn], document)
            records.put(tx, records.BUS, sent.account, json.dumps(event))
    notify(tx, sent, kind, detail, key)


def notify(tx: Tx, sent: Sent, kind: str, detail: Mapping[str, Any], key: str) -> None:
    """The topics of v1's notifications: of bounces, complaints and deliveries."""
    name = NAMES[kind]
    if name not in identities.TOPICS:
        return
    identity = at(tx, sent.mail["sourceArn"])
    if identity is None:
        return
    owner = identity.arn.split(":")[4]
    topic = identity.spec["Topics"].get(name)
    if not topic:
        if identity.spec["Feedback"] and name != "Delivery":
            forward(tx, sent, name, detail)
        return
    mail = dict(sent.mail)
    mail.pop("tags", None)
    if not identity.spec["HeadersIn"].get(name):
        for each in ("headersTruncated", "headers", "commonHeaders"):
            mail.pop(each, None)
    document = {"notificationType": name, key: detail, "mail": mail}
    text = json.dumps(document)
    publishing.by_service(tx, SERVICE, topic, text, "", identity.arn, owner)


def forward(tx: Tx, sent: Sent, name: str, detail: Mapping[str, Any]) -> None:
    """Feedback by mail, to whoever sent.

    https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications-email.html
    """
    about = detail["bouncedRecipients" if name == "Bounce" else "complainedRecipients"]
    lines = [f"{e['emailAddress']} {e.get('diagnosticCode', '')}".strip() for e in about]
    what = "could not be delivered to" if name == "Bounce" else "was complained about by"
    subject = next(
        (e["value"] for e in sent.mail.get("headers", ()) if e["name"].lower() == "subject"), ""
    )
    text = f'The message "{subject}" ({sent.id}) {what}:\n\n' + "\n".join(lines) + "\n"
    outbox.send(tx, parseaddr(sent.mail["source"])[1], f"{name} notification", text)


def bounded(headers: list[dict[str, str]]) -> tuple[list[dict[str, str]], bool]:
    """Fields as events have them, 10 KB of them; and whether there were more."""
    size = 0
    for place, each in enumerate(headers):
        size += len(each["name"]) + len(each["value"].encode("utf-8", "replace"))
        if size > LARGEST_HEADERS:
            return headers[:place], True
    return headers, False


def measure(tx: Tx, sent: Sent, kind: str, place: Mapping[str, Any]) -> None:
    tags: Mapping[str, list[str]] = sent.mail["tags"]
    headers = {each["name"]: each["value"] for each in sent.mail.get("headers", ())}
    dimensions = []
    for each in place["DimensionConfigurations"]:
        name, default = each["DimensionName"], each["DefaultDimensionValue"]
        if each["DimensionValueSource"] == "EMAIL_HEADER":
            value = headers.get(name, default)
        else:
            value = tags.get(name, [default])[0]
        dimensions.append((name, value[:LONGEST_DIMENSION] or default))
    point = of_values(minute_of(tx.now), ((1.0, 1.0),))
    datum = Datum(NAMES[kind].replace(" ", ""), tuple(sorted(dimensions)), "Count", point)
    measured.put(tx, sent.account, sent.region, "AWS/SES", [datum])


def count(tx: Tx, sent: Sent, kind: str, by: int = 1) -> None:
    """For GetSendStatistics, and as metrics of the account."""
    now = tx.now.timestamp()
    tx.run(
        "INSERT INTO ses_statistic (account, region, quarter, kind, count)"
        " VALUES (:account, :region, :quarter, :kind, :by)"
        " ON CONFLICT (account, region, quarter, kind) DO UPDATE SET count = ses_statistic.count + :by",
        account=sent.account,
        region=sent.region,
        quarter=now - now % QUARTER,
        kind=kind,
        by=by,
    )


# ----- details


def delivery(tx: Tx, sent: Sent, recipients: list[str], said: str, host: str) -> dict[str, Any]:
    return {
        "timestamp": stamp(tx.now.timestamp()),
        "processingTimeMillis": max(0, int((tx.now.timestamp() - sent.sent) * 1000)),
        "recipients": recipients,
        "smtpResponse": said,
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": host,
    }


def bounce(
    tx: Tx, kind: str, subtype: str, recipients: list[dict[str, str]], host: str
) -> dict[str, Any]:
    return {
        "feedbackId": feedback_id(tx),
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": recipients,
        "timestamp": stamp(tx.now.timestamp()),
        "reportingMTA": f"dns; {host}",
    }


def complaint(
    tx: Tx, recipients: list[str], kind: str = "abuse", agent: str = "Amazon SES Mailbox Simulator"
) -> dict[str, Any]:
    now = stamp(tx.now.timestamp())
    return {
        "feedbackId": feedback_id(tx),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": each} for each in recipients],
        "timestamp": now,
        "userAgent": agent,
        "complaintFeedbackType": kind,
        "arrivalDate": now,
    }


def feedback_id(tx: Tx) -> str:
    return f"0100{int(tx.now.timestamp() * 1000):012x}-{uuid.uuid4()}-000000"


def stamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def keep_off(tx: Tx, sent: Sent, addresses: list[str], reason: str) -> None:
    """Who bounced for good, or complained, is not sent to again, if that is wanted."""
    found = SETS.find(tx, sent.configuration_set) if sent.configuration_set else None
    if reason in suppression.reasons_of(tx, dict(found.spec) if found is not None else None):
        for each in addresses:
            suppression.put(tx, each, reason, sent.id)
