"""Conditions of readers and writers, and ranges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.s3.conditions import range_of

from .calls import fault, get, put

LONG_AGO, FAR_AHEAD = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 5)),
        ("bytes=-4", (6, 4)),
        ("bytes=-100", (0, 10)),
        ("bytes=9-3", None),
        ("bytes=1-2,4-5", None),
        ("bytes=-", None),
        ("pages=1-2", None),
        (None, None),
    ],
)
def test_ranges(text: str | None, found: tuple[int, int] | None) -> None:
    assert range_of(text, 10) == found


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_ranges_beyond_the_end(text: str) -> None:
    with pytest.raises(AwsError) as raised:
        range_of(text, 10)
    assert raised.value.status == 416


def test_readers_conditions(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a")
    etag = s3.head_object(Bucket=bucket, Key="a")["ETag"]
    assert get(s3, bucket, "a", IfMatch=etag) == b"x"
    assert fault(s3.get_object, Bucket=bucket, Key="a", IfMatch='"no"') == "PreconditionFailed"
    assert fault(s3.get_object, Bucket=bucket, Key="a", IfNoneMatch=etag) == "304"
    assert get(s3, bucket, "a", IfNoneMatch='"no"') == b"x"
    assert fault(s3.get_object, Bucket=bucket, Key="a", IfModifiedSince=FAR_AHEAD) == "304"
    assert get(s3, bucket, "a", IfModifiedSince=LONG_AGO) == b"x"
    since = fault(s3.get_object, Bucket=bucket, Key="a", IfUnmodifiedSince=LONG_AGO)
    assert since == "PreconditionFailed"
    # RFC 9110 §13.2.2: the tag is looked at first.
    assert get(s3, bucket, "a", IfMatch=etag, IfUnmodifiedSince=LONG_AGO) == b"x"


def test_writers_conditions(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")
    once_more = fault(s3.put_object, Bucket=bucket, Key="a", Body=b"2", IfNoneMatch="*")
    assert once_more == "PreconditionFailed"
    etag = s3.head_object(Bucket=bucket, Key="a")["ETag"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfMatch=etag)
    assert (
        fault(s3.put_object, Bucket=bucket, Key="a", Body=b"3", IfMatch=etag)
        == "PreconditionFailed"
    )
    assert fault(s3.put_object, Bucket=bucket, Key="b", Body=b"3", IfMatch=etag) == "NoSuchKey"
    assert (
        fault(s3.put_object, Bucket=bucket, Key="b", Body=b"3", IfNoneMatch=etag)
        == "NotImplemented"
    )
    assert get(s3, bucket, "a") == b"2"
    stale = fault(s3.delete_object, Bucket=bucket, Key="a", IfMatch='"no"')
    assert stale == "PreconditionFailed"
