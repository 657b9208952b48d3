"""Signatures: whatever botocore signs is accepted; each thing that can be wrong is told as AWS does.

AWS's own suite is tests/conformance/test_aws_sigv4.py.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity.sigv4 import (
    UNSIGNED,
    Refused,
    canonical_path,
    canonical_query,
    canonical_request,
    check,
    claim,
    signing_key,
    verify,
)
from tests.gateway.wire import Signer

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIALS = Credentials("AKIDEXAMPLE", SECRET)
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
STAMP = "20260301T120000Z"
CREDENTIAL = "AKIDEXAMPLE/20260301/us-east-1/sts/aws4_request"
AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=0123"
QUERY = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": CREDENTIAL,
    "X-Amz-Date": STAMP,
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "0123",
}

SEGMENT = st.text(max_size=8).filter(lambda text: text not in (".", "..") and "/" not in text)
TEXT = st.text(max_size=8)
HEADER_NAME = st.from_regex(r"x-[a-z]{1,8}", fullmatch=True)
HEADER_VALUE = st.text(alphabet=[chr(c) for c in range(0x20, 0x7F)], max_size=20)


def verified(
    method: str, url: str, headers: Mapping[str, str], payload: str, service: str, now: datetime
) -> bytes:
    where = urlsplit(url)
    claimed = claim(headers, parse_qsl(where.query, keep_blank_values=True))
    check(claimed, service, now)
    return verify(claimed, method, where.path or "/", where.query, headers, payload, SECRET)


def signed(auth: Any, service: str, request: AWSRequest, **options: Any) -> dict[str, str]:
    auth(CREDENTIALS, service, "us-east-1", **options).add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {"host": urlsplit(request.url).netloc, **headers}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(SEGMENT, max_size=4),
    st.lists(st.tuples(TEXT, TEXT), max_size=4),
    st.dictionaries(HEADER_NAME, HEADER_VALUE, max_size=3),
    st.binary(max_size=20),
    st.sampled_from(["sts", "s3"]),
)
def test_what_botocore_signs_is_accepted(
    segments: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    service: str,
) -> None:
    url = "http://localhost/" + "/".join(quote(segment, safe="-_.~") for segment in segments)
    if query:
        url += "?" + "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in query)
    request = AWSRequest("POST", url, data=body, headers=headers)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    sent = signed(auth, service, request)
    key = verified("POST", url, sent, sha256(body).hexdigest(), service, datetime.now(UTC))
    assert key == signing_key(SECRET, sent["x-amz-date"][:8], "us-east-1", service)
    with pytest.raises(Refused, match="does not match"):
        verified("POST", url, sent, sha256(body + b"x").hexdigest(), service, datetime.now(UTC))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=3), st.booleans())
def test_what_botocore_presigns_is_accepted(query: list[tuple[str, str]], s3: bool) -> None:
    request = AWSRequest("GET", "http://localhost/a", params=dict(query))
    auth, service = (S3SigV4QueryAuth, "s3") if s3 else (SigV4QueryAuth, "sts")
    sent = signed(auth, service, request, expires=60)
    payload = UNSIGNED if s3 else sha256(b"").hexdigest()
    verified("GET", request.url, sent, payload, service, datetime.now(UTC))
    with pytest.raises(Refused, match="has expired"):
        later = datetime.now(UTC) + timedelta(seconds=62)
        verified("GET", request.url, sent, payload, service, later)
    with pytest.raises(Refused, match="does not match"):
        verified("GET", request.url + "&x=y", sent, payload, service, datetime.now(UTC))


@pytest.mark.parametrize(
    ("headers", "query", "fault", "text"),
    [
        ({}, {}, "missing", "Request is missing Authentication Token"),
        ({"authorization": "Basic eA=="}, {}, "missing", "Request is missing Authentication Token"),
        ({}, {"X-Amz-Signature": "1"}, "missing", "Request is missing Authentication Token"),
        ({"authorization": AUTHORIZATION}, QUERY, "mismatch", "Found both 'X-Amz-Algorithm'"),
        (
            {"authorization": "AWS4-HMAC-SHA1 Credential=a"}, {},
            "incomplete", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'.",
        ),
        (
            {"authorization": "AWS4-HMAC-SHA256 Credential, Signature=b"}, {},
            "incomplete", "Invalid key=value pair (missing equal-sign) in Authorization header",
        ),
        (
            {"authorization": "AWS4-HMAC-SHA256 "}, {}, "incomplete",
            ("Authorization header requires 'Credential' parameter. "
            "Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "(Hashed with SHA-256 and encoded with Base64) Authorization="),
        ),
        (
            {"authorization": "AWS4-HMAC-SHA256 Credential=a,Signature=b", "x-amz-date": STAMP}, {},
            "incomplete", "Authorization header requires 'SignedHeaders' parameter. (Hashed",
        ),
        (
            {"authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=e",
             "x-amz-date": STAMP}, {},
            "incomplete",
            ("Credential must have exactly 5 slash-delimited elements, e.g."
            " keyid/date/region/service/term, got 'a/b/c/d'"),
        ),
        (
            {}, {"X-Amz-Algorithm": ""}, "incomplete",
            ("AWS query-string parameters must include 'X-Amz-Algorithm'. "
            "AWS query-string parameters must include 'X-Amz-Credential'. "
            "AWS query-string parameters must include 'X-Amz-Signature'. "
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
            "AWS query-string parameters must include 'X-Amz-Date'. "
            "Re-examine the query-string parameters."),
        ),
        (
            {}, {**QUERY, "X-Amz-Algorithm": "AWS4"}, "incomplete", "Unsupported AWS 'algorithm': 'AWS4'.",
        ),
        *(
            ({}, {**QUERY, "X-Amz-Expires": value}, "incomplete", "X-Amz-Expires must be")
            for value in ("", "-1", "1.5", "x", "604801", "9" * 5000)
        ),
    ],
)  # fmt: skip
def test_what_a_request_may_lack(
    headers: dict[str, str], query: dict[str, str], fault: str, text: str
) -> None:
    with pytest.raises(Refused) as caught:
        claim(headers, query.items())
    assert caught.value.fault == fault
    assert str(caught.value).startswith(text)


HEADERS = {"authorization": AUTHORIZATION, "x-amz-date": STAMP}


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"x-amz-date": "201"}, "Date must be in ISO-8601 'basic format'. Got '201'."),
        ({"x-amz-date": "2026-03-01T12:00:00Z"}, "Date must be in ISO-8601"),
        ({"x-amz-date": "20261301T120000Z"}, "Date must be in ISO-8601"),
        ({"x-amz-date": "00000101T000000Z"}, "Date must be in ISO-8601"),
        ({"x-amz-date": "٢٠٢٦٠٣٠١T120000Z"}, "Date must be in ISO-8601"),
        ({"x-amz-date": STAMP + "\n"}, "Date must be in ISO-8601"),
    ],
)
def test_dates_that_are_none(headers: dict[str, str], text: str) -> None:
    with pytest.raises(Refused, match=text) as caught:
        check(claim({**HEADERS, **headers}, ()), "sts", NOW)
    assert caught.value.fault == "incomplete"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("us-east-1", "", "Credential should be scoped to a valid region, not ''."),
        ("/sts/", "/iam/", "Credential should be scoped to correct service: 'sts'."),
        ("/sts/", "/STS/", "Credential should be scoped to correct service: 'sts'."),
        (
            "aws4_request", "aws5",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
        ),
        (
            "/20260301/", "/20260302/",
            ("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            f" '20260302' != '20260301', from '{STAMP}'."),
        ),
        (
            CREDENTIAL, "AKIDEXAMPLE/x//iam/y",
            ("Credential should be scoped to a valid region, not ''. "
            "Credential should be scoped to correct service: 'sts'. "
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'y'. "
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            f" 'x' != '20260301', from '{STAMP}'."),
        ),
        (
            "SignedHeaders=host", "SignedHeaders=x-amz-date",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            "SignedHeaders=host", "SignedHeaders=",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
    ],
)  # fmt: skip
def test_wrong_scopes(old: str, new: str, text: str) -> None:
    headers = {**HEADERS, "authorization": AUTHORIZATION.replace(old, new)}
    with pytest.raises(Refused) as caught:
        check(claim(headers, ()), "sts", NOW)
    assert (caught.value.fault, str(caught.value)) == ("mismatch", text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, ""), (-900, ""), (900, ""),
        (
            901,
            (f"Signature expired: {STAMP} is now earlier than 20260301T120001Z"
            " (20260301T121501Z - 15 min.)"),
        ),
        (
            -901,
            (f"Signature not yet current: {STAMP} is still later than 20260301T115959Z"
            " (20260301T114459Z + 15 min.)"),
        ),
    ],
)  # fmt: skip
def test_skew(seconds: int, text: str) -> None:
    """`seconds` after the request was signed."""
    claimed = claim(HEADERS, ())
    if not text:
        check(claimed, "sts", NOW + timedelta(seconds=seconds))
        return
    with pytest.raises(Refused) as caught:
        check(claimed, "sts", NOW + timedelta(seconds=seconds))
    assert (caught.value.fault, str(caught.value)) == ("mismatch", text)


@pytest.mark.parametrize(
    ("expires", "seconds", "fault"),
    [
        ("1", 1, ""), ("1", 2, "expired"), ("604800", 604800, ""), ("604800", 604801, "expired"),
        ("60", -901, "mismatch"), ("0", 0, ""), ("0", 1, "expired"),
    ],
)  # fmt: skip
def test_presigned_requests_are_good_for_a_while(expires: str, seconds: int, fault: str) -> None:
    claimed = claim({}, {**QUERY, "X-Amz-Expires": expires}.items())
    if not fault:
        check(claimed, "sts", NOW + timedelta(seconds=seconds))
        return
    with pytest.raises(Refused) as caught:
        check(claimed, "sts", NOW + timedelta(seconds=seconds))
    assert caught.value.fault == fault


def test_a_presigned_request_at_the_end_of_time() -> None:
    credential = CREDENTIAL.replace("20260301", "99991231")
    query = {**QUERY, "X-Amz-Date": "99991231T235959Z", "X-Amz-Credential": credential}
    with pytest.raises(Refused, match="not yet current"):
        check(claim({}, query.items()), "sts", NOW)


def test_a_date_header_in_either_form() -> None:
    for date in ("Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 13:00:00 +0100", STAMP):
        claimed = claim({"authorization": AUTHORIZATION, "date": date}, ())
        assert claimed.stamp == STAMP
    assert claim({**HEADERS, "date": "Mon, 02 Mar 2026 12:00:00 GMT"}, ()).stamp == STAMP


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 -0100", "Mon, 01 Jan 0001 00:00:00 +0100"]
)
def test_a_date_header_beyond_the_calendar(date: str) -> None:
    with pytest.raises(Refused) as caught:
        check(claim({"authorization": AUTHORIZATION, "date": date}, ()), "sts", NOW)
    assert caught.value.fault in ("incomplete", "mismatch")


@settings(max_examples=300)
@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_refused(authorization: str, date: str, rest: str) -> None:
    for given_headers in (
        {"authorization": authorization, "x-amz-date": date},
        {"authorization": f"AWS4-HMAC-SHA256 {authorization}", "date": date},
        {"authorization": f"{AUTHORIZATION}, {rest}", "date": date},
    ):
        # What Latin-1 cannot say does not come through HTTP.
        headers = {
            k: v.encode("latin-1", "replace").decode("latin-1") for k, v in given_headers.items()
        }
        with pytest.raises(Refused):
            claimed = claim(headers, ())
            check(claimed, "sts", NOW)
            verify(claimed, "GET", "/", "", headers, "", SECRET)


@pytest.mark.parametrize(
    ("path", "service", "canonical"),
    [
        ("/", "sts", "/"),
        ("/a/b", "sts", "/a/b"),
        ("/a//b/", "sts", "/a/b/"),
        ("/a/../b/./c", "sts", "/b/c"),
        ("/../../a", "sts", "/a"),
        ("/a%20b", "sts", "/a%2520b"),
        ("/a/b/..", "sts", "/a/"),
        ("/a//b/../c", "s3", "/a//b/../c"),
        ("/a%20b%2Fc", "s3", "/a%20b/c"),
        ("/a+b", "s3", "/a%2Bb"),
    ],
)
def test_canonical_paths(path: str, service: str, canonical: str) -> None:
    assert canonical_path(path, service) == canonical


@pytest.mark.parametrize("text", ["a", "a1.", "a/", "-_~."])
def test_no_path_takes_long(text: str) -> None:
    """A key's id is no secret: whoever knows one must not be able to stop the gateway."""
    started = time.perf_counter()
    canonical_path("/" + (text * 24)[:24] + "%", "route53")
    assert time.perf_counter() - started < 0.05


@pytest.mark.parametrize(
    ("query", "presigned", "canonical"),
    [
        ("b=2&a=1", False, "a=1&b=2"),
        ("a=2&a=1", False, "a=1&a=2"),
        ("a", False, "a="),
        ("&a=1&&", False, "a=1"),
        ("a=b=c", False, "a=b%3Dc"),
        ("a=%7e%2f", False, "a=~%2F"),
        ("X-Amz-Signature=1&a=1", True, "a=1"),
        ("X-Amz-Signature=1&a=1", False, "X-Amz-Signature=1&a=1"),
        ("X-Amz-Security-Token=1&a=1", True, "X-Amz-Security-Token=1&a=1"),
    ],
)
def test_canonical_queries(query: str, presigned: bool, canonical: str) -> None:
    assert canonical_query(query, presigned) == canonical


def test_a_header_in_utf8_is_hashed_as_it_was_sent() -> None:
    """SDKs that send text beyond ASCII sign and send its UTF-8; we see that as Latin-1."""
    signer = Signer(key=("AKIDEXAMPLE", SECRET), moment=NOW)
    for text in ("é", "voilà", "日本"):
        headers = signer.headers("GET", "/", "", {"host": "localhost", "x-amz-meta-a": text}, b"")
        headers["x-amz-meta-a"] = text.encode().decode("latin-1")
        verified("GET", "http://localhost/", headers, sha256(b"").hexdigest(), "sts", NOW)


@pytest.mark.parametrize("part", ["date", "region", "service", "key_id", "stamp", "terminator"])
def test_the_signature_covers_the_scope(part: str) -> None:
    signer = Signer(key=("AKIDEXAMPLE", SECRET), moment=NOW)
    headers = signer.headers("GET", "/", "", {"host": "localhost"}, b"")
    claimed = claim(headers, ())
    digest = sha256(b"").hexdigest()
    verify(claimed, "GET", "/", "", headers, digest, SECRET)
    changed = replace(claimed, **{part: getattr(claimed, part) + "x"})
    if part == "key_id":  # whose secret it is; another's does not fit
        with pytest.raises(Refused):
            verify(changed, "GET", "/", "", headers, digest, SECRET + "x")
        return
    with pytest.raises(Refused, match="does not match"):
        verify(changed, "GET", "/", "", headers, digest, SECRET)


def test_signed_headers_are_ordered_by_name() -> None:
    one = claim({**HEADERS, "authorization": AUTHORIZATION.replace("=host", "=x-b;host;X-A")}, ())
    text = canonical_request(one, "GET", "/", "", {"host": "h", "x-a": " 1  2 ", "x-b": "b"}, "p")
    assert text == "GET\n/\n\nhost:h\nx-a:1 2\nx-b:b\n\nhost;x-a;x-b\np"
