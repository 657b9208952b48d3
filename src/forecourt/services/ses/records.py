"""Events as EventBridge and Firehose would have them: into files, and to a URL where one is configured.

    put(tx, BUS, name, text)            # in the transaction of what happened
    await reconcile(store, places, key) # by and by: a line of the file of that name

https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

WORK = "ses record"
BUS, STREAM = "eventbridge", "firehose"
FOLDER = "events"  # below the data directory
LARGEST = 64 * 1024 * 1024  # bytes of a file; one older is kept
MOST_WAITING = 100_000
AGAIN = (1.0, 10.0, 60.0, 600.0)  # seconds before a URL is tried again
DETAIL_TYPES = {
    "SEND": "Email Sent", "REJECT": "Email Rejected", "BOUNCE": "Email Bounced",
    "COMPLAINT": "Email Complaint Received", "DELIVERY": "Email Delivered", "OPEN": "Email Opened",
    "CLICK": "Email Clicked", "RENDERING_FAILURE": "Email Rendering Failed",
    "DELIVERY_DELAY": "Email Delivery Delayed", "SUBSCRIPTION": "Email Subscribed",
}  # fmt: skip
Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]  # the status; OSError


@dataclass(frozen=True, slots=True)
class Places:
    """Where records go."""

    folder: Path
    url: str  # empty: to files alone
    post: Post
    one: anyio.Lock = field(default_factory=anyio.Lock)  # who writes


def put(tx: Tx, kind: str, name: str, text: str) -> None:
    """A record that waits to be written; beyond what may wait, the newest are not kept."""
    if tx.value("SELECT count(*) FROM ses_record") >= MOST_WAITING:
        return
    id = str(uuid.uuid4())
    tx.run(
        "INSERT INTO ses_record (id, kind, name, body, attempts)"
        " VALUES (:id, :kind, :name, :body, 0)",
        id=id,
        kind=kind,
        name=name,
        body=text,
    )
    tx.enqueue(WORK, id)


def event(
    tx: Tx, kind: str, account: str, region: str, resources: list[str], detail: Mapping[str, Any]
) -> dict[str, Any]:
    """An event of EventBridge."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": DETAIL_TYPES[kind],
        "source": "aws.ses",
        "account": account,
        "time": f"{tx.now:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": resources,
        "detail": detail,
    }


async def reconcile(store: Store, places: Places, key: str) -> float | None:
    """Write one; seconds until another attempt, or None."""
    row = await store.read(find, key)
    if row is None:
        return None
    kind, name, body, attempts = row
    if not attempts:  # the file has it after the first
        path = places.folder / f"{kind}-{name}.jsonl"
        async with places.one:
            await anyio.to_thread.run_sync(append, path, body)
    if places.url:
        headers = {"Content-Type": "application/json"}
        try:
            status = await places.post(f"{places.url}/{kind}/{name}", body.encode(), headers)
        except OSError:
            status = 0
        if not 200 <= status < 300 and attempts < len(AGAIN):
            await store.write(attempted, key)
            return AGAIN[attempts]
    await store.write(finish, key)
    return None


def append(path: Path, line: str) -> None:
    """A line at the end of a file, on disk; a large file begins anew."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_suffix(".jsonl.1"))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a+b") as file:
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        file.write(f"{chr(10) if torn else ''}{line}\n".encode())
        file.flush()
        os.fsync(descriptor)


def find(tx: Tx, key: str) -> Any:
    return tx.one("SELECT kind, name, body, attempts FROM ses_record WHERE id = :id", id=key)


def attempted(tx: Tx, key: str) -> None:
    tx.run("UPDATE ses_record SET attempts = attempts + 1 WHERE id = :id", id=key)


def finish(tx: Tx, key: str) -> None:
    tx.run("DELETE FROM ses_record WHERE id = :id", id=key)
