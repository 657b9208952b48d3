"""Buckets: their names, their regions, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.s3.buckets import is_name
from tests.harness import FIRST_KEY, World

from .calls import fault, put, status


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a-bucket", True),
        ("a.b.c", True),
        ("abc", True),
        ("ab", False),
        ("a" * 64, False),
        ("A-bucket", False),
        ("a_bucket", False),
        ("-bucket", False),
        ("bucket-", False),
        ("a..b", False),
        ("a.-b", False),
        ("a-.b", False),
        ("192.168.5.4", False),
        ("xn--bucket", False),
        ("bucket-s3alias", False),
    ],
)
def test_names(name: str, good: bool) -> None:
    assert is_name(name) is good


def test_a_name_that_is_none(s3: Any) -> None:
    assert fault(s3.create_bucket, Bucket="a..b") == "InvalidBucketName"


def test_regions(world: World, s3: Any, bucket: str) -> None:
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    there = world.client("s3", FIRST_KEY, "eu-west-1")
    assert fault(there.create_bucket, Bucket="other") == "IllegalLocationConstraintException"
    made = {"LocationConstraint": "eu-west-1"}
    there.create_bucket(Bucket="other", CreateBucketConfiguration=made)
    assert s3.get_bucket_location(Bucket="other")["LocationConstraint"] == "eu-west-1"
    again = fault(there.create_bucket, Bucket="other", CreateBucketConfiguration=made)
    assert again == "BucketAlreadyOwnedByYou"
    wrong = {"LocationConstraint": "eu-central-1"}
    assert (
        fault(there.create_bucket, Bucket="more", CreateBucketConfiguration=wrong)
        == "IllegalLocationConstraintException"
    )


def test_a_name_belongs_to_one_account(s3: Any, stranger: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)  # once more is no error in us-east-1
    assert fault(stranger.create_bucket, Bucket=bucket) == "BucketAlreadyExists"
    assert stranger.list_buckets()["Buckets"] == []
    assert fault(stranger.head_bucket, Bucket=bucket) == "403"
    assert fault(stranger.delete_bucket, Bucket=bucket) == "AccessDenied"


def test_listing_by_pages(s3: Any) -> None:
    for name in ("bbb", "aaa", "abb"):
        s3.create_bucket(Bucket=name)
    page = s3.list_buckets(MaxBuckets=2)
    assert [each["Name"] for each in page["Buckets"]] == ["aaa", "abb"]
    rest = s3.list_buckets(MaxBuckets=2, ContinuationToken=page["ContinuationToken"])
    assert [each["Name"] for each in rest["Buckets"]] == ["bbb"]
    assert "ContinuationToken" not in rest
    assert len(s3.list_buckets(Prefix="a")["Buckets"]) == 2


def test_deleting(s3: Any, bucket: str) -> None:
    put(s3, bucket, "a")
    assert fault(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="a")
    assert status(s3.delete_bucket(Bucket=bucket)) == 204
    assert fault(s3.delete_bucket, Bucket=bucket) == "NoSuchBucket"


def test_access_is_the_owners(s3: Any, bucket: str) -> None:
    (grant,) = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"
    assert fault(s3.create_bucket, Bucket="open", ACL="public-read") == "NotImplemented"
    locked = fault(s3.create_bucket, Bucket="open", ObjectLockEnabledForBucket=True)
    assert locked == "NotImplemented"
    other = fault(s3.get_bucket_acl, Bucket=bucket, ExpectedBucketOwner="999999999999")
    assert other == "AccessDenied"
