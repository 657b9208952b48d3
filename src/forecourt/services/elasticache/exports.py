"""Snapshots exported to S3: a file of each shard, as the engine wrote it.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-exporting.html
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from forecourt.planes.cache import dumps
from forecourt.platform.objects import exporting
from forecourt.platform.objects.bodies import Received
from forecourt.platform.objects.exporting import NotThere
from forecourt.store.blobs import Blobs
from forecourt.store.resources import Resource, at
from forecourt.store.tx import Call

from . import happenings
from .stored import (
    AVAILABLE,
    SEALED,
    SERVERLESS_SNAPSHOTS,
    SNAPSHOTS,
    InvalidParameterValue,
    unpacked,
)

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)
WORK = "cache export"
EXPORTING = "exporting"
TYPE = "binary/octet-stream"


def begin(tx: Tx, found: Resource, bucket: str, prefix: str) -> Resource:
    """A snapshot that is to be exported.  InvalidParameterValue."""
    try:
        exporting.bucket_of(tx, bucket)
    except NotThere as error:
        raise InvalidParameterValue(str(error)) from None
    status = {**found.status, "State": EXPORTING, "Bucket": bucket, "Prefix": prefix}
    changed = kind_of(found).change(tx, found, status=status)
    tx.enqueue(WORK, found.arn)
    return changed


def kind_of(found: Resource) -> Any:
    return SERVERLESS_SNAPSHOTS if ":serverlesscachesnapshot:" in found.arn else SNAPSHOTS


async def reconcile(store: Store, snapshots: Blobs, objects: Blobs, arn: str) -> None:
    """Bring a snapshot's files into the bucket; it is available again then."""
    found = await store.read(at, arn)
    if found is None or found.status["State"] != EXPORTING:
        return
    files: list[tuple[str, Received]] = []
    try:
        for number, shard in enumerate(found.spec["Shards"], 1):
            pieces = opened(store, snapshots, shard)
            body = await anyio.to_thread.run_sync(partial(exporting.write, objects, pieces))
            files.append((f"{found.status['Prefix']}-{number:04}.rdb", body))
    except (OSError, KeyError) as error:
        log.warning("%s is not exported: %s", arn, error)
        files = []
    _, _, _, region, account, _ = arn.split(":", 5)
    call = Call("elasticache", "Export", account, region)
    await store.write_for(call, lambda tx, _: keep(tx, arn, files), None)


def opened(store: Store, snapshots: Blobs, shard: Mapping[str, Any]) -> Any:
    """A shard's file as it is read by an engine."""
    pieces = snapshots.get(shard["Blob"])
    if shard.get("Key"):
        pieces = dumps.unsealed(pieces, store.seal.open(unpacked(shard["Key"]), SEALED))
    return pieces


def keep(tx: Tx, arn: str, files: list[tuple[str, Received]]) -> None:
    found = at(tx, arn)
    if found is None:
        return
    what = "succeeded" if files else "failed"
    try:
        bucket = exporting.bucket_of(tx, found.status["Bucket"])
        for key, body in files:
            exporting.keep(tx, bucket, key, body, TYPE)
    except NotThere:
        what = "failed"
    kind_of(found).change(tx, found, status={"State": AVAILABLE})
    happenings.tell(
        tx,
        happenings.GROUP if "Shards" in found.spec["Cache"] else happenings.CLUSTER,
        found.spec["Name"],
        f"Export of snapshot {found.name} to bucket {found.status['Bucket']} {what}",
    )
