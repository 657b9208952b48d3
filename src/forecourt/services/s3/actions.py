"""S3 as IAM sees it: buckets' policies decide beside the callers', also for other accounts.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.platform.objects import stored

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

BUCKET, OBJECT = "arn:aws:s3:::{Bucket}", "arn:aws:s3:::{Bucket}/{Key}"
# Condition keys that say what a member of the request says.
MEMBERS = {
    "s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys",
    "s3:x-amz-copy-source": "CopySource", "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-storage-class": "StorageClass", "s3:x-amz-acl": "ACL",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:locationconstraint": "CreateBucketConfiguration.LocationConstraint",
}  # fmt: skip


def policy_of(tx: Tx, req: Params) -> str | None:
    found = stored.bucket(tx, req["Bucket"])
    return found.settings.get("Policy") if found else None


def keys(tx: Tx, req: Params) -> Values:
    return {key: (str(req[name]),) for key, name in MEMBERS.items() if name in req}


def to(template: str, name: str | None = None, when: str = "") -> Action:
    return on(template, name=name, keys=keys, policy=policy_of, when=when)


def source_of(req: Params) -> tuple[str, str]:
    bucket, _, key = unquote(req["CopySource"].partition("?")[0]).removeprefix("/").partition("/")
    return bucket, key


def source_policy(tx: Tx, req: Params) -> str | None:
    return policy_of(tx, {"Bucket": source_of(req)[0]})


def objects_of(tx: Tx, req: Params) -> list[str]:
    named = req.get("Delete", {}).get("Objects", [])
    return [f"arn:aws:s3:::{req['Bucket']}/{each['Key']}" for each in named]


READ_SOURCE = Action(
    lambda tx, req: ["arn:aws:s3:::" + "/".join(source_of(req))],
    "GetObject",
    keys,
    source_policy,
)


def tags(tx: Tx, arn: str) -> Mapping[str, str]:
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    if key:
        found = stored.find(tx, bucket, key)
        return found.tags if found else {}
    row = tx.value("SELECT tags FROM s3_bucket WHERE name = :name", name=bucket)
    return json.loads(row) if row else {}


def owner(tx: Tx, arn: str) -> str:
    """The account of a bucket; who makes one is told more of one that is there than that it is denied."""
    if tx.call.operation == "CreateBucket":
        return ""
    return stored.owner(tx, arn.removeprefix("arn:aws:s3:::").partition("/")[0])


OF_BUCKETS = {
    "CreateBucket": None, "DeleteBucket": None, "HeadBucket": "ListBucket",
    "GetBucketLocation": None, "GetBucketAcl": None, "GetBucketPolicy": None,
    "PutBucketPolicy": None, "DeleteBucketPolicy": None, "GetBucketPolicyStatus": None,
    "GetBucketTagging": None, "PutBucketTagging": None, "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketVersioning": None, "PutBucketVersioning": None, "GetBucketRequestPayment": None,
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration", "GetBucketLogging": None,
    "GetBucketOwnershipControls": None, "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS", "GetBucketWebsite": None,
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "ListObjects": "ListBucket", "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions", "ListMultipartUploads": "ListBucketMultipartUploads",
}  # fmt: skip
OF_OBJECTS = {
    "GetObject": None, "HeadObject": "GetObject", "GetObjectAttributes": None,
    "DeleteObject": None, "GetObjectTagging": None, "PutObjectTagging": None,
    "DeleteObjectTagging": None, "GetObjectAcl": None, "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject", "AbortMultipartUpload": None,
    "ListParts": "ListMultipartUploadParts",
}  # fmt: skip
TAGGING = to(OBJECT, "PutObjectTagging", when="Tagging")
ACTIONS: Mapping[str, Action | tuple[Action, ...]] = {
    "ListBuckets": on("*", name="ListAllMyBuckets"),
    **{name: to(BUCKET, action) for name, action in OF_BUCKETS.items()},
    **{name: to(OBJECT, action) for name, action in OF_OBJECTS.items()},
    "PutObject": (to(OBJECT), TAGGING),
    "CreateMultipartUpload": (to(OBJECT, "PutObject"), TAGGING),
    "CopyObject": (to(OBJECT, "PutObject"), READ_SOURCE, TAGGING),
    "UploadPartCopy": (to(OBJECT, "PutObject"), READ_SOURCE),
    "DeleteObjects": Action(objects_of, "DeleteObject", keys, policy_of),
}
AUTHORIZATION = Authorization("s3", ACTIONS, tags, owner=owner)
