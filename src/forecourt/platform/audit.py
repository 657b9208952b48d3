"""The audit trail: every mutating call, in the transaction it made, in CloudTrail's event form.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from forecourt.aws.models import operation_model

if TYPE_CHECKING:
    from botocore.model import Shape

    from forecourt.store.tx import Tx

KEPT = timedelta(days=90)  # as CloudTrail's event history
LONGEST = 16 * 1024  # characters of a call's parameters that are kept
MOST = 50  # events on a page, as LookupEvents
VERSION = "1.11"
WARNS = "forecourt"  # the source of events that no call asked for
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
IDENTITIES = (
    (re.compile(r":root\Z"), "Root"),
    (re.compile(r":assumed-role/"), "AssumedRole"),
    (re.compile(r":federated-user/"), "FederatedUser"),
)
Hiding = Callable[[Any], Any]


def record(
    tx: Tx,
    request_id: str,
    source: str,
    agent: str,
    parameters: Any,
    error: str | None = None,
    *,
    event: str = "",
) -> None:
    """Note a call, with whatever else its transaction does.  Secrets were hidden before: `hiding`."""
    text = json.dumps(parameters, default=str, separators=(",", ":"))
    if len(text) > LONGEST:
        text = json.dumps({"omitted": f"{len(text)} characters"})
    call = tx.call
    tx.run(
        "INSERT INTO audit_event (event_id, at, account, region, principal, access_key, service,"
        " operation, source, agent, error, parameters) VALUES (:event_id, :at, :account, :region,"
        " :principal, :access_key, :service, :operation, :source, :agent, :error, :parameters)",
        event_id=request_id,
        at=tx.now.timestamp(),
        account=call.account,
        region=call.region,
        principal=call.principal,
        access_key=call.access_key,
        service=call.service,
        operation=event or call.operation,
        source=source,
        agent=agent[:256],
        error=error,
        parameters=text,
    )


def warn(tx: Tx, event: str, told: Any) -> None:
    """Note what a call brings about that its caller may not have meant."""
    record(tx, str(uuid.uuid4()), WARNS, WARNS, told, event=event)


def lookup(tx: Tx, before: int | None = None, most: int = MOST) -> dict[str, Any]:
    """A page of events, newest first; NextToken is where the next page starts."""
    rows = tx.all(
        "SELECT id, event_id, at, account, region, principal, access_key, service, operation,"
        " source, agent, error, parameters FROM audit_event WHERE id < :before"
        " ORDER BY id DESC LIMIT :most",
        before=before if before is not None else 1 << 62,
        most=most + 1,
    )
    page: dict[str, Any] = {"Events": [shown(*row[1:]) for row in rows[:most]]}
    if len(rows) > most:
        page["NextToken"] = str(rows[most - 1][0])
    return page


def shown(
    event_id: str,
    at: float,
    account: str,
    region: str,
    principal: str,
    access_key: str,
    service: str,
    operation: str,
    source: str,
    agent: str,
    error: str | None,
    parameters: str,
) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    event_source = f"{service}.amazonaws.com"
    detail = {
        "eventVersion": VERSION,
        "userIdentity": {
            "type": identity_type(principal),
            "arn": principal,
            "accountId": account,
            "accessKeyId": access_key,
        },
        "eventTime": moment,
        "eventSource": event_source,
        "eventName": operation,
        "awsRegion": region,
        "sourceIPAddress": source,
        "userAgent": agent,
        "requestParameters": json.loads(parameters),
        "eventID": event_id,
        "readOnly": False,
        "recipientAccountId": account,
        **({"errorCode": error} if error else {}),
    }
    return {
        "EventId": event_id,
        "EventName": operation,
        "ReadOnly": "false",
        "AccessKeyId": access_key,
        "EventTime": moment,
        "EventSource": event_source,
        "Username": principal.rpartition(":")[2],
        "CloudTrailEvent": json.dumps(detail),
    }


@cache
def hiding(service: str, operation: str) -> Hiding:
    """What leaves the secrets out of an operation's parameters."""
    shape = operation_model(service, operation).input_shape
    return (shape is not None and hider(shape, ())) or (lambda value: value)


def hider(shape: Shape, above: tuple[str, ...]) -> Hiding | None:
    """The same for values of a shape; None where there is nothing to hide in them."""
    if shape.metadata.get("sensitive"):
        return lambda value: HIDDEN
    if shape.name in above:  # a shape within itself: no operation here has secrets so deep
        return None
    above = (*above, shape.name)
    match shape.type_name:
        case "structure":
            found = {name: hider(each, above) for name, each in shape.members.items()}
            hiders = {name: each for name, each in found.items() if each is not None}
            if hiders:
                return lambda value: {
                    k: hiders[k](v) if k in hiders else v for k, v in value.items()
                }
        case "list":
            if (hide := hider(shape.member, above)) is not None:
                return partial(each_hidden, hide)
        case "map":
            if (hide := hider(shape.value, above)) is not None:
                return partial(values_hidden, hide)
    return None


def each_hidden(hide: Hiding, given: list[Any]) -> list[Any]:
    return [hide(each) for each in given]


def values_hidden(hide: Hiding, given: dict[str, Any]) -> dict[str, Any]:
    return {key: hide(value) for key, value in given.items()}


def identity_type(principal: str) -> str:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    for pattern, name in IDENTITIES:
        if pattern.search(principal):
            return name
    return "IAMUser"


def forget(tx: Tx) -> None:
    """Let go of events older than they are kept."""
    tx.run("DELETE FROM audit_event WHERE at < :before", before=(tx.now - KEPT).timestamp())
