"""Objects: put whole, read whole or in part, deleted one by one or many together.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import STATUS, Operations
from forecourt.platform.objects import checksums, stored
from forecourt.platform.objects.bodies import Received
from forecourt.platform.objects.stored import Bucket, Object

from . import notifications
from .buckets import existing, full_control, owner
from .conditions import may_read, may_write, names, range_of
from .errors import error
from .headers import checked_tags, of_request, quoted, refuse, shown, sums, tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import s3 as t
    from forecourt.store.tx import Tx

ops = Operations("s3")
MOST_DELETED = 1000
NO_KEY = "The specified key does not exist."


@ops.write_received(existing)
def put_object(tx: Tx, req: t.PutObjectRequest) -> t.PutObjectOutput:
    """What came is the object from now on, whatever was there; of two at once the later one."""
    bucket, body = existing(tx, req), received(req)
    headers = of_request(req) | {"Sums": dict(body.sums), "SumsOf": checksums.FULL_OBJECT}
    may_write(stored.find(tx, bucket.name, req["Key"]), req)
    tags = tags_of(req.get("Tagging", ""))
    made = Object(bucket.name, req["Key"], body.size, body.md5, tx.now, headers, tags)
    stored.put(tx, made, [(body.blob, body.size, "")])
    notifications.tell(tx, bucket, "ObjectCreated:Put", made)
    answer: Any = {"ETag": quoted(made.etag), **sums(made)}
    return answer


@ops.read
def get_object(tx: Tx, req: t.GetObjectRequest) -> Any:
    found = readable(tx, req)
    answer, start, length = described(tx, found, req)
    return answer | {"Body": stored.stretch(tx, found, start, length)}


@ops.read
def head_object(tx: Tx, req: t.HeadObjectRequest) -> Any:
    return described(tx, readable(tx, req), req)[0]


@ops.read
def get_object_attributes(tx: Tx, req: t.GetObjectAttributesRequest) -> Any:
    found = readable(tx, req)
    wanted = req["ObjectAttributes"]
    answer: dict[str, Any] = {"LastModified": found.modified}
    if "ETag" in wanted:
        answer["ETag"] = found.etag
    if "ObjectSize" in wanted:
        answer["ObjectSize"] = found.size
    if "StorageClass" in wanted:
        answer["StorageClass"] = found.headers.get("StorageClass", "STANDARD")
    if "Checksum" in wanted and (shown_sums := sums(found)):
        answer["Checksum"] = shown_sums
    if "ObjectParts" in wanted and "-" in found.etag:
        parts = stored.parts_of(tx, found)
        first, most = req.get("PartNumberMarker", 0), req.get("MaxParts", 1000)
        listed = list(enumerate(parts, 1))[first : first + most]
        algorithm = next(iter(found.headers.get("Sums", {})), "")
        answer["ObjectParts"] = {
            "TotalPartsCount": len(parts),
            "PartNumberMarker": first,
            "NextPartNumberMarker": listed[-1][0] if listed else 0,
            "MaxParts": most,
            "IsTruncated": first + most < len(parts),
            "Parts": [
                {"PartNumber": number, "Size": size}
                | ({checksums.member(algorithm): sum_} if sum_ else {})
                for number, (_, size, sum_) in listed
            ],
        }
    return answer


@ops.write
def delete_object(tx: Tx, req: t.DeleteObjectRequest) -> t.DeleteObjectOutput:
    """Take an object away; one that is not there is gone too."""
    bucket = existing(tx, req)
    no_version(req)
    found = stored.find(tx, bucket.name, req["Key"])
    match = req.get("IfMatch")
    if match is not None and (found is None or not names(match, found.etag)):
        raise error(
            "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"
        )
    take_away(tx, bucket, found)
    return {}


@ops.write
def delete_objects(tx: Tx, req: t.DeleteObjectsRequest) -> t.DeleteObjectsOutput:
    """Take many away at once."""
    bucket = existing(tx, req)
    wanted = req["Delete"]["Objects"]
    if not 1 <= len(wanted) <= MOST_DELETED:
        raise error(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published"
            " schema",
        )
    deleted: list[t.DeletedObject] = []
    failed: list[t.Error] = []
    for each in wanted:
        if each.get("VersionId", "null") != "null":
            failed.append(
                {
                    "Key": each["Key"],
                    "VersionId": each["VersionId"],
                    "Code": "NoSuchVersion",
                    "Message": "The specified version does not exist.",
                }
            )
            continue
        take_away(tx, bucket, stored.find(tx, bucket.name, each["Key"]))
        deleted.append({"Key": each["Key"]})
    quiet = req["Delete"].get("Quiet", False)
    answer: t.DeleteObjectsOutput = {"Errors": failed}
    if not quiet:
        answer["Deleted"] = deleted
    return answer


@ops.read
def get_object_tagging(tx: Tx, req: t.GetObjectTaggingRequest) -> t.GetObjectTaggingOutput:
    found = get(tx, existing(tx, req), req)
    return {"TagSet": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


@ops.write
def put_object_tagging(tx: Tx, req: t.PutObjectTaggingRequest) -> t.PutObjectTaggingOutput:
    bucket = existing(tx, req)
    found = get(tx, bucket, req)
    given = [(each["Key"], each["Value"]) for each in req["Tagging"]["TagSet"]]
    stored.tag(tx, found, checked_tags(given, 10))
    notifications.tell(tx, bucket, "ObjectTagging:Put", found)
    return {}


@ops.write
def delete_object_tagging(tx: Tx, req: t.DeleteObjectTaggingRequest) -> t.DeleteObjectTaggingOutput:
    bucket = existing(tx, req)
    found = get(tx, bucket, req)
    stored.tag(tx, found, {})
    notifications.tell(tx, bucket, "ObjectTagging:Delete", found)
    return {}


@ops.read
def get_object_acl(tx: Tx, req: t.GetObjectAclRequest) -> t.GetObjectAclOutput:
    bucket = existing(tx, req)
    get(tx, bucket, req)
    return {"Owner": owner(bucket.account), "Grants": [full_control(bucket.account)]}


def get(tx: Tx, bucket: Bucket, req: Mapping[str, Any]) -> Object:
    """NoSuchKey."""
    no_version(req)
    found = stored.find(tx, bucket.name, req["Key"])
    if found is None:
        raise error("NoSuchKey", NO_KEY, Key=req["Key"])
    return found


def readable(tx: Tx, req: Any) -> Object:
    refuse(req)
    found = get(tx, existing(tx, req), req)
    may_read(found, req)
    return found


def described(tx: Tx, found: Object, req: Any) -> tuple[dict[str, Any], int, int]:
    """What an answer says of an object, and which of its bytes are asked for."""
    answer, start, length = shown(found), 0, found.size
    part = part_of(tx, found, req)
    asked = part or range_of(req.get("Range"), found.size)
    if asked is not None:
        start, length = asked
        if found.size:
            answer["ContentRange"] = f"bytes {start}-{start + length - 1}/{found.size}"
            answer[STATUS] = 206
    elif req.get("ChecksumMode") == "ENABLED":
        answer |= sums(found)
    if part is not None and "-" in found.etag:
        answer["PartsCount"] = int(found.etag.rpartition("-")[2])
    for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage",
                 "ContentType", "Expires"):  # fmt: skip
        if (given := req.get(f"Response{name}")) is not None:
            answer[name] = given
    return answer | {"ContentLength": length}, start, length


def part_of(tx: Tx, found: Object, req: Any) -> tuple[int, int] | None:
    """Start and length of the part that is asked for.  InvalidPart, InvalidArgument."""
    if (number := req.get("PartNumber")) is None:
        return None
    if "Range" in req:
        raise error(
            "InvalidRequest", "Cannot specify both Range header and partNumber query parameter"
        )
    sizes = (
        [size for _, size, _ in stored.parts_of(tx, found)] if "-" in found.etag else [found.size]
    )
    if not 1 <= number <= len(sizes):
        raise error(
            "InvalidRange",
            "The requested partnumber is not satisfiable",
            PartNumberRequested=str(number),
        )
    return sum(sizes[: number - 1]), sizes[number - 1]


def take_away(tx: Tx, bucket: Bucket, found: Object | None) -> None:
    if found is not None:
        stored.remove(tx, bucket.name, found.key)
        notifications.tell(tx, bucket, "ObjectRemoved:Delete", found)


def no_version(req: Mapping[str, Any]) -> None:
    """There is one version of each object, called null."""
    if req.get("VersionId", "null") != "null":
        raise error("NoSuchVersion", "The specified version does not exist.")


def received(req: Any) -> Received:
    body = req.get("Body")
    assert isinstance(body, Received)
    return body
