"""S3's errors, as SDKs read them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.services.s3.errors import error, not_implemented


def test_errors_have_s3s_statuses() -> None:
    assert error("NoSuchKey", "m").status == 404
    assert error("InvalidRange", "m").status == 416
    assert not_implemented("x").status == 501


def test_members_are_written_beside_the_message(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as raised:
        s3.get_object(Bucket=bucket, Key="<a>")
    assert raised.value.response["Error"] == {
        "Code": "NoSuchKey",
        "Message": "The specified key does not exist.",
        "Key": "<a>",
    }
    assert isinstance(raised.value, s3.exceptions.NoSuchKey)


def test_an_operation_that_is_not_here(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as raised:
        s3.put_bucket_website(
            Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}}
        )
    assert raised.value.response["Error"]["Code"] == "NotImplemented"
