"""Sending, as v1 has it; and the account's quota and statistics.

https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import building, sending, templates
from .building import Parts, lists_of
from .sending import Made, Plan, Wanted
from .stored import BAD, Complaint, answering, error_of, keep_setting, setting

if TYPE_CHECKING:
    from forecourt.aws.types import ses as t
    from forecourt.store.tx import Tx

ops = Operations("ses")
MOST_ENTRIES = 50
STATISTICS = 14 * 86400.0
BULK = {"rejected": "MessageRejected", "mail from": "MailFromDomainNotVerified",
        "not found": "ConfigurationSetDoesNotExist", "paused": "AccountSendingPaused",
        "set paused": "ConfigurationSetSendingPaused", "throttled": "AccountThrottled"}  # fmt: skip


@answering(0)
def look(tx: Tx, req: Any) -> tuple[Wanted, Plan]:
    wanted = WANTED[tx.call.operation](tx, req)
    return wanted, sending.planned(tx, wanted)


@answering(0)
def ready(req: Any, known: tuple[Wanted, Plan]) -> tuple[Wanted, Plan, Made]:
    wanted, plan = known
    return wanted, plan, sending.made_ready(wanted, plan)


@ops.write_after(ready, look)
@answering(0)
def send_email(tx: Tx, req: t.SendEmailRequest, prepared: tuple[Wanted, Plan, Made]) -> Any:
    return {"MessageId": sending.accepted(tx, *prepared)}


@ops.write_after(ready, look)
@answering(0)
def send_raw_email(tx: Tx, req: t.SendRawEmailRequest, prepared: tuple[Wanted, Plan, Made]) -> Any:
    return {"MessageId": sending.accepted(tx, *prepared)}


@ops.write_after(ready, look)
@answering(0)
def send_templated_email(
    tx: Tx, req: t.SendTemplatedEmailRequest, prepared: tuple[Wanted, Plan, Made]
) -> Any:
    return {"MessageId": sending.accepted(tx, *prepared)}


def simple(tx: Tx, req: Any) -> Wanted:
    lists = lists_of(req["Destination"])
    body, message = req["Message"]["Body"], req["Message"]
    parts = Parts(
        req["Source"], *lists, req.get("ReplyToAddresses", []), message["Subject"]["Data"],
        body.get("Text", {}).get("Data", ""), body.get("Html", {}).get("Data", ""),
    )  # fmt: skip
    return Wanted("SendEmail", req["Source"], sending.recipients_of(*lists), parts, **common(req))


def raw(tx: Tx, req: Any) -> Wanted:
    return raw_wanted(
        "SendRawEmail", req["RawMessage"]["Data"], req.get("Source", ""),
        req.get("Destinations", []), common(req),
    )  # fmt: skip


def raw_wanted(
    operation: str, data: bytes, source: str, destinations: list[str], given: dict[str, Any]
) -> Wanted:
    """A raw message, whichever way it came.  Complaint."""
    found = building.read(data)
    recipients = sending.recipients_of(destinations) or tuple(dict.fromkeys(found.recipients))
    return Wanted(
        operation, found.sender, recipients, raw=found, return_path=source,
        **sending.with_settings(given, found),
    )  # fmt: skip


def templated(tx: Tx, req: Any) -> Wanted:
    lists = lists_of(req["Destination"])
    parts = Parts(req["Source"], *lists, req.get("ReplyToAddresses", []))
    return Wanted(
        "SendTemplatedEmail", req["Source"], sending.recipients_of(*lists), parts,
        template=dict(templates.get(tx, req["Template"]).spec),
        data=templates.data_of(req["TemplateData"]), **common(req),
    )  # fmt: skip


WANTED = {"SendEmail": simple, "SendRawEmail": raw, "SendTemplatedEmail": templated}


def common(req: Any) -> dict[str, Any]:
    return {
        "most": building.LARGEST_V1,
        "identity": req.get("FromArn") or req.get("SourceArn", ""),
        "configuration_set": req.get("ConfigurationSetName", ""),
        "tags": tuple((each["Name"], each["Value"]) for each in req.get("Tags", [])),
    }


@answering(0)
def look_at_all(tx: Tx, req: Any) -> list[tuple[Wanted, Plan | Complaint]]:
    if not 1 <= len(req["Destinations"]) <= MOST_ENTRIES:
        raise Complaint(BAD, f"Destinations must have 1 to {MOST_ENTRIES} members.")
    template = dict(templates.get(tx, req["Template"]).spec)
    default = templates.data_of(req["DefaultTemplateData"])
    default_tags = {each["Name"]: each["Value"] for each in req.get("DefaultTags", [])}
    found: list[tuple[Wanted, Plan | Complaint]] = []
    for entry in req["Destinations"]:
        lists = lists_of(entry["Destination"])
        tags = default_tags | {e["Name"]: e["Value"] for e in entry.get("ReplacementTags", [])}
        wanted = Wanted(
            "SendBulkTemplatedEmail", req["Source"], sending.recipients_of(*lists),
            Parts(req["Source"], *lists, req.get("ReplyToAddresses", [])), template=template,
            data=default | templates.data_of(entry.get("ReplacementTemplateData", "{}")),
            configuration_set=req.get("ConfigurationSetName", ""), tags=tuple(tags.items()),
            identity=req.get("SourceArn", ""), most=building.LARGEST_V1,
        )  # fmt: skip
        found.append((wanted, sending.tried(tx, wanted)))
    return found


@ops.write_after(sending.all_made_ready, look_at_all)
@answering(0)
def send_bulk_templated_email(
    tx: Tx, req: t.SendBulkTemplatedEmailRequest, prepared: list[Any]
) -> Any:
    results: list[Any] = []
    for wanted, plan, made in prepared:
        try:
            if isinstance(plan, Complaint):
                raise plan
            id = sending.accepted(tx, wanted, plan, made)
            results.append({"Status": "Success", "MessageId": id})
        except Complaint as complaint:
            status = BULK.get(complaint.kind, "Failed")
            results.append({"Status": status, "Error": str(error_of(complaint, 0))})
    return {"Status": results}


@ops.read
def get_send_quota(tx: Tx, req: Any) -> Any:
    day, second = sending.quota(tx)
    return {"Max24HourSend": day, "MaxSendRate": second, "SentLast24Hours": sending.sent_today(tx)}


@ops.read
def get_send_statistics(tx: Tx, req: Any) -> Any:
    """What happened in each quarter of an hour of two weeks."""
    rows = tx.all(
        "SELECT quarter, kind, count FROM ses_statistic WHERE account = :account"
        " AND region = :region AND quarter > :since ORDER BY quarter",
        account=tx.call.account,
        region=tx.call.region,
        since=tx.now.timestamp() - STATISTICS,
    )
    points: dict[float, dict[str, Any]] = {}
    for quarter, kind, count in rows:
        point = points.setdefault(
            quarter,
            {
                "Timestamp": datetime.fromtimestamp(quarter, UTC),
                "DeliveryAttempts": 0, "Bounces": 0, "Complaints": 0, "Rejects": 0,
            },
        )  # fmt: skip
        point[kind] = int(count)
    return {"SendDataPoints": list(points.values())}


@ops.read
def get_account_sending_enabled(tx: Tx, req: Any) -> Any:
    return {"Enabled": setting(tx).spec["SendingEnabled"]}


@ops.write
def update_account_sending_enabled(tx: Tx, req: t.UpdateAccountSendingEnabledRequest) -> None:
    keep_setting(tx, SendingEnabled=req.get("Enabled", False))
