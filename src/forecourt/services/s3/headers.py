"""What of a request an object keeps, and shows again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from forecourt.platform.objects.checksums import ALGORITHMS, member

from .buckets import only_owner
from .errors import error, not_implemented

if TYPE_CHECKING:
    from forecourt.platform.objects.stored import Object

KEPT = (
    "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType",
    "WebsiteRedirectLocation", "StorageClass",
)  # fmt: skip
DEFAULT_TYPE = "binary/octet-stream"
MOST_METADATA = 2048  # bytes
MOST_TAGS = 10
LONGEST_KEY = 1024  # bytes
STANDARD = "STANDARD"
# Members that ask for what there is not.
NOT_HERE = (
    "SSECustomerAlgorithm", "SSECustomerKey", "SSEKMSKeyId", "SSEKMSEncryptionContext",
    "CopySourceSSECustomerAlgorithm", "CopySourceSSECustomerKey", "ObjectLockMode",
    "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus", "ObjectLockEventHold",
    "WriteOffsetBytes",
)  # fmt: skip
FRAMED = "aws-chunked"


def refuse(req: Mapping[str, Any]) -> None:
    """NotImplemented for what a request asks for that is not here; KeyTooLongError."""
    for name in NOT_HERE:
        if req.get(name):
            raise not_implemented(name)
    if req.get("ServerSideEncryption", "AES256") != "AES256":
        raise not_implemented("ServerSideEncryption")
    only_owner(req)
    key = req.get("Key", "")
    if len(key.encode()) > LONGEST_KEY:
        raise error(
            "KeyTooLongError",
            "Your key is too long",
            Size=str(len(key.encode())),
            MaxSizeAllowed=str(LONGEST_KEY),
        )


def of_request(req: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of a new object, as they are kept.  MetadataTooLarge."""
    refuse(req)
    found: dict[str, Any] = {name: req[name] for name in KEPT if req.get(name)}
    found.setdefault("ContentType", DEFAULT_TYPE)
    encodings = [each.strip() for each in found.pop("ContentEncoding", "").split(",")]
    if kept := ",".join(each for each in encodings if each and each != FRAMED):
        found["ContentEncoding"] = kept
    if (expires := req.get("Expires")) is not None:
        found["Expires"] = expires.timestamp() if isinstance(expires, datetime) else str(expires)
    metadata: Mapping[str, str] = req.get("Metadata") or {}
    if (
        sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items())
        > MOST_METADATA
    ):
        raise error(
            "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"
        )
    if metadata:
        found["Metadata"] = dict(metadata)
    return found


def shown(of: Object) -> dict[str, Any]:
    """An object's headers as an answer has them."""
    found = {
        name: of.headers[name] for name in (*KEPT, "Metadata", "Expires") if name in of.headers
    }
    if found.get("StorageClass") == STANDARD:
        del found["StorageClass"]
    if isinstance(found.get("Expires"), float):
        from forecourt.platform.objects.stored import moment

        found["Expires"] = moment(found["Expires"])
    if of.tags:
        found["TagCount"] = len(of.tags)
    return found | {
        "AcceptRanges": "bytes",
        "LastModified": of.modified,
        "ETag": quoted(of.etag),
    }


def sums(of: Object) -> dict[str, Any]:
    """The checksums of an object, as members."""
    found = {
        member(name): of.headers["Sums"][name]
        for name in ALGORITHMS
        if name in of.headers.get("Sums", {})
    }
    return found | ({"ChecksumType": of.headers["SumsOf"]} if found else {})


def quoted(etag: str) -> str:
    return f'"{etag}"'


def tags_of(text: str) -> dict[str, str]:
    """Tags as a header has them: a query string.  InvalidArgument."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    except ValueError:
        raise error(
            "InvalidArgument",
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query"
            " parameters without tag name duplicates.",
        ) from None
    return checked_tags(pairs, MOST_TAGS)


def checked_tags(pairs: list[tuple[str, str]], most: int) -> dict[str, str]:
    """Tags of an object, or a bucket.  InvalidTag."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise error("InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(found) > most:
        raise error("InvalidTag", f"Object tags cannot be greater than {most}")
    for key, value in found.items():
        if not 1 <= len(key) <= 128:
            raise error("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > 256:
            raise error("InvalidTag", "The TagValue you have provided is invalid", TagValue=value)
        if key.lower().startswith("aws:"):
            raise error("InvalidTag", "System tags cannot be added/updated by requester")
    return found
