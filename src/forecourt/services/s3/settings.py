"""What a bucket has beside its objects: its policy and tags; and what it has not.

Versioning is off, access lists are the owner's alone, and nothing expires: the operations that would
tell of such settings say that there are none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import STATUS, Operations
from forecourt.platform.identity import grammar
from forecourt.platform.identity.decide import compile_policy
from forecourt.platform.objects import stored

from .buckets import arn, existing
from .errors import error, not_implemented
from .headers import checked_tags

if TYPE_CHECKING:
    from forecourt.aws.types import s3 as t
    from forecourt.store.tx import Tx

ops = Operations("s3")
POLICY = "Policy"
LONGEST_POLICY = 20 * 1024  # bytes
MOST_TAGS = 50


@ops.read
def get_bucket_policy(tx: Tx, req: t.GetBucketPolicyRequest) -> t.GetBucketPolicyOutput:
    bucket = existing(tx, req)
    if POLICY not in bucket.settings:
        raise error(
            "NoSuchBucketPolicy", "The bucket policy does not exist", BucketName=bucket.name
        )
    return {"Policy": bucket.settings[POLICY]}


@ops.write
def put_bucket_policy(tx: Tx, req: t.PutBucketPolicyRequest) -> Any:
    """MalformedPolicy."""
    bucket, document = existing(tx, req), req["Policy"]
    if len(document.encode()) > LONGEST_POLICY:
        raise error(
            "MalformedPolicy", "Normalized policy document exceeds the maximum allowed size"
        )
    if (problem := grammar.problem(document, kind="resource")) is not None:
        raise error("MalformedPolicy", problem)
    policy = compile_policy(document, "ResourcePolicy")
    for each in policy.statements:
        if not each.resources:
            raise error("MalformedPolicy", "Missing required field Resource")
    own = arn(bucket.name)
    for statement in json.loads(document)["Statement"] if isinstance(
        json.loads(document)["Statement"], list
    ) else [json.loads(document)["Statement"]]:  # fmt: skip
        named = statement.get("Resource", [])
        for resource in [named] if isinstance(named, str) else named:
            if resource != own and not resource.startswith(f"{own}/") and "*" not in resource[:13]:
                raise error("MalformedPolicy", "Policy has invalid resource")
    stored.change_bucket(tx, bucket, settings={**bucket.settings, POLICY: document})
    return {STATUS: 204}


@ops.write
def delete_bucket_policy(tx: Tx, req: t.DeleteBucketPolicyRequest) -> Any:
    bucket = existing(tx, req)
    left = {name: value for name, value in bucket.settings.items() if name != POLICY}
    stored.change_bucket(tx, bucket, settings=left)
    return {STATUS: 204}


@ops.read
def get_bucket_policy_status(tx: Tx, req: t.GetBucketPolicyStatusRequest) -> Any:
    """Nobody is served without a signature: no bucket is public."""
    get_bucket_policy(tx, req)
    return {"PolicyStatus": {"IsPublic": False}}


@ops.read
def get_bucket_tagging(tx: Tx, req: t.GetBucketTaggingRequest) -> t.GetBucketTaggingOutput:
    bucket = existing(tx, req)
    if not bucket.tags:
        raise error("NoSuchTagSet", "The TagSet does not exist", BucketName=bucket.name)
    return {"TagSet": [{"Key": key, "Value": value} for key, value in bucket.tags.items()]}


@ops.write
def put_bucket_tagging(tx: Tx, req: t.PutBucketTaggingRequest) -> Any:
    bucket = existing(tx, req)
    given = [(each["Key"], each["Value"]) for each in req["Tagging"]["TagSet"]]
    stored.change_bucket(tx, bucket, tags=checked_tags(given, MOST_TAGS))
    return {STATUS: 204}


@ops.write
def delete_bucket_tagging(tx: Tx, req: t.DeleteBucketTaggingRequest) -> Any:
    stored.change_bucket(tx, existing(tx, req), tags={})
    return {STATUS: 204}


@ops.read
def get_bucket_versioning(tx: Tx, req: t.GetBucketVersioningRequest) -> Any:
    """It was never on."""
    existing(tx, req)
    return {}


@ops.write
def put_bucket_versioning(tx: Tx, req: t.PutBucketVersioningRequest) -> Any:
    existing(tx, req)
    raise not_implemented("versioning")


@ops.read
def get_bucket_request_payment(tx: Tx, req: t.GetBucketRequestPaymentRequest) -> Any:
    existing(tx, req)
    return {"Payer": "BucketOwner"}


@ops.read
def get_bucket_accelerate_configuration(
    tx: Tx, req: t.GetBucketAccelerateConfigurationRequest
) -> Any:
    existing(tx, req)
    return {}


@ops.read
def get_bucket_logging(tx: Tx, req: t.GetBucketLoggingRequest) -> Any:
    existing(tx, req)
    return {}


@ops.read
def get_bucket_ownership_controls(tx: Tx, req: t.GetBucketOwnershipControlsRequest) -> Any:
    """As of every bucket that is made without saying otherwise: lists of access mean nothing."""
    existing(tx, req)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}


@ops.read
def get_public_access_block(tx: Tx, req: t.GetPublicAccessBlockRequest) -> Any:
    """As of every bucket that is made without saying otherwise: and nobody is served without a signature."""
    existing(tx, req)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {"PublicAccessBlockConfiguration": dict.fromkeys(names, True)}


@ops.read
def get_bucket_cors(tx: Tx, req: t.GetBucketCorsRequest) -> Any:
    raise none_of(tx, req, "NoSuchCORSConfiguration", "CORS")


@ops.read
def get_bucket_website(tx: Tx, req: t.GetBucketWebsiteRequest) -> Any:
    raise none_of(tx, req, "NoSuchWebsiteConfiguration", "website")


@ops.read
def get_bucket_lifecycle_configuration(
    tx: Tx, req: t.GetBucketLifecycleConfigurationRequest
) -> Any:
    raise none_of(tx, req, "NoSuchLifecycleConfiguration", "lifecycle")


@ops.read
def get_bucket_replication(tx: Tx, req: t.GetBucketReplicationRequest) -> Any:
    raise none_of(tx, req, "ReplicationConfigurationNotFoundError", "replication")


@ops.read
def get_bucket_encryption(tx: Tx, req: t.GetBucketEncryptionRequest) -> Any:
    raise none_of(
        tx, req, "ServerSideEncryptionConfigurationNotFoundError", "server side encryption"
    )


@ops.read
def get_object_lock_configuration(tx: Tx, req: t.GetObjectLockConfigurationRequest) -> Any:
    raise none_of(tx, req, "ObjectLockConfigurationNotFoundError", "Object Lock")


def none_of(tx: Tx, req: Any, code: str, what: str) -> Exception:
    bucket = existing(tx, req)
    return error(code, f"The {what} configuration does not exist", BucketName=bucket.name)
