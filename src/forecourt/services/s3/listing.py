"""What is in a bucket, by the bytes of keys; keys below a common prefix as one.

A page with a delimiter skips over what lies below each prefix, so that it costs as much as it shows.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from forecourt.aws.operations import Operations
from forecourt.platform.objects import stored
from forecourt.platform.objects.stored import Object

from .buckets import existing, owner
from .errors import error
from .headers import quoted

if TYPE_CHECKING:
    from forecourt.aws.types import s3 as t
    from forecourt.store.tx import Tx

ops = Operations("s3")
PAGE = 1000
FEW = 16  # rows that are read at least
SURROGATES = (0xD800, 0xDFFF)


@dataclass
class Page:
    objects: list[Object] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    more: bool = False
    last: str = ""  # the key, or the prefix, where it ends


@ops.read
def list_objects_v2(tx: Tx, req: t.ListObjectsV2Request) -> Any:
    bucket = existing(tx, req)
    prefix, delimiter = req.get("Prefix", ""), req.get("Delimiter", "")
    most, encoding = page_size(req.get("MaxKeys", PAGE)), req.get("EncodingType", "")
    token, start = req.get("ContinuationToken"), req.get("StartAfter", "")
    found = page(tx, bucket.name, prefix, delimiter, start if token is None else read(token), most)
    answer: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": shown_key(prefix, encoding),
        "KeyCount": len(found.objects) + len(found.prefixes),
        "MaxKeys": most,
        "IsTruncated": found.more,
        "Contents": [
            entry(each, encoding)
            | ({"Owner": owner(bucket.account)} if req.get("FetchOwner") else {})
            for each in found.objects
        ],
        "CommonPrefixes": [{"Prefix": shown_key(each, encoding)} for each in found.prefixes],
    }
    if delimiter:
        answer["Delimiter"] = shown_key(delimiter, encoding)
    if encoding:
        answer["EncodingType"] = encoding
    if start:
        answer["StartAfter"] = shown_key(start, encoding)
    if token is not None:
        answer["ContinuationToken"] = token
    if found.more:
        answer["NextContinuationToken"] = urlsafe_b64encode(found.last.encode()).decode()
    return answer


@ops.read
def list_objects(tx: Tx, req: t.ListObjectsRequest) -> Any:
    bucket = existing(tx, req)
    prefix, delimiter = req.get("Prefix", ""), req.get("Delimiter", "")
    most, encoding = page_size(req.get("MaxKeys", PAGE)), req.get("EncodingType", "")
    marker = req.get("Marker", "")
    found = page(tx, bucket.name, prefix, delimiter, marker, most)
    answer: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": shown_key(prefix, encoding),
        "Marker": shown_key(marker, encoding),
        "MaxKeys": most,
        "IsTruncated": found.more,
        "Contents": [
            entry(each, encoding) | {"Owner": owner(bucket.account)} for each in found.objects
        ],
        "CommonPrefixes": [{"Prefix": shown_key(each, encoding)} for each in found.prefixes],
    }
    if delimiter:
        answer["Delimiter"] = shown_key(delimiter, encoding)
        if found.more:
            answer["NextMarker"] = shown_key(found.last, encoding)
    if encoding:
        answer["EncodingType"] = encoding
    return answer


@ops.read
def list_object_versions(tx: Tx, req: t.ListObjectVersionsRequest) -> Any:
    """Of every object there is one version, called null."""
    bucket = existing(tx, req)
    prefix, delimiter = req.get("Prefix", ""), req.get("Delimiter", "")
    most, encoding = page_size(req.get("MaxKeys", PAGE)), req.get("EncodingType", "")
    marker = req.get("KeyMarker", "")
    found = page(tx, bucket.name, prefix, delimiter, marker, most)
    answer: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": shown_key(prefix, encoding),
        "KeyMarker": shown_key(marker, encoding),
        "VersionIdMarker": req.get("VersionIdMarker", ""),
        "MaxKeys": most,
        "IsTruncated": found.more,
        "Versions": [
            entry(each, encoding)
            | {"Owner": owner(bucket.account), "VersionId": "null", "IsLatest": True}
            for each in found.objects
        ],
        "CommonPrefixes": [{"Prefix": shown_key(each, encoding)} for each in found.prefixes],
    }
    if delimiter:
        answer["Delimiter"] = shown_key(delimiter, encoding)
    if encoding:
        answer["EncodingType"] = encoding
    if found.more:
        answer |= {"NextKeyMarker": shown_key(found.last, encoding), "NextVersionIdMarker": "null"}
    return answer


def page(tx: Tx, bucket: str, prefix: str, delimiter: str, after: str, most: int) -> Page:
    """A page of what comes after a key, or after all that is below a prefix."""
    found = Page(last=after)
    if most == 0:
        return found
    start, inclusive = (prefix, True) if after < prefix else (after, False)
    if delimiter and after.startswith(prefix) and after.endswith(delimiter):
        common = common_prefix(after, prefix, delimiter)
        if common == after and (beyond := successor(after)) is not None:
            start, inclusive = beyond, True
    size = most + 1
    while True:
        listed = stored.listed(tx, bucket, start, inclusive, size)
        shown = len(found.objects) + len(found.prefixes)
        for each in listed:
            if not each.key.startswith(prefix):
                return found
            if each.key < start:  # below the prefix before it
                continue
            if len(found.objects) + len(found.prefixes) == most:
                found.more = True
                return found
            common = common_prefix(each.key, prefix, delimiter) if delimiter else ""
            if not common:
                found.objects.append(each)
                found.last = start = each.key
                inclusive = False
                continue
            found.prefixes.append(common)
            found.last = common
            if (beyond := successor(common)) is None:
                return found
            start, inclusive = beyond, True
        if len(listed) < size:
            return found
        # Where most of a page was skipped, the next is smaller.
        shown = len(found.objects) + len(found.prefixes) - shown
        size = min(most + 1, max(FEW, 2 * shown))


def common_prefix(key: str, prefix: str, delimiter: str) -> str:
    """A key up to the delimiter after the prefix; empty where there is none."""
    at = key.find(delimiter, len(prefix))
    return key[: at + len(delimiter)] if at >= 0 else ""


def successor(prefix: str) -> str | None:
    """The first text that comes after all that begin with a prefix."""
    while prefix:
        code = ord(prefix[-1]) + 1
        if code > 0x10FFFF:
            prefix = prefix[:-1]
            continue
        if SURROGATES[0] <= code <= SURROGATES[1]:
            code = SURROGATES[1] + 1
        return prefix[:-1] + chr(code)
    return None


def entry(of: Object, encoding: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Key": shown_key(of.key, encoding),
        "LastModified": of.modified,
        "ETag": quoted(of.etag),
        "Size": of.size,
        "StorageClass": of.headers.get("StorageClass", "STANDARD"),
    }
    if sums := of.headers.get("Sums"):
        found |= {"ChecksumAlgorithm": list(sums), "ChecksumType": of.headers["SumsOf"]}
    return found


def shown_key(key: str, encoding: str) -> str:
    return quote(key, safe="/-_.~") if encoding == "url" else key


def page_size(given: int) -> int:
    if given < 0:
        raise error(
            "InvalidArgument",
            "Argument maxKeys must be an integer between 0 and 2147483647",
            ArgumentName="maxKeys",
            ArgumentValue=str(given),
        )
    return min(given, PAGE)


def read(token: str) -> str:
    try:
        return urlsafe_b64decode(token).decode()
    except ValueError:
        raise error(
            "InvalidArgument",
            "The continuation token provided is incorrect",
            ArgumentName="continuation-token",
        ) from None
