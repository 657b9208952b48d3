"""The credential report: a line for the root and for each user, with what they can sign in with.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity.accounts import root_arn
from forecourt.store.resources import Kind

from . import entities, login_profiles, password_policy
from .entities import USER, Entity, errors

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
reports = Kind(
    "iam", "credential-report", errors.CredentialReportNotPresentException, is_global=True
)
LATEST = "latest"
FRESH = timedelta(hours=4)  # until a new one is made when it is asked for
KEY = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_1_{each}" for each in KEY),
    *(f"access_key_2_{each}" for each in KEY),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)
NONE, NO, UNKNOWN = "N/A", "false", "no_information"


@ops.write
def generate_credential_report(
    tx: Tx, req: Mapping[str, Any]
) -> t.GenerateCredentialReportResponse:
    """A new report, unless there is one of the last four hours."""
    found = reports.find(tx, LATEST)
    if found is not None and tx.now - made(found.status) < FRESH:
        return {"State": "COMPLETE"}
    status = {"Content": report(tx), "Generated": tx.now.timestamp()}
    if found is None:
        reports.create(tx, LATEST, {}, status)
    else:
        reports.change(tx, found, status=status)
    text = "No report exists. Starting a new report generation task"
    return {"State": "STARTED", "Description": text}


@ops.read
def get_credential_report(tx: Tx, req: Mapping[str, Any]) -> t.GetCredentialReportResponse:
    found = reports.get(tx, LATEST, "")
    return {
        "Content": found.status["Content"].encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": made(found.status),
    }


def made(status: Any) -> datetime:
    return datetime.fromtimestamp(status["Generated"], UTC)


def report(tx: Tx) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerow(root_line(tx))
    for user in entities.everyone(tx, USER):
        lines.writerow(user_line(tx, user))
    return out.getvalue().removesuffix("\n")


def root_line(tx: Tx) -> Iterator[str]:
    created = tx.value("SELECT created FROM account WHERE id = :id", id=tx.call.account)
    arn = root_arn(tx.call.account)
    yield from ("<root_account>", arn, stamp(created))
    yield from ("not_supported", UNKNOWN, "not_supported", "not_supported", NO)
    yield from keys(tx, arn)
    yield from (NO, NONE, NO, NONE)


def user_line(tx: Tx, user: Entity) -> Iterator[str]:
    yield from (user.name, user.arn, stamp(user.created))
    profile = login_profiles.find(tx, user)
    if profile is None:
        yield from (NO, NONE, NONE, NONE)
    else:
        used = user.extra["password_used"]
        longest = (password_policy.policy_of(tx) or {}).get("MaxPasswordAge", 0)
        changed = datetime.fromtimestamp(profile.changed, UTC)
        until = changed + timedelta(days=longest)
        yield "true"
        yield UNKNOWN if used is None else stamp(used)
        yield stamp(profile.changed)
        yield stamp(until.timestamp()) if longest else NONE
    yield NO
    yield from keys(tx, user.id)
    yield from (NO, NONE, NO, NONE)


def keys(tx: Tx, principal: str) -> Iterator[str]:
    """Two keys of a user or the root, in the order in which they were made."""
    rows = tx.all(
        "SELECT status, created, used, used_region, used_service FROM access_key"
        " WHERE account = :account AND principal = :principal ORDER BY created, id",
        account=tx.call.account,
        principal=principal,
    )
    for status, created, used, region, service in rows[:2]:
        yield "true" if status == "Active" else NO
        yield stamp(created)
        yield NONE if used is None else stamp(used)
        yield from (region or NONE, service or NONE)
    for _ in range(2 - len(rows)):
        yield from (NO, NONE, NONE, NONE, NONE)


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
