"""S3 as IAM sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.services.s3 import AUTHORIZATION, TABLES
from tests.harness import World

from .calls import fault, files, get, put


def test_every_operation_has_its_action() -> None:
    served = {name for ops in TABLES for name in ops.table}
    assert served == set(AUTHORIZATION.actions)


@pytest.fixture
def alice(world: World, s3: Any, bucket: str) -> Any:
    """A user who may read what is below her name, and nothing else."""
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    statements = [
        {"Effect": "Allow", "Action": "s3:*Object", "Resource": f"arn:aws:s3:::{bucket}/alice/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringLike": {"s3:prefix": "alice/*"}},
        },
    ]
    iam.put_user_policy(
        UserName="alice",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    return world.client("s3", (key["AccessKeyId"], key["SecretAccessKey"]))


def test_objects_by_their_keys(s3: Any, alice: Any, bucket: str) -> None:
    put(s3, bucket, "bob/a")
    put(alice, bucket, "alice/a")
    assert get(alice, bucket, "alice/a") == b"x"
    assert fault(alice.get_object, Bucket=bucket, Key="bob/a") == "AccessDenied"
    assert fault(alice.delete_object, Bucket=bucket, Key="bob/a") == "AccessDenied"
    assert fault(alice.list_objects_v2, Bucket=bucket) == "AccessDenied"
    assert alice.list_objects_v2(Bucket=bucket, Prefix="alice/")["KeyCount"] == 1
    assert fault(alice.list_buckets) == "AccessDenied"
    several = {"Objects": [{"Key": "alice/a"}, {"Key": "bob/a"}]}
    assert fault(alice.delete_objects, Bucket=bucket, Delete=several) == "AccessDenied"


def test_who_copies_must_read(s3: Any, alice: Any, bucket: str) -> None:
    put(s3, bucket, "bob/a")
    refused = fault(alice.copy_object, Bucket=bucket, Key="alice/b", CopySource=f"{bucket}/bob/a")
    assert refused == "AccessDenied"
    tagged = fault(alice.put_object, Bucket=bucket, Key="alice/b", Body=b"", Tagging="a=b")
    assert tagged == "AccessDenied"


def test_nothing_is_written_for_those_who_may_not(world: World, alice: Any, bucket: str) -> None:
    before = files(world)
    assert fault(alice.put_object, Bucket=bucket, Key="bob/b", Body=b"x" * 100) == "AccessDenied"
    assert files(world) == before
