"""What services put into callers' buckets, and take out of them.

body = write(blobs, pieces)               # to disk, before the transaction
keep(tx, bucket_of(tx, "reports"), "a/b.csv", body, "text/csv")
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from forecourt.store.blobs import Blobs

from . import stored
from .bodies import Received, Stretch
from .stored import Bucket, Object

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


class NotThere(Exception):
    """A bucket or an object that the caller has not; the text says which."""


def bucket_of(tx: Tx, name: str) -> Bucket:
    """A bucket of the caller's.  NotThere."""
    found = stored.bucket(tx, name)
    if found is None or found.account != tx.call.account:
        raise NotThere(f"There is no bucket {name} of this account.")
    return found


def write(blobs: Blobs, pieces: Iterable[bytes]) -> Received:
    """Bytes to disk, off the loop."""
    digest, blob = hashlib.md5(usedforsecurity=False), blobs.new()
    try:
        for piece in pieces:
            digest.update(piece)
            blob.write(piece)
    except BaseException:
        blob.drop()
        raise
    return Received(blob.keep(), blob.size, digest.hexdigest(), {})


def keep(tx: Tx, bucket: Bucket, key: str, body: Received, type_: str) -> None:
    """Let them be an object."""
    made = Object(bucket.name, key, body.size, body.md5, tx.now, {"ContentType": type_})
    stored.put(tx, made, [(body.blob, body.size, "")])


def object_of(tx: Tx, arn: str) -> Stretch:
    """An object of the caller's, as a whole, by its ARN.  NotThere."""
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    if not arn.startswith("arn:aws:s3:::") or not key:
        raise NotThere(f"{arn} is no ARN of an object.")
    found = stored.find(tx, bucket_of(tx, bucket).name, key)
    if found is None:
        raise NotThere(f"There is no object {key} in {bucket}.")
    return stored.stretch(tx, found, 0, found.size)
