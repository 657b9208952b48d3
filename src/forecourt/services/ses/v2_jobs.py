"""Suppression lists and contacts out of objects of S3: jobs, which a reconciler works off.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateImportJob.html
"""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from forecourt.aws.operations import Operations
from forecourt.platform.identity.decide import Asked, decide
from forecourt.platform.objects import stored
from forecourt.platform.objects.exporting import NotThere, object_of
from forecourt.store.blobs import Blobs
from forecourt.store.resources import Kind, Resource, at
from forecourt.store.tx import Call

from . import contacts, suppression
from .building import address_of
from .contacts import IN, OUT, moment
from .stored import BAD, LIMIT, LISTS, NOT_FOUND, Complaint, answering, page_size, v2

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
JOBS = Kind("ses", "import-job", v2.NotFoundException)
WORK = "ses import"
URL = re.compile(r"s3://([^/]+)/(.+)\Z")
RUNNING = ("CREATED", "PROCESSING")
MOST_RUNNING, KEPT = 20, 1000  # jobs of an account
LARGEST_ATTRIBUTES = 10 * 1024
LARGEST = 256 * 1024 * 1024  # bytes of an object
MOST = {"SuppressionListDestination": 100_000, "ContactListDestination": 1_000_000}  # records
AT_ONCE = 500  # records of a transaction
REASONS = ("BOUNCE", "COMPLAINT")
TOPIC = "topicPreferences."
Record = Mapping[str, Any]


class Unreadable(Exception):
    """What is no list; the text says why."""


@ops.write
@answering(1)
def create_import_job(tx: Tx, req: t.CreateImportJobRequest) -> Any:
    """Read a list, by and by."""
    source, destination = req["ImportDataSource"], req["ImportDestination"]
    if (place := URL.match(source["S3Url"])) is None:
        raise Complaint(BAD, "S3Url must be of the form s3://bucket/object.")
    if not may_read(tx, f"arn:aws:s3:::{place[1]}/{place[2]}"):
        raise Complaint(BAD, f"You are not authorized to read {source['S3Url']}.")
    kinds = [kind for kind in MOST if destination.get(kind)]
    if len(kinds) != 1:
        raise Complaint(BAD, "An import has exactly one destination.")
    if "ContactListDestination" in kinds:
        name = destination["ContactListDestination"]["ContactListName"]
        if LISTS.find(tx, name) is None:
            raise Complaint(BAD, f"ContactList <{name}> doesn't exist")
    known = JOBS.all(tx)
    if sum(each.status["JobStatus"] in RUNNING for each in known) >= MOST_RUNNING:
        raise Complaint(LIMIT, f"At most {MOST_RUNNING} import jobs run at once.")
    for each in sorted(known, key=lambda job: job.created)[: len(known) - KEPT + 1]:
        if each.status["JobStatus"] not in RUNNING:
            JOBS.remove(tx, each)
    spec = {"Source": dict(source), "Destination": dict(destination), "Kind": kinds[0]}
    status = {"JobStatus": "CREATED", "Processed": 0, "Failed": 0, "Error": ""}
    made = JOBS.create(tx, str(uuid.uuid4()), spec, status)
    tx.enqueue(WORK, made.arn)
    return {"JobId": made.name}


@ops.read
@answering(1)
def get_import_job(tx: Tx, req: t.GetImportJobRequest) -> Any:
    found = JOBS.find(tx, req["JobId"])
    if found is None:
        raise Complaint(NOT_FOUND, f"Import job {req['JobId']} does not exist.")
    shown = document(found) | {"ImportDataSource": found.spec["Source"]}
    if found.status["Error"]:
        shown["FailureInfo"] = {"ErrorMessage": found.status["Error"]}
    if "Completed" in found.status:
        shown["CompletedTimestamp"] = moment(found.status["Completed"])
    return shown


@ops.read
def list_import_jobs(tx: Tx, req: t.ListImportJobsRequest) -> Any:
    """The newest first."""
    wanted = {"SUPPRESSION_LIST": "SuppressionListDestination",
              "CONTACT_LIST": "ContactListDestination"}.get(req.get("ImportDestinationType", ""))  # fmt: skip
    jobs = sorted(JOBS.all(tx), key=lambda job: job.created, reverse=True)
    found = [each for each in jobs if wanted in (None, each.spec["Kind"])]
    token = req.get("NextToken", "0")
    start = int(token) if token.isdecimal() and len(token) < 9 else 0
    size = page_size(req.get("PageSize", 100), 1000)
    answer: Any = {"ImportJobs": [document(each) for each in found[start : start + size]]}
    if len(found) > start + size:
        answer["NextToken"] = str(start + size)
    return answer


def may_read(tx: Tx, arn: str) -> bool:
    """Whether the caller may read an object: what it may not read it does not import."""
    caller = tx.call.caller
    if caller is None or caller.permissions is None:
        return True
    known = {"aws:principalaccount": (caller.account,), "aws:principalarn": (caller.arn,)}
    asked = Asked("s3:GetObject", arn, known, caller.principal)
    return decide(caller.permissions, asked).allowed


def document(found: Resource) -> dict[str, Any]:
    return {
        "JobId": found.name,
        "ImportDestination": found.spec["Destination"],
        "JobStatus": found.status["JobStatus"],
        "CreatedTimestamp": found.created,
        "ProcessedRecordsCount": found.status["Processed"],
        "FailedRecordsCount": found.status["Failed"],
    }


# ----- the reconciler


async def reconcile(store: Store, objects: Blobs, arn: str) -> None:
    """Read one list; what a killed process had not read is read again, which changes nothing."""
    _, _, _, region, account, _ = arn.split(":", 5)
    call = Call("ses", "ImportJob", account, region)
    found = await store.read_for(call, lambda tx, _: at(tx, arn), None)
    if found is None or found.status["JobStatus"] not in RUNNING:
        return
    try:
        stretch = await store.read_for(call, lambda tx, _: source_of(tx, found), None)
        if stretch.length > LARGEST:
            raise Unreadable(f"The object is larger than {LARGEST} bytes.")
        content = await anyio.to_thread.run_sync(lambda: b"".join(stored.pieces(stretch, objects)))
        records = await anyio.to_thread.run_sync(records_of, found.spec, content)
    except (NotThere, KeyError, Unreadable) as wrong:
        await store.write_for(call, lambda tx, why: finish(tx, arn, why), str(wrong))
        return
    failed = 0
    for first in range(0, len(records), AT_ONCE):
        some = records[first : first + AT_ONCE]
        failed += await store.write_for(call, lambda tx, each: keep_all(tx, found, each), some)
    count = len(records)
    await store.write_for(call, lambda tx, _: finish(tx, arn, "", count - failed, failed), None)


def source_of(tx: Tx, found: Resource) -> Any:
    place = URL.match(found.spec["Source"]["S3Url"])
    assert place is not None
    return object_of(tx, f"arn:aws:s3:::{place[1]}/{place[2]}")


def records_of(spec: Mapping[str, Any], content: bytes) -> list[Record]:
    """The records of a list.  Unreadable."""
    try:
        text = content.decode()
        read = of_json(text) if spec["Source"]["DataFormat"] == "JSON" else of_csv(spec, text)
        found = list(islice(read, MOST[spec["Kind"]] + 1))
    except (ValueError, RecursionError, csv.Error) as wrong:
        raise Unreadable(f"The object cannot be read: {wrong}") from None
    if len(found) > MOST[spec["Kind"]]:
        raise Unreadable(f"A list has at most {MOST[spec['Kind']]} records.")
    return found


def of_json(text: str) -> Iterator[Record]:
    for line in filter(str.strip, text.split("\n")):
        record = json.loads(line)
        yield record if isinstance(record, dict) else {}


def of_csv(spec: Mapping[str, Any], text: str) -> Iterator[Record]:
    """Suppressed addresses have no header line, contacts have one."""
    if spec["Kind"] == "SuppressionListDestination":
        for row in filter(None, csv.reader(io.StringIO(text))):
            yield {"emailAddress": row[0], "reason": row[1].strip() if len(row) > 1 else ""}
        return
    for named in csv.DictReader(io.StringIO(text), skipinitialspace=True):
        yield {
            "emailAddress": named.get("emailAddress", ""),
            "unsubscribeAll": str(named.get("unsubscribeAll", "")).lower() == "true",
            "attributesData": named.get("attributesData") or "",
            "topicPreferences": [
                {"topicName": name.removeprefix(TOPIC), "subscriptionStatus": value}
                for name, value in named.items()
                if name and name.startswith(TOPIC) and value
            ],
        }


def keep_all(tx: Tx, found: Resource, records: list[Record]) -> int:
    """How many were none."""
    failed = 0
    for each in records:
        try:
            keep(tx, found.spec, each)
        except (Complaint, KeyError, TypeError, AttributeError, ValueError):
            failed += 1
    return failed


def keep(tx: Tx, spec: Mapping[str, Any], record: Record) -> None:
    """Complaint, KeyError, TypeError, AttributeError where it is no record."""
    address, destination = address_of(str(record["emailAddress"]).strip()), spec["Destination"]
    if spec["Kind"] == "SuppressionListDestination":
        if destination[spec["Kind"]]["SuppressionListImportAction"] == "DELETE":
            suppression.drop(tx, address)
        elif record["reason"] not in REASONS:
            raise Complaint(BAD, "reason must be BOUNCE or COMPLAINT")
        else:
            suppression.put(tx, address, record["reason"], "")
        return
    place = destination[spec["Kind"]]
    if place["ContactListImportAction"] == "DELETE":
        contacts.drop(tx, place["ContactListName"], address)
        return
    said = {
        each["topicName"]: each["subscriptionStatus"] for each in record.get("topicPreferences", ())
    }
    if set(said.values()) - {IN, OUT}:
        raise Complaint(BAD, "subscriptionStatus must be OPT_IN or OPT_OUT")
    contacts.check_topics(contacts.get(tx, place["ContactListName"]), said)
    name = place["ContactListName"]
    known = contacts.find(tx, name, address) or contacts.new(tx, name, address)
    attributes = str(record.get("attributesData", known.attributes))
    if "\0" in attributes or len(attributes.encode()) > LARGEST_ATTRIBUTES:
        raise Complaint(BAD, "attributesData is too large, or no text")
    away = bool(record.get("unsubscribeAll", known.unsubscribed))
    contacts.put(tx, replace(known, unsubscribed=away, preferences=said, attributes=attributes))


def finish(tx: Tx, arn: str, error: str, processed: int = 0, failed: int = 0) -> None:
    found = at(tx, arn)
    if found is not None:
        JOBS.change(tx, found, status={
            "JobStatus": "FAILED" if error else "COMPLETED", "Processed": processed,
            "Failed": failed, "Error": error, "Completed": tx.now.timestamp(),
        })  # fmt: skip
