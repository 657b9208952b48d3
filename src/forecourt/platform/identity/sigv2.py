"""Signature version 2 in the query string: what SDKs presign S3's URLs with in us-east-1 to this day.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha1

from .sigv4 import Refused

KEY, SIGNATURE, EXPIRES, TOKEN = "AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"
STANDARD = ("content-md5", "content-type")
# The parameters that are part of what is asked for.
SUBRESOURCES = frozenset(
    ("accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory",
     "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "partNumber",
     "policy", "replication", "requestPayment", "response-cache-control",
     "response-content-disposition", "response-content-encoding", "response-content-language",
     "response-content-type", "response-expires", "restore", "select", "select-type",
     "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning",
     "versions", "website")
)  # fmt: skip


def is_claimed(parameters: Iterable[tuple[str, str]]) -> bool:
    return {KEY, SIGNATURE, EXPIRES} <= {name for name, _ in parameters}


def verify(
    method: str,
    path: str,
    parameters: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    secret: str,
    now: float,
) -> None:
    """Whether a URL was signed with a secret, and holds still; `path` begins with the bucket.  Refused."""
    given = dict(parameters)
    expires = given[EXPIRES]
    if not expires.isdecimal() or len(expires) > 12 or int(expires) < now:
        raise Refused("expired", "Request has expired")
    signature = given[SIGNATURE].encode("utf-8", "replace")
    told = headers_of(parameters)
    for signed in (path, f"{path}/") if path.count("/") == 1 else (path,):
        text = string_to_sign(method, signed, parameters, headers, expires)
        wanted = b64encode(hmac.digest(secret.encode(), text.encode("utf-8", "replace"), sha1))
        if hmac.compare_digest(wanted, signature):
            break
    else:
        raise Refused(
            "mismatch",
            "The request signature we calculated does not match the signature you provided."
            " Check your key and signing method.",
        )
    if any(headers.get(name, value) != value for name, value in told.items()):
        raise Refused("unsigned-headers", "A header says other than what was signed")


def headers_of(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What the URL says that would be headers."""
    return {name.lower(): value for name, value in parameters if is_header(name.lower())}


def is_header(name: str) -> bool:
    return name.startswith("x-amz-") or name in STANDARD


def string_to_sign(
    method: str,
    path: str,
    parameters: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    expires: str,
) -> str:
    pairs = list(parameters)
    # What would be a header may be a parameter.
    told = {
        name.lower(): value for name, value in (*headers.items(), *pairs) if is_header(name.lower())
    }
    amz = "".join(f"{n}:{v.strip()}\n" for n, v in sorted(told.items()) if n not in STANDARD)
    asked = sorted((n, v) for n, v in pairs if n in SUBRESOURCES)
    query = "&".join(f"{name}={value}" if value else name for name, value in asked)
    standard = "\n".join((method, *(told.get(name, "").strip() for name in STANDARD), expires))
    return f"{standard}\n{amz}{path}{f'?{query}' if query else ''}"
