"""Objects that are put in parts: an object is made of them without a copy.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.objects import checksums, stored
from forecourt.platform.objects.bodies import Received
from forecourt.platform.objects.stored import Object, Part, Upload

from . import notifications
from .buckets import existing, owner
from .conditions import may_write
from .errors import error
from .headers import of_request, quoted, sums, tags_of
from .listing import page_size, shown_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import s3 as t
    from forecourt.store.tx import Tx

ops = Operations("s3")
SMALLEST, LARGEST_PART = 5 * 1024**2, 5 * 1024**3  # bytes of a part; the last may be smaller
MOST = 10_000  # parts
PAGE = 1000
MOST_MARKED = 2**31 - 1


@ops.write
def create_multipart_upload(tx: Tx, req: t.CreateMultipartUploadRequest) -> Any:
    bucket = existing(tx, req)
    headers = of_request(req)
    algorithm, type_ = req.get("ChecksumAlgorithm", ""), req.get("ChecksumType", "")
    if algorithm:
        if algorithm not in checksums.ALGORITHMS:
            raise error("NotImplemented", f"The checksum algorithm {algorithm} is not implemented.")
        is_crc = algorithm in checksums.CRCS
        default = checksums.FULL_OBJECT if algorithm == checksums.DEFAULT else checksums.COMPOSITE
        type_ = type_ or default
        if (type_ == checksums.FULL_OBJECT and not is_crc) or (
            type_ == checksums.COMPOSITE and algorithm == checksums.DEFAULT
        ):
            raise error(
                "InvalidRequest",
                f"The {type_} checksum type cannot be used with the {algorithm.lower()} checksum"
                " algorithm.",
            )
        headers |= {"Algorithm": algorithm, "SumsOf": type_}
    elif type_:
        raise error(
            "InvalidRequest", "The x-amz-checksum-type header can only be used with an algorithm."
        )
    tags = tags_of(req.get("Tagging", ""))
    id = stored.new_upload(tx, bucket.name, req["Key"], headers, tags)
    answer = {"Bucket": bucket.name, "Key": req["Key"], "UploadId": id}
    return answer | ({"ChecksumAlgorithm": algorithm, "ChecksumType": type_} if algorithm else {})


def awaited(tx: Tx, req: Any) -> Upload:
    """The upload that a part is for.  NoSuchBucket, NoSuchUpload, InvalidArgument."""
    existing(tx, req)
    numbered(req)
    return uploading(tx, req)


@ops.write_received(awaited)
def upload_part(tx: Tx, req: t.UploadPartRequest) -> Any:
    """A part, in place of one of that number."""
    upload, body = awaited(tx, req), req.get("Body")
    assert isinstance(body, Received)
    wanted = upload.headers.get("Algorithm", "")
    if wanted and wanted not in body.sums:
        raise error(
            "InvalidRequest",
            f"Checksum Type mismatch occurred, expected checksum Type: {wanted.lower()}, actual"
            f" checksum Type: {next(iter(body.sums), 'null').lower()}",
        )
    part = Part(req["PartNumber"], body.blob, body.size, body.md5, tx.now, dict(body.sums))
    stored.put_part(tx, upload.id, part)
    shown = {checksums.member(name): value for name, value in part.sums.items()}
    return {"ETag": quoted(part.etag), **shown}


@ops.write
def complete_multipart_upload(tx: Tx, req: t.CompleteMultipartUploadRequest) -> Any:
    """The object is its parts, in the order of their numbers.  InvalidPart, EntityTooSmall, ..."""
    bucket = existing(tx, req)
    upload = uploading(tx, req)
    parts = chosen(tx, upload, req)
    may_write(stored.find(tx, bucket.name, upload.key), req)
    size = sum(part.size for part in parts)
    if req.get("MpuObjectSize", size) != size:
        raise error(
            "InvalidRequest",
            f"The provided 'x-amz-mp-object-size' header does not match what was computed: {size}",
        )
    digest = hashlib.md5(b"".join(bytes.fromhex(p.etag) for p in parts), usedforsecurity=False)
    algorithm = upload.headers.get("Algorithm", "")
    headers = {k: v for k, v in upload.headers.items() if k not in ("Algorithm", "SumsOf")}
    if algorithm:
        headers |= {
            "Sums": {algorithm: together(algorithm, upload.headers["SumsOf"], parts)},
            "SumsOf": upload.headers["SumsOf"],
        }
        given = req.get(checksums.member(algorithm))
        if given is not None and given != headers["Sums"][algorithm]:
            raise error("InvalidRequest", "The checksum of the object is not what was computed.")
    etag = f"{digest.hexdigest()}-{len(parts)}"
    made = Object(bucket.name, upload.key, size, etag, tx.now, headers, upload.tags)
    stored.remove_upload(tx, upload.id, keep=[part.blob for part in parts])
    stored.put(tx, made, [(p.blob, p.size, p.sums.get(algorithm, "")) for p in parts])
    notifications.tell(tx, bucket, "ObjectCreated:CompleteMultipartUpload", made)
    return {
        "Location": f"/{bucket.name}/{upload.key}",
        "Bucket": bucket.name,
        "Key": upload.key,
        "ETag": quoted(etag),
        **sums(made),
    }


@ops.write
def abort_multipart_upload(tx: Tx, req: t.AbortMultipartUploadRequest) -> Any:
    existing(tx, req)
    stored.remove_upload(tx, uploading(tx, req).id, keep=())
    return {}


@ops.read
def list_parts(tx: Tx, req: t.ListPartsRequest) -> Any:
    bucket = existing(tx, req)
    upload = uploading(tx, req)
    marker, most = marked(req.get("PartNumberMarker", 0)), page_size(req.get("MaxParts", PAGE))
    found = stored.parts(tx, upload.id, marker, most + 1)
    answer: dict[str, Any] = {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": marker,
        "MaxParts": most,
        "IsTruncated": len(found) > most,
        "NextPartNumberMarker": found[:most][-1].number if found[:most] else 0,
        "Initiator": {"ID": upload.initiator, "DisplayName": upload.initiator.rpartition("/")[2]},
        "Owner": owner(bucket.account),
        "StorageClass": upload.headers.get("StorageClass", "STANDARD"),
        "Parts": [
            {
                "PartNumber": part.number,
                "LastModified": part.modified,
                "ETag": quoted(part.etag),
                "Size": part.size,
                **{checksums.member(name): value for name, value in part.sums.items()},
            }
            for part in found[:most]
        ],
    }
    if algorithm := upload.headers.get("Algorithm"):
        answer |= {"ChecksumAlgorithm": algorithm, "ChecksumType": upload.headers["SumsOf"]}
    return answer


@ops.read
def list_multipart_uploads(tx: Tx, req: t.ListMultipartUploadsRequest) -> Any:
    """Uploads that are not completed, by their keys."""
    bucket, prefix = existing(tx, req), req.get("Prefix", "")
    delimiter, most = req.get("Delimiter", ""), page_size(req.get("MaxUploads", PAGE))
    key, id = req.get("KeyMarker", ""), req.get("UploadIdMarker", "")
    encoding = req.get("EncodingType", "")
    listed: list[dict[str, Any]] = []
    prefixes: list[str] = []
    last, more = (key, id), False
    for each in stored.uploads(tx, bucket.name, prefix, key, id or "\U0010ffff" * bool(key)):
        if delimiter and (at := each.key.find(delimiter, len(prefix))) >= 0:
            common = each.key[: at + len(delimiter)]
            if common in prefixes:
                last = (each.key, each.id)
                continue
            if len(listed) + len(prefixes) == most:
                more = True
                break
            prefixes.append(common)
        else:
            if len(listed) + len(prefixes) == most:
                more = True
                break
            listed.append(
                {
                    "Key": shown_key(each.key, encoding),
                    "UploadId": each.id,
                    "Initiated": each.initiated,
                    "StorageClass": each.headers.get("StorageClass", "STANDARD"),
                    "Owner": owner(bucket.account),
                    "Initiator": {"ID": each.initiator},
                }
            )
        last = (each.key, each.id)
    answer: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": shown_key(key, encoding),
        "UploadIdMarker": id,
        "MaxUploads": most,
        "IsTruncated": more,
        "Uploads": listed,
        "CommonPrefixes": [{"Prefix": shown_key(each, encoding)} for each in prefixes],
    }
    for name, value in (("Prefix", prefix), ("Delimiter", delimiter)):
        if value:
            answer[name] = shown_key(value, encoding)
    if more:
        answer |= {"NextKeyMarker": shown_key(last[0], encoding), "NextUploadIdMarker": last[1]}
    if encoding:
        answer["EncodingType"] = encoding
    return answer


def uploading(tx: Tx, req: Any) -> Upload:
    """NoSuchUpload."""
    found = stored.upload(tx, req["Bucket"], req["Key"], req["UploadId"])
    if found is None:
        raise error(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may"
            " have been aborted or completed.",
            UploadId=req["UploadId"],
        )
    return found


def marked(given: Any) -> int:
    """InvalidArgument."""
    if not 0 <= (found := int(given)) <= MOST_MARKED:
        raise error("InvalidArgument", "Argument part-number-marker must be a non-negative integer")
    return found


def numbered(req: Any) -> None:
    if not 1 <= req["PartNumber"] <= MOST:
        raise error(
            "InvalidArgument",
            f"Part number must be an integer between 1 and {MOST}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=str(req["PartNumber"]),
        )


def chosen(tx: Tx, upload: Upload, req: Mapping[str, Any]) -> list[Part]:
    """The parts that a completion names.  MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall."""
    named = (req.get("MultipartUpload") or {}).get("Parts", [])
    if not named or len(named) > MOST:
        raise error(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published"
            " schema",
        )
    if any("PartNumber" not in each for each in named):
        raise error("MalformedXML", "A part of the list has no PartNumber")
    numbers = [each["PartNumber"] for each in named]
    if any(one >= other for one, other in pairwise(numbers)):
        raise error(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
            UploadId=upload.id,
        )
    known = {part.number: part for part in stored.parts(tx, upload.id)}
    found = []
    for each in named:
        part = known.get(each["PartNumber"])
        claimed = {
            name: each[checksums.member(name)]
            for name in checksums.ALGORITHMS
            if checksums.member(name) in each
        }
        if (
            part is None
            or part.etag != each.get("ETag", "").strip('"')
            or any(part.sums.get(name, value) != value for name, value in claimed.items())
        ):
            raise error(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been"
                " uploaded, or the specified entity tag may not match the part's entity tag.",
                UploadId=upload.id,
                PartNumber=str(each["PartNumber"]),
                ETag=each.get("ETag", "").strip('"'),
            )
        found.append(part)
    for part in found[:-1]:
        if part.size < SMALLEST:
            raise error(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ETag=part.etag,
                MinSizeAllowed=str(SMALLEST),
                PartNumber=str(part.number),
                ProposedSize=str(part.size),
            )
    return found


def together(algorithm: str, type_: str, parts: list[Part]) -> str:
    """The checksum of an object out of its parts'."""
    raw = [(b64decode(part.sums[algorithm]), part.size) for part in parts]
    if type_ == checksums.FULL_OBJECT:
        return checksums.whole(algorithm, raw)
    return f"{checksums.composite(algorithm, (each for each, _ in raw))}-{len(parts)}"
