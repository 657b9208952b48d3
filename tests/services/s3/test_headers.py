"""What objects keep of the headers of their requests."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.s3.headers import checked_tags, of_request, tags_of

from .calls import fault


def test_a_type_by_default() -> None:
    assert of_request({})["ContentType"] == "binary/octet-stream"


def test_how_a_body_was_framed_is_not_kept() -> None:
    assert "ContentEncoding" not in of_request({"ContentEncoding": "aws-chunked"})
    assert of_request({"ContentEncoding": "br, aws-chunked"})["ContentEncoding"] == "br"


def test_tags() -> None:
    assert tags_of("a=1&b=") == {"a": "1", "b": ""}
    assert tags_of("") == {}
    for wrong in ("a", "&"):
        with pytest.raises(AwsError):
            tags_of(wrong)


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a", "2")],
        [("", "1")],
        [("k" * 129, "1")],
        [("k", "v" * 257)],
        [("aws:k", "v")],
        [(str(n), "") for n in range(11)],
    ],
)
def test_tags_that_are_none(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(AwsError) as raised:
        checked_tags(pairs, 10)
    assert raised.value.code == "InvalidTag"


def test_expires(s3: Any, bucket: str) -> None:
    from datetime import UTC, datetime

    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    s3.put_object(Bucket=bucket, Key="a", Body=b"", Expires=moment)
    assert s3.head_object(Bucket=bucket, Key="a")["Expires"] == moment


def test_customers_keys_are_refused(s3: Any, bucket: str) -> None:
    given = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    # botocore sends a key only over TLS, or to a loopback address.
    assert fault(s3.put_object, Bucket=bucket, Key="a", Body=b"", **given) == "NotImplemented"
