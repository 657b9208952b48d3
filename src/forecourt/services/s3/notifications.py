"""What happens to objects, told to topics and functions.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from forecourt.aws.operations import Operations
from forecourt.platform import functions
from forecourt.platform.notify import publishing, topics
from forecourt.platform.objects import stored
from forecourt.platform.objects.stored import Bucket, Object

from .buckets import arn, existing, owner
from .errors import error, not_implemented

if TYPE_CHECKING:
    from forecourt.aws.types import s3 as t
    from forecourt.store.tx import Tx

ops = Operations("s3")
SERVICE = "s3.amazonaws.com"
SETTING = "Notification"
MOST = 100  # configurations of a bucket
LISTS = {"TopicConfigurations": "TopicArn", "LambdaFunctionConfigurations": "LambdaFunctionArn"}
EVENTS = (
    "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated", "s3:ObjectTagging:*", "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
)  # fmt: skip


@ops.read
def get_bucket_notification_configuration(
    tx: Tx, req: t.GetBucketNotificationConfigurationRequest
) -> Any:
    return existing(tx, req).settings.get(SETTING, {})


@ops.write
def put_bucket_notification_configuration(
    tx: Tx, req: t.PutBucketNotificationConfigurationRequest
) -> Any:
    """Tell these topics and functions from now on; each topic gets a message to begin with."""
    bucket, wanted = existing(tx, req), req["NotificationConfiguration"]
    if wanted.get("QueueConfigurations") or "EventBridgeConfiguration" in wanted:
        raise not_implemented("notifications of queues and of EventBridge")
    kept: dict[str, Any] = {}
    for name, target in LISTS.items():
        given: list[Any] = wanted.get(name, [])  # type: ignore[assignment]
        for each in given:
            each.setdefault("Id", secrets.token_hex(16))
            check(tx, bucket, each, each[target])
        if given:
            kept[name] = given
    check_together([each for listed in kept.values() for each in listed])
    stored.change_bucket(tx, bucket, settings={**bucket.settings, SETTING: kept})
    if not req.get("SkipDestinationValidation"):
        for each in kept.get("TopicConfigurations", ()):
            test = {
                "Service": "Amazon S3",
                "Event": "s3:TestEvent",
                "Time": stamp(tx.now),
                "Bucket": bucket.name,
                "RequestId": secrets.token_hex(8).upper(),
                "HostId": "",
            }
            send(tx, bucket, each["TopicArn"], json.dumps(test))
    return {}


def check(tx: Tx, bucket: Bucket, each: Mapping[str, Any], target: str) -> None:
    """InvalidArgument."""
    if any(event not in EVENTS for event in each["Events"]):
        raise error("InvalidArgument", "The event is not supported for notifications")
    for rule in rules(each):
        if rule.get("Name", "").lower() not in ("prefix", "suffix"):
            raise error("InvalidArgument", "filter rule name must be either prefix or suffix")
    for_service = topics.for_service if target.startswith("arn:aws:sns:") else functions.for_service
    if for_service(tx, target, SERVICE, arn(bucket.name), bucket.account) is None:
        raise error(
            "InvalidArgument",
            "Unable to validate the following destination configurations",
            ArgumentName1=target,
            ArgumentValue1="The destination does not exist",
        )


def check_together(all_of_them: Sequence[Mapping[str, Any]]) -> None:
    """An event of an object is told once.  InvalidArgument."""
    if len(all_of_them) > MOST:
        raise error("InvalidArgument", f"A bucket has at most {MOST} notification configurations.")
    ids = [each["Id"] for each in all_of_them]
    if len(set(ids)) < len(ids):
        raise error("InvalidArgument", "Same ID used for multiple configurations.")
    for one, other in combinations(all_of_them, 2):
        if any(overlap(a, b) for a in one["Events"] for b in other["Events"]) and all(
            alike(affix(one, name), affix(other, name), name) for name in ("prefix", "suffix")
        ):
            raise error(
                "InvalidArgument",
                "Configurations overlap. Configurations on the same bucket cannot share a common event"
                " type.",
            )


def overlap(one: str, other: str) -> bool:
    return one == other or (
        one.rpartition(":")[0] == other.rpartition(":")[0] and "*" in (one[-1], other[-1])
    )


def affix(each: Mapping[str, Any], name: str) -> str:
    found = (rule.get("Value", "") for rule in rules(each) if rule["Name"].lower() == name)
    return next(found, "")


def alike(one: str, other: str, name: str) -> bool:
    """Whether a key may have both."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) if name == "prefix" else long.endswith(short)


def rules(each: Mapping[str, Any]) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = each.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return found


def tell(tx: Tx, bucket: Bucket, event: str, of: Object) -> None:
    """Tell whoever asked for it that something happened to an object."""
    configured: Mapping[str, Any] = bucket.settings.get(SETTING, {})
    for name, target in LISTS.items():
        for each in configured.get(name, ()):
            if not (wants(each["Events"], event) and fits(rules(each), of.key)):
                continue
            message = record(tx, bucket, event, of, each["Id"])
            if name == "TopicConfigurations":
                send(tx, bucket, each[target], json.dumps(message))
            else:
                invoke(tx, bucket, each[target], message)


def send(tx: Tx, bucket: Bucket, topic: str, message: str) -> None:
    subject, source = "Amazon S3 Notification", arn(bucket.name)
    publishing.by_service(tx, SERVICE, topic, message, subject, source, bucket.account)


def invoke(tx: Tx, bucket: Bucket, function: str, message: Mapping[str, Any]) -> None:
    source = arn(bucket.name)
    functions.by_service(tx, SERVICE, function, message, source, bucket.account)


def wants(events: list[str], event: str) -> bool:
    return f"s3:{event}" in events or f"s3:{event.partition(':')[0]}:*" in events


def fits(filters: Sequence[Mapping[str, str]], key: str) -> bool:
    for each in filters:
        value = each.get("Value", "")
        is_prefix = each["Name"].lower() == "prefix"
        if not (key.startswith(value) if is_prefix else key.endswith(value)):
            return False
    return True


def record(tx: Tx, bucket: Bucket, event: str, of: Object, id: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": quote_plus(of.key, safe="/")}
    if not event.startswith("ObjectRemoved"):
        shown |= {"size": of.size, "eTag": of.etag}
    shown["sequencer"] = f"{int(tx.now.timestamp() * 1000):016X}"
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": bucket.region,
                "eventTime": stamp(tx.now),
                "eventName": event,
                "userIdentity": {"principalId": tx.call.principal},
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "responseElements": {"x-amz-request-id": secrets.token_hex(8).upper()},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": id,
                    "bucket": {
                        "name": bucket.name,
                        "ownerIdentity": {"principalId": owner(bucket.account)["ID"]},
                        "arn": arn(bucket.name),
                    },
                    "object": shown,
                },
            }
        ]
    }


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
