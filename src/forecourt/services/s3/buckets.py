"""Buckets: of all accounts together no two have one name.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import STATUS, Operations
from forecourt.platform.objects import stored
from forecourt.platform.objects.stored import Bucket

from .errors import error, not_implemented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import s3 as t
    from forecourt.store.tx import Tx

ops = Operations("s3")
NAME = re.compile(r"(?!.*(?:\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
RESERVED_START = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_END = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
MOST = 10_000
PAGE = 10_000
DEFAULT_REGION = "us-east-1"


@ops.write
def create_bucket(tx: Tx, req: t.CreateBucketRequest) -> t.CreateBucketOutput:
    """Make a bucket in the caller's region; in us-east-1 again and again."""
    name = req["Bucket"]
    if not is_name(name):
        raise error("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
    if req.get("ObjectLockEnabledForBucket"):
        raise not_implemented("object lock")
    only_owner(req)
    asked: Mapping[str, Any] = req.get("CreateBucketConfiguration") or {}
    region = asked.get("LocationConstraint") or ""
    if (not region and tx.call.region != DEFAULT_REGION) or (
        region and DEFAULT_REGION != tx.call.region != region
    ):
        raise error(
            "IllegalLocationConstraintException",
            f"The {region or 'unspecified'} location constraint is incompatible for the region"
            " specific endpoint this request was sent to.",
        )
    region = {"": DEFAULT_REGION, "EU": "eu-west-1"}.get(region, region)
    if (known := stored.bucket(tx, name)) is not None:
        if known.account != tx.call.account:
            raise error(
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all"
                " users of the system. Please select a different name and try again.",
                BucketName=name,
            )
        if tx.call.region != DEFAULT_REGION or known.region != DEFAULT_REGION:
            raise error(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
                BucketName=name,
            )
        return located(known)
    if len(stored.buckets(tx, tx.call.account, "", MOST)) >= MOST:
        raise error("TooManyBuckets", "You have attempted to create more buckets than allowed")
    tags = {each["Key"]: each["Value"] for each in asked.get("Tags", ())}
    return located(stored.add_bucket(tx, name, region, tags))


@ops.read
def head_bucket(tx: Tx, req: t.HeadBucketRequest) -> t.HeadBucketOutput:
    found = existing(tx, req)
    return {"BucketRegion": found.region, "BucketArn": arn(found.name), "AccessPointAlias": False}


@ops.read
def list_buckets(tx: Tx, req: t.ListBucketsRequest) -> t.ListBucketsOutput:
    """The caller's buckets by name."""
    most, prefix = req.get("MaxBuckets", PAGE), req.get("Prefix", "")
    if not 1 <= most <= PAGE:
        raise error("InvalidArgument", f"MaxBuckets must be between 1 and {PAGE}")
    found = [
        each
        for each in stored.buckets(tx, tx.call.account, req.get("ContinuationToken", ""), MOST)
        if each.name.startswith(prefix) and req.get("BucketRegion", each.region) == each.region
    ]
    answer: t.ListBucketsOutput = {
        "Owner": owner(tx.call.account),
        "Buckets": [
            {
                "Name": each.name,
                "CreationDate": each.created,
                "BucketRegion": each.region,
                "BucketArn": arn(each.name),
            }
            for each in found[:most]
        ],
    }
    if prefix:
        answer["Prefix"] = prefix
    if len(found) > most:
        answer["ContinuationToken"] = found[most - 1].name
    return answer


@ops.write
def delete_bucket(tx: Tx, req: t.DeleteBucketRequest) -> Any:
    found = existing(tx, req)
    if not stored.is_empty(tx, found.name):
        raise error(
            "BucketNotEmpty", "The bucket you tried to delete is not empty", BucketName=found.name
        )
    stored.remove_bucket(tx, found.name)
    return {STATUS: 204}


@ops.read
def get_bucket_location(tx: Tx, req: t.GetBucketLocationRequest) -> Any:
    found = existing(tx, req)
    return {} if found.region == DEFAULT_REGION else {"LocationConstraint": found.region}


@ops.read
def get_bucket_acl(tx: Tx, req: t.GetBucketAclRequest) -> t.GetBucketAclOutput:
    found = existing(tx, req)
    return {"Owner": owner(found.account), "Grants": [full_control(found.account)]}


def existing(tx: Tx, req: Any) -> Bucket:
    """The bucket of a request.  NoSuchBucket; AccessDenied where it is another's than expected."""
    found = stored.bucket(tx, req["Bucket"])
    if found is None:
        raise error("NoSuchBucket", "The specified bucket does not exist", BucketName=req["Bucket"])
    if req.get("ExpectedBucketOwner", found.account) != found.account:
        raise error("AccessDenied", "Access Denied")
    return found


def is_name(name: str) -> bool:
    if NAME.match(name) is None or name.startswith(RESERVED_START) or name.endswith(RESERVED_END):
        return False
    try:
        IPv4Address(name)
    except ValueError:
        return True
    return False


def only_owner(req: Mapping[str, Any]) -> None:
    """Access lists are as buckets have them whose owner is enforced: the owner's alone."""
    if req.get("ACL", "private") not in ("private", "bucket-owner-full-control"):
        raise not_implemented("access control lists")
    for name in req:
        if name.startswith("Grant"):
            raise not_implemented("access control lists")


def arn(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def located(found: Bucket) -> t.CreateBucketOutput:
    return {"Location": f"/{found.name}", "BucketArn": arn(found.name)}


def owner(account: str) -> t.Owner:
    """A canonical user: its id is told from the account's number."""
    return {"ID": f"{int(account):064x}", "DisplayName": account}


def full_control(account: str) -> Any:
    return {"Grantee": {**owner(account), "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
