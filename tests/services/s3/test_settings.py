"""Policies and tags of buckets, and what buckets have not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import SECOND

from .calls import fault, get, put


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_policy_lets_another_account_in(s3: Any, stranger: Any, bucket: str) -> None:
    put(s3, bucket, "a", "secret/b")
    assert fault(stranger.get_object, Bucket=bucket, Key="a") == "AccessDenied"
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": SECOND},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{bucket}/secret/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(allow, deny))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0] == allow
    assert get(stranger, bucket, "a") == b"x"
    assert stranger.list_objects_v2(Bucket=bucket)["KeyCount"] == 2
    assert fault(stranger.put_object, Bucket=bucket, Key="a", Body=b"") == "AccessDenied"
    assert fault(stranger.get_object, Bucket=bucket, Key="secret/b") == "AccessDenied"
    assert fault(s3.get_object, Bucket=bucket, Key="secret/b") == "AccessDenied"
    s3.delete_bucket_policy(Bucket=bucket)
    assert fault(stranger.get_object, Bucket=bucket, Key="a") == "AccessDenied"
    assert fault(s3.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*"}),
        policy(
            {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}
        ),
        policy({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a-bucket/*"}),
    ],
)  # fmt: skip
def test_policies_that_are_none(s3: Any, bucket: str, document: str) -> None:
    assert fault(s3.put_bucket_policy, Bucket=bucket, Policy=document) == "MalformedPolicy"


def test_tags(s3: Any, bucket: str) -> None:
    assert fault(s3.get_bucket_tagging, Bucket=bucket) == "NoSuchTagSet"
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_bucket_tagging(Bucket=bucket)
    assert fault(s3.get_bucket_tagging, Bucket=bucket) == "NoSuchTagSet"


def test_what_there_is_none_of(s3: Any, bucket: str) -> None:
    for call, code in (
        (s3.get_bucket_cors, "NoSuchCORSConfiguration"),
        (s3.get_bucket_website, "NoSuchWebsiteConfiguration"),
        (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"),
        (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
        (s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError"),
        (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"),
    ):
        assert fault(call, Bucket=bucket) == code
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    versioning = {"Status": "Enabled"}
    assert (
        fault(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=versioning)
        == "NotImplemented"
    )
