"""Signature Version 4, verified: who signed a request, and whether it is whole.

`claim` reads what a request says of its signature, `verify` checks it against the key's secret.
Neither touches a socket or reads a clock.  Refused carries what went wrong as a fault (the gateway
knows its code in each protocol) and AWS's text.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
SKEW = timedelta(minutes=15)
LONGEST = 7 * 24 * 3600  # seconds a presigned request may be good for
EMPTY_SHA256 = sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
WIRE = "latin-1"  # what came over the wire, a character a byte
SPACES = re.compile(r"[ \t]+")
BASIC_FORMAT = "%Y%m%dT%H%M%SZ"
PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/|\Z))*\Z")
SIGNED = "X-Amz-Signature"

Fault = Literal[
    "missing",
    "missing-hash",
    "incomplete",
    "unknown-key",
    "mismatch",
    "expired",
    "expired-token",
    "unsigned-headers",
]


class Refused(Exception):
    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of its signature."""

    key_id: str
    date: str  # of the credential scope, YYYYMMDD
    region: str
    service: str
    terminator: str
    headers: tuple[str, ...]  # that are signed, in the order given
    signature: str
    stamp: str  # YYYYMMDDTHHMMSSZ
    token: str | None
    expires: int | None  # seconds from the stamp on, for presigned requests
    presigned: bool

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def claim(headers: Mapping[str, str], parameters: Iterable[tuple[str, str]]) -> Claim:
    """What the headers (names in lower case) or the query string say of the signature.  Refused."""
    authorization = headers.get("authorization")
    query = dict(parameters)
    if authorization is None:
        if "X-Amz-Algorithm" not in query:
            raise Refused("missing", "Request is missing Authentication Token")
        return _claim_of_query(query)
    if "X-Amz-Algorithm" in query:
        raise Refused(
            "mismatch",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        )
    return _claim_of_header(authorization, headers)


def _claim_of_header(authorization: str, headers: Mapping[str, str]) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    echo = base64.b64encode(sha256(authorization.encode()).digest()).decode()
    if not algorithm.startswith("AWS4-"):
        raise Refused("missing", "Request is missing Authentication Token")
    if algorithm != ALGORITHM:
        raise Refused("incomplete", f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parts: dict[str, str] = {}
    for piece in filter(None, (piece.strip() for piece in rest.split(","))):
        name, equals, value = piece.partition("=")
        if not equals:
            raise Refused(
                "incomplete",
                "Invalid key=value pair (missing equal-sign) in Authorization header"
                f" (hashed with SHA-256 and encoded with Base64): '{echo}'.",
            )
        parts[name] = value
    stamp = headers.get("x-amz-date") or _stamp_of_date(headers.get("date"))
    missing = [
        f"Authorization header requires '{name}' parameter. "
        for name in ("Credential", "Signature", "SignedHeaders")
        if name not in parts
    ]
    if not stamp:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        )
    if missing or not stamp:
        raise Refused(
            "incomplete",
            f"{''.join(missing)}(Hashed with SHA-256 and encoded with Base64) Authorization={echo}",
        )
    return _claim_of(
        parts["Credential"],
        parts["SignedHeaders"],
        parts["Signature"],
        stamp,
        headers.get("x-amz-security-token"),
        None,
        presigned=False,
    )


def _claim_of_query(query: Mapping[str, str]) -> Claim:
    names = ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date")
    missing = [
        f"AWS query-string parameters must include 'X-Amz-{name}'. "
        for name in names
        if not query.get(f"X-Amz-{name}")
    ]
    if missing:
        text = "Re-examine the query-string parameters."
        raise Refused("incomplete", "".join(missing) + text)
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise Refused("incomplete", f"Unsupported AWS 'algorithm': '{query['X-Amz-Algorithm']}'.")
    expires = query.get("X-Amz-Expires", "900")
    if not expires.isdecimal() or len(expires) > 7 or int(expires) > LONGEST:
        raise Refused("incomplete", f"X-Amz-Expires must be less than {LONGEST} seconds")
    return _claim_of(
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token"),
        int(expires),
        presigned=True,
    )


def _claim_of(
    credential: str,
    signed: str,
    signature: str,
    stamp: str,
    token: str | None,
    expires: int | None,
    *,
    presigned: bool,
) -> Claim:
    # An access key id has no slash in it; region and service have none either.
    parts = credential.split("/")
    if len(parts) != 5:
        raise Refused(
            "incomplete",
            "Credential must have exactly 5 slash-delimited elements, e.g."
            f" keyid/date/region/service/term, got '{credential}'",
        )
    key_id, date, region, service, terminator = parts
    names = tuple(name for name in signed.split(";") if name)
    return Claim(
        key_id, date, region, service, terminator, names, signature, stamp, token, expires, presigned
    )  # fmt: skip


def check(claimed: Claim, service: str | None, now: datetime) -> None:
    """Whether a claim can be true now, for a service's signing name.  Refused."""
    if "host" not in map(str.lower, claimed.headers):
        raise Refused(
            "mismatch", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )
    moment = _moment_of(claimed.stamp)
    wrong = []
    if not claimed.region:
        wrong.append(f"Credential should be scoped to a valid region, not '{claimed.region}'. ")
    if service is not None and claimed.service != service:
        wrong.append(f"Credential should be scoped to correct service: '{service}'. ")
    if claimed.terminator != TERMINATOR:
        wrong.append(
            "Credential should be scoped with a valid terminator:"
            f" '{TERMINATOR}', not '{claimed.terminator}'. "
        )
    if claimed.date != claimed.stamp[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from"
            f" HTTP: '{claimed.date}' != '{claimed.stamp[:8]}', from '{claimed.stamp}'. "
        )
    if wrong:
        raise Refused("mismatch", "".join(wrong).rstrip())
    if moment > now + SKEW:
        raise Refused(
            "mismatch",
            f"Signature not yet current: {claimed.stamp} is still later than {_stamp(now + SKEW)}"
            f" ({_stamp(now)} + 15 min.)",
        )
    if claimed.expires is not None and now > moment + timedelta(seconds=claimed.expires):
        raise Refused("expired", "Request has expired.")
    if claimed.expires is None and moment < now - SKEW:
        raise Refused(
            "mismatch",
            f"Signature expired: {claimed.stamp} is now earlier than {_stamp(now - SKEW)}"
            f" ({_stamp(now)} - 15 min.)",
        )


def verify(
    claimed: Claim,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    payload: str,
    secret: str,
) -> bytes:
    """Check a claim's signature; the signing key, for those who sign chunks with it.  Refused.

    `path` and `query` are as on the wire; `payload` is the hash of the body, or the marker that
    stands for it.
    """
    canonical = canonical_request(claimed, method, path, query, headers, payload)
    text = string_to_sign(claimed, canonical)
    key = signing_key(secret, claimed.date, claimed.region, claimed.service)
    wanted = hmac.new(key, text.encode(), sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), claimed.signature.encode("utf-8", "replace")):
        raise Refused(
            "mismatch",
            "The request signature we calculated does not match the signature you provided."
            " Check your AWS Secret Access Key and signing method."
            " Consult the service documentation for details.",
        )
    return key


@lru_cache(maxsize=4096)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def string_to_sign(claimed: Claim, canonical: str) -> str:
    digest = sha256(canonical.encode(WIRE, "replace")).hexdigest()
    return f"{ALGORITHM}\n{claimed.stamp}\n{claimed.scope}\n{digest}"


def canonical_request(
    claimed: Claim,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    payload: str,
) -> str:
    names = sorted(name.lower() for name in claimed.headers)
    # Which headers are signed is listed in their order, as the lines are.
    lines = "".join(f"{name}:{_trimmed(headers.get(name, ''))}\n" for name in names)
    return "\n".join(
        (
            method,
            canonical_path(path, claimed.service),
            canonical_query(query, claimed.presigned) if query else "",
            lines,
            ";".join(names),
            payload,
        )
    )


def _trimmed(value: str) -> str:
    value = value.strip(" \t")
    return SPACES.sub(" ", value) if "  " in value or "\t" in value else value


def canonical_path(path: str, service: str) -> str:
    """The path, normalized and encoded once more; S3's as it is but for its encoding."""
    if PLAIN_PATH.match(path):
        return path
    if service == "s3":
        return quote(unquote(path, WIRE), "/-_.~", WIRE) or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept[-1:] = []
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
    return quote("/" + "/".join(kept) + end, "/-_.~", WIRE)


def canonical_query(query: str, presigned: bool) -> str:
    """The parameters, each encoded in one way, in order; without the signature itself."""
    pairs = []
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if piece and not (presigned and name == SIGNED):
            pairs.append((_recoded(name), _recoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _recoded(text: str) -> str:
    return quote(unquote(text, WIRE), "-_.~", WIRE)


def _stamp(moment: datetime) -> str:
    return moment.strftime(BASIC_FORMAT)


def _stamp_of_date(date: str | None) -> str | None:
    """An X-Amz-Date out of a Date header, which may be in either form."""
    if not date or BASIC.match(date):
        return date
    try:
        return _stamp(parsedate_to_datetime(date).astimezone(UTC))
    except (ValueError, TypeError, OverflowError):
        return date


BASIC = re.compile(r"\d{8}T\d{6}Z\Z", re.ASCII)


def _moment_of(stamp: str) -> datetime:
    try:
        if not BASIC.match(stamp):
            raise ValueError
        return datetime(
            int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]),
            int(stamp[9:11]), int(stamp[11:13]), int(stamp[13:15]), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        raise Refused(
            "incomplete",
            f"Date must be in ISO-8601 'basic format'. Got '{stamp}'."
            " See http://en.wikipedia.org/wiki/ISO_8601",
        ) from None
