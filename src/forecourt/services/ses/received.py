"""Messages that came: what is known of them, and what topics and functions are told.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forecourt.planes.mail import mime

from . import building
from .events import stamp

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

KEPT = 24 * 3600.0  # seconds after its last action
ALPHABET = "0123456789abcdefghijklmnopqrstuv"
COLUMNS = (
    "id, account, region, source, recipients, at, verdicts, content, size, header, plan, done,"
    " attempts"
)
LARGEST_HEADERS = 10 * 1024  # bytes of them in a notification


@dataclass(frozen=True, slots=True)
class Received:
    """A message that rules took."""

    id: str
    account: str
    region: str
    source: str  # the reverse-path; empty: none
    recipients: Sequence[str]
    at: float  # seconds since 1970
    verdicts: Mapping[str, str]
    content: str
    size: int
    header: str  # of the message as it came, Latin-1
    plan: Sequence[Mapping[str, Any]]  # the actions in order: Rule, Recipients, Action
    done: int  # how many of them are over
    attempts: int  # at the next


def new_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(40))


def find(tx: Tx, id: str) -> Received | None:
    row = tx.one(f"SELECT {COLUMNS} FROM ses_received WHERE id = :id", id=id)
    if row is None:
        return None
    (
        id_,
        account,
        region,
        source,
        recipients,
        at,
        verdicts,
        content,
        size,
        header,
        plan,
        done,
        tries,
    ) = row
    return Received(
        id_, account, region, source, json.loads(recipients), at, json.loads(verdicts), content,
        size, header, unpacked(plan), done, tries,
    )  # fmt: skip


def keep(tx: Tx, of: Received) -> None:
    tx.run(
        f"INSERT INTO ses_received ({COLUMNS}) VALUES (:id, :account, :region, :source, :recipients,"
        " :at, :verdicts, :content, :size, :header, :plan, :done, :attempts)",
        id=of.id,
        account=of.account,
        region=of.region,
        source=of.source,
        recipients=json.dumps(of.recipients),
        at=of.at,
        verdicts=json.dumps(of.verdicts),
        content=of.content,
        size=of.size,
        header=of.header,
        plan=packed(of.plan),
        done=of.done,
        attempts=of.attempts,
    )


def note(tx: Tx, of: Received, plan: Sequence[Mapping[str, Any]] | None) -> bool:
    """One action more is over, and the plan may be another; False where it was over before."""
    found = tx.run(
        "UPDATE ses_received SET done = done + 1, attempts = 0 WHERE id = :id AND done = :before",
        id=of.id,
        before=of.done,
    )
    if found and plan is not None:
        tx.run("UPDATE ses_received SET plan = :plan WHERE id = :id", id=of.id, plan=packed(plan))
    return bool(found)


def packed(plan: Sequence[Mapping[str, Any]]) -> str:
    """A plan as it is kept: what the actions of a rule have in common once."""
    found: list[tuple[dict[str, Any], list[Any]]] = []
    for step in plan:
        common = {name: value for name, value in step.items() if name != "Action"}
        if not found or found[-1][0] != common:
            found.append((common, []))
        found[-1][1].append(step["Action"])
    return json.dumps(found)


def unpacked(plan: str) -> list[Mapping[str, Any]]:
    return [{**common, "Action": each} for common, actions in json.loads(plan) for each in actions]


def forget(tx: Tx) -> None:
    """What is over, and can be bounced no more, goes."""
    tx.run(
        "DELETE FROM ses_received WHERE content = '' AND at < :before",
        before=tx.now.timestamp() - KEPT,
    )


def mail(of: Received) -> dict[str, Any]:
    """The "mail" object."""
    header = of.header.encode("latin-1", "replace")
    listed, size, cut = [], 0, False
    for found in mime.FIELD.finditer(header):
        name = found[0].partition(b":")[0].strip().decode("latin-1")
        value = mime.decoded(building.unfolded(mime.text(found[0].partition(b":")[2])))
        size += len(found[0])
        if size > LARGEST_HEADERS:
            cut = True
            break
        listed.append({"name": name, "value": value})
    common = building.told(header + b"\r\n").common
    return {
        "timestamp": stamp(of.at),
        "source": of.source,
        "messageId": of.id,
        "destination": list(of.recipients),
        "headersTruncated": cut,
        "headers": listed,
        "commonHeaders": {"returnPath": of.source, **common},
    }


def receipt(
    of: Received, recipients: Sequence[str], now: datetime, action: Mapping[str, Any]
) -> dict[str, Any]:
    """The "receipt" object."""
    found: dict[str, Any] = {
        "timestamp": stamp(of.at),
        "processingTimeMillis": max(0, int((now.timestamp() - of.at) * 1000)),
        "recipients": list(recipients),
    }
    for name in ("spam", "virus", "spf", "dkim", "dmarc"):
        found[f"{name}Verdict"] = {"status": of.verdicts[name]}
    if of.verdicts.get("dmarcPolicy"):
        found["dmarcPolicy"] = of.verdicts["dmarcPolicy"]
    return {**found, "action": dict(action)}
