"""Short ways to say what the tests of S3 say often."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.harness import World


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    """The code of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    return str(raised.value.response["Error"]["Code"])


def status(given: Any) -> int:
    return int(given["ResponseMetadata"]["HTTPStatusCode"])


def put(s3: Any, bucket: str, *keys: str, body: bytes = b"x") -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def get(s3: Any, bucket: str, key: str, **options: Any) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read())


def keys(listed: Any) -> list[str]:
    return [each["Key"] for each in listed.get("Contents", [])]


def prefixes(listed: Any) -> list[str]:
    return [each["Prefix"] for each in listed.get("CommonPrefixes", [])]


def files(world: World) -> set[Path]:
    return {each for each in world.objects._directory.rglob("*") if each.is_file()}
