"""S3's errors: its model declares few of those it answers.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from forecourt.aws.errors import AwsError, common

STATUSES = {
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "EntityTooSmall": 400,
    "IllegalLocationConstraintException": 400,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidTag": 400,
    "KeyTooLongError": 400,
    "MalformedPolicy": 400,
    "MalformedXML": 400,
    "MetadataTooLarge": 400,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchConfiguration": 404,
    "NoSuchCORSConfiguration": 404,
    "NoSuchKey": 404,
    "NoSuchLifecycleConfiguration": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
    "NoSuchTagSet": 404,
    "NoSuchUpload": 404,
    "NoSuchVersion": 404,
    "NoSuchWebsiteConfiguration": 404,
    "NotImplemented": 501,
    "NotModified": 304,
    "ObjectLockConfigurationNotFoundError": 404,
    "OwnershipControlsNotFoundError": 404,
    "PreconditionFailed": 412,
    "ReplicationConfigurationNotFoundError": 404,
    "SlowDown": 503,
    "ServerSideEncryptionConfigurationNotFoundError": 404,
    "TooManyBuckets": 400,
    "AccessDenied": 403,
}
KINDS = {code: common(code, status) for code, status in STATUSES.items()}


def error(code: str, message: str, **members: str) -> AwsError:
    """One of them; `members` are written beside its message."""
    return KINDS[code](message, **members)


def not_implemented(what: str) -> AwsError:
    return error(
        "NotImplemented",
        f"A header you provided implies functionality that is not implemented: {what}",
    )
