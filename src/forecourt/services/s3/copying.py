"""Objects out of objects, on the server's side: the same bytes under another name cost no copy."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from forecourt.aws.operations import Operations
from forecourt.platform.objects import checksums, stored
from forecourt.platform.objects.bodies import Stretch
from forecourt.platform.objects.checksums import Sums
from forecourt.platform.objects.stored import Object, Part

from . import notifications
from .buckets import existing
from .conditions import may_read, may_write
from .errors import error
from .headers import of_request, quoted, refuse, sums, tags_of
from .multipart import LARGEST_PART, awaited
from .objects import NO_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import s3 as t
    from forecourt.store.blobs import Blobs
    from forecourt.store.tx import Tx

ops = Operations("s3")
OWN = ("StorageClass", "WebsiteRedirectLocation")  # headers that are not copied
LARGEST_COPY = 5 * 1024**3  # bytes; what is larger is copied in parts
RANGE = re.compile(r"bytes=(\d{1,19})-(\d{1,19})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be copied, as it was when it was looked up."""

    found: Object
    parts: tuple[tuple[str, int, str], ...]


def look(tx: Tx, req: Mapping[str, Any]) -> Source:
    """The source of a copy.  NoSuchBucket, NoSuchKey, PreconditionFailed."""
    refuse(req)
    bucket, key = named(req["CopySource"])
    expected = {"ExpectedBucketOwner": req["ExpectedSourceBucketOwner"]} if (
        "ExpectedSourceBucketOwner" in req
    ) else {}  # fmt: skip
    existing(tx, {"Bucket": bucket, **expected})
    found = stored.find(tx, bucket, key)
    if found is None:
        raise error("NoSuchKey", NO_KEY, Key=key)
    may_read(found, req, "CopySource")
    return Source(found, tuple(stored.parts_of(tx, found)))


Copy = tuple[Object, list[tuple[str, int, str]]]


def linked(blobs: Blobs, req: Mapping[str, Any], source: Source) -> Copy:
    """The source as it was looked up, and its blobs once more, under names of their own."""
    if source.found.size > LARGEST_COPY:
        raise error(
            "InvalidRequest",
            "The specified copy source is larger than the maximum allowable size for a copy source:"
            f" {LARGEST_COPY}",
        )
    try:
        parts = [(blobs.link(blob), size, sum_) for blob, size, sum_ in source.parts]
    except KeyError:
        raise replaced() from None
    return source.found, parts


def replaced() -> Exception:
    return error("SlowDown", "The source was replaced while it was copied; please try again")


@dataclass(frozen=True, slots=True)
class PartSource:
    source: Source
    algorithm: str  # of the checksum that the part is to have; empty: none


def look_for_part(tx: Tx, req: Mapping[str, Any]) -> PartSource:
    upload = awaited(tx, req)
    return PartSource(look(tx, req), upload.headers.get("Algorithm", ""))


def copied_part(blobs: Blobs, req: Mapping[str, Any], known: PartSource) -> Part:
    """Some of the source's bytes in a blob of its own.  InvalidArgument, InvalidRequest."""
    source = known.source
    start, length = 0, source.found.size
    if (asked := req.get("CopySourceRange")) is not None:
        given = RANGE.match(asked)
        if given is None or int(given[2]) < int(given[1]):
            raise error(
                "InvalidArgument",
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first"
                " and last are the zero-based offsets of the first and last bytes to copy",
            )
        start, length = int(given[1]), int(given[2]) - int(given[1]) + 1
        if start + length > source.found.size:
            raise error(
                "InvalidArgument",
                f"Range specified is not valid for source object of size: {source.found.size}",
            )
    if length > LARGEST_PART:
        raise error("EntityTooSmall", "A part is larger than is allowed")
    stretch = Stretch(tuple(part[:2] for part in source.parts), start, length)
    digests, blob = Sums((known.algorithm,) if known.algorithm else ()), blobs.new()
    try:
        for piece in stored.pieces(stretch, blobs):
            digests.add(piece)
            blob.write(piece)
    except KeyError:
        blob.drop()
        raise replaced() from None
    except BaseException:
        blob.drop()
        raise
    id = blob.keep()
    return Part(
        req["PartNumber"], id, length, digests.md5.hexdigest(), source.found.modified, digests.all()
    )


@ops.write_after(linked, look, on_disk=True)
def copy_object(tx: Tx, req: t.CopyObjectRequest, copied: Copy) -> Any:
    """An object as another is, with its headers and tags or with new ones."""
    bucket, (source, parts) = existing(tx, req), copied
    given = of_request(req)
    anew = req.get("MetadataDirective", "COPY") == "REPLACE"
    changed = {name: given[name] for name in OWN if name in given}
    restated = anew or any(name in req for name in OWN)
    if not restated and (source.bucket, source.key) == (bucket.name, req["Key"]):
        raise error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without"
            " changing the object's metadata, storage class, website redirect location or encryption"
            " attributes.",
        )
    kept = {name: source.headers[name] for name in ("Sums", "SumsOf") if name in source.headers}
    headers = {**given, **kept} if anew else source.headers
    headers = {k: v for k, v in headers.items() if k not in OWN} | changed
    tags = tags_of(req.get("Tagging", ""))
    if req.get("TaggingDirective", "COPY") == "COPY":
        tags = dict(source.tags)
    may_write(stored.find(tx, bucket.name, req["Key"]), req)
    made = Object(bucket.name, req["Key"], source.size, source.etag, tx.now, headers, tags)
    stored.put(tx, made, parts)
    notifications.tell(tx, bucket, "ObjectCreated:Copy", made)
    result = {"ETag": quoted(made.etag), "LastModified": made.modified, **sums(made)}
    return {"CopyObjectResult": result}


@ops.write_after(copied_part, look_for_part, on_disk=True)
def upload_part_copy(tx: Tx, req: t.UploadPartCopyRequest, part: Part) -> Any:
    upload = awaited(tx, req)
    algorithm = upload.headers.get("Algorithm", "")
    kept = {algorithm: part.sums[algorithm]} if algorithm in part.sums else {}
    made = Part(part.number, part.blob, part.size, part.etag, tx.now, kept)
    stored.put_part(tx, upload.id, made)
    shown = {checksums.member(name): value for name, value in kept.items()}
    return {"CopyPartResult": {"ETag": quoted(made.etag), "LastModified": tx.now, **shown}}


def named(source: str) -> tuple[str, str]:
    """Bucket and key of an x-amz-copy-source.  InvalidArgument."""
    path, _, query = source.partition("?")
    with contextlib.suppress(UnicodeDecodeError):
        bucket, _, key = unquote(path, errors="strict").removeprefix("/").partition("/")
        if bucket and key and query.removeprefix("versionId=") in ("", "null"):
            return bucket, key
    raise error(
        "InvalidArgument",
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    )
