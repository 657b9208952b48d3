"""Topics and their attributes.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity import grammar
from forecourt.platform.notify import delivering, subscriptions, topics
from forecourt.platform.notify.topics import FIFO, TOPICS, errors
from forecourt.store.resources import Resource

from .tags import checked

if TYPE_CHECKING:
    from forecourt.aws.types import sns as t
    from forecourt.store.tx import Tx

ops = Operations("sns")
NAME = re.compile(r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?\Z")
PAGE = 100
MOST = 100_000
SETTABLE = frozenset(
    ("DisplayName", "Policy", "DeliveryPolicy", "SignatureVersion", "ContentBasedDeduplication",
     "FifoThroughputScope", "TracingConfig")
)  # fmt: skip
ONLY_FIFO = frozenset(("ContentBasedDeduplication", "FifoThroughputScope"))
# Members of a delivery policy's part for HTTP, and the numbers they may be.
RETRY_LIMITS: Mapping[str, tuple[float, float]] = {
    "minDelayTarget": (1, 3600),
    "maxDelayTarget": (1, 3600),
    "numRetries": (0, 100),
    "numNoDelayRetries": (0, 100),
    "numMinDelayRetries": (0, 100),
    "numMaxDelayRetries": (0, 100),
}
BACKOFFS = ("arithmetic", "exponential", "geometric", "linear")


@ops.write
def create_topic(tx: Tx, req: t.CreateTopicInput) -> t.CreateTopicResponse:
    """Make a topic; one that is there already, with the same attributes, is answered again."""
    name, given = req["Name"], dict(req.get("Attributes", {}))
    if NAME.match(name) is None:
        raise invalid("Topic Name")
    is_fifo = given.pop("FifoTopic", "false") == "true"
    if is_fifo != name.endswith(FIFO):
        raise invalid(
            "Topic Name" if is_fifo else "Fifo Topic names must end with .fifo and be FIFO"
        )
    spec: dict[str, Any] = {"Fifo": is_fifo}
    for attribute, value in given.items():
        spec |= checked_attribute(is_fifo, attribute, value)
    if "DataProtectionPolicy" in req:
        raise invalid("DataProtectionPolicy: data protection is not implemented here")
    tags = checked(req.get("Tags", []))
    if (known := TOPICS.find(tx, name)) is not None:
        if any(known.spec.get(key) != value for key, value in spec.items()):
            raise invalid("Attributes Reason: Topic already exists with different attributes")
        if tags and tags != known.tags:
            raise invalid("Tags Reason: Topic already exists with different tags")
        return {"TopicArn": known.arn}
    if TOPICS.count(tx) >= MOST:
        raise errors.TopicLimitExceededException("You have reached the limit of topics")
    return {"TopicArn": TOPICS.create(tx, name, spec, {"Deleted": 0}, tags).arn}


@ops.write
def delete_topic(tx: Tx, req: t.DeleteTopicInput) -> None:
    """Take a topic and its subscriptions away; what was published and not delivered goes too."""
    found = topics.find(tx, named(req["TopicArn"]))
    if found is None:
        return
    for each in subscriptions.of_topic(tx, found.arn):
        subscriptions.remove(tx, each.arn)
    TOPICS.remove(tx, found)


@ops.read
def list_topics(tx: Tx, req: t.ListTopicsInput) -> t.ListTopicsResponse:
    start = req.get("NextToken", "")
    found = TOPICS.page(tx, start, PAGE)
    answer: t.ListTopicsResponse = {"Topics": [{"TopicArn": each.arn} for each in found[:PAGE]]}
    if len(found) > PAGE:
        answer["NextToken"] = found[PAGE].name
    return answer


@ops.read
def get_topic_attributes(tx: Tx, req: t.GetTopicAttributesInput) -> t.GetTopicAttributesResponse:
    found = existing(tx, req["TopicArn"])
    known = subscriptions.of_topic(tx, found.arn)
    confirmed = sum(1 for each in known if each.confirmed)
    shown = {
        "TopicArn": found.arn,
        "Owner": topics.account_of(found.arn),
        "DisplayName": found.spec.get("DisplayName", ""),
        "Policy": found.spec.get("Policy") or topics.default_policy(found.arn),
        "SubscriptionsConfirmed": str(confirmed),
        "SubscriptionsPending": str(len(known) - confirmed),
        "SubscriptionsDeleted": str(found.status["Deleted"]),
        "EffectiveDeliveryPolicy": json.dumps(effective(found)),
    }
    for name in ("DeliveryPolicy", "SignatureVersion", "TracingConfig"):
        if name in found.spec:
            shown[name] = found.spec[name]
    if found.spec["Fifo"]:
        shown |= {
            "FifoTopic": "true",
            "ContentBasedDeduplication": found.spec.get("ContentBasedDeduplication", "false"),
            "FifoThroughputScope": found.spec.get("FifoThroughputScope", "Topic"),
        }
    return {"Attributes": shown}


@ops.write
def set_topic_attributes(tx: Tx, req: t.SetTopicAttributesInput) -> None:
    found = existing(tx, req["TopicArn"])
    name, value = req["AttributeName"], req.get("AttributeValue", "")
    spec = {**found.spec, **checked_attribute(found.spec["Fifo"], name, value)}
    if not value:
        spec.pop(name, None)
    TOPICS.change(tx, found, spec=spec)


def checked_attribute(is_fifo: bool, name: str, value: str) -> dict[str, str]:
    """An attribute as it is kept.  InvalidParameter."""
    if name not in SETTABLE:
        raise invalid("AttributeName")
    if name in ONLY_FIFO and not is_fifo:
        raise invalid(f"AttributeName Reason: {name} can only be set for FIFO topics")
    match name:
        case "DisplayName":
            if len(value) > 100 or "\n" in value:
                raise invalid("DisplayName")
        case "Policy" if value:
            if (problem := grammar.problem(value, kind="resource")) is not None:
                raise invalid(f"Policy Error: {problem}")
        case "DeliveryPolicy" if value:
            check_delivery_policy(document(value, "DeliveryPolicy"))
        case "SignatureVersion":
            if value not in ("1", "2"):
                raise invalid("SignatureVersion")
        case "TracingConfig":
            if value != "PassThrough":
                raise invalid("TracingConfig Reason: active tracing is not implemented here")
        case "ContentBasedDeduplication":
            if value not in ("true", "false"):
                raise invalid("ContentBasedDeduplication")
        case "FifoThroughputScope":
            if value not in ("Topic", "MessageGroup"):
                raise invalid("FifoThroughputScope")
    return {name: value}


def check_delivery_policy(given: Mapping[str, Any]) -> None:
    """A topic's.  InvalidParameter."""
    if unknown := set(given) - {"http"}:
        raise invalid(f"DeliveryPolicy: unexpected member {min(unknown)}")
    http = given.get("http", {})
    if not isinstance(http, dict) or set(http) - {
        "defaultHealthyRetryPolicy",
        "disableSubscriptionOverrides",
        "defaultThrottlePolicy",
        "defaultRequestPolicy",
    }:
        raise invalid("DeliveryPolicy: http")
    if "defaultHealthyRetryPolicy" in http:
        check_retries(http["defaultHealthyRetryPolicy"])


def check_retries(given: Any) -> None:
    """How often and when a delivery is tried again.  InvalidParameter."""
    if not isinstance(given, dict) or set(given) - {*RETRY_LIMITS, "backoffFunction"}:
        raise invalid("DeliveryPolicy: healthyRetryPolicy")
    for name, (least, most) in RETRY_LIMITS.items():
        value = given.get(name, least)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not least <= value <= most
        ):
            raise invalid(f"DeliveryPolicy: {name} must be between {least} and {most}")
    if given.get("backoffFunction", "linear") not in BACKOFFS:
        raise invalid("DeliveryPolicy: backoffFunction")
    whole = {**delivering.DEFAULT_RETRIES, **given}
    if whole["minDelayTarget"] > whole["maxDelayTarget"]:
        raise invalid("DeliveryPolicy: minDelayTarget must be at most maxDelayTarget")
    phases = sum(whole[f"num{each}Retries"] for each in ("NoDelay", "MinDelay", "MaxDelay"))
    if phases > whole["numRetries"]:
        raise invalid("DeliveryPolicy: numRetries must be at least the retries of its phases")


def effective(found: Resource) -> dict[str, Any]:
    policy = json.loads(found.spec.get("DeliveryPolicy") or "{}").get("http", {})
    return {
        "http": {
            "defaultHealthyRetryPolicy": delivering.effective(
                found.spec.get("DeliveryPolicy"), None
            ),
            "disableSubscriptionOverrides": policy.get("disableSubscriptionOverrides", False),
            "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        }
    }


def document(text: str, name: str) -> dict[str, Any]:
    """A JSON object.  InvalidParameter."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise invalid(f"{name}: failed to parse JSON.")
    return found


def named(arn: str) -> str:
    """InvalidParameter where it is no topic's ARN."""
    if not arn.startswith("arn:aws:sns:") or arn.count(":") != 5:
        raise invalid("TopicArn")
    return arn


def existing(tx: Tx, arn: str) -> Resource:
    """NotFound."""
    found = topics.find(tx, named(arn))
    if found is None:
        raise errors.NotFoundException("Topic does not exist")
    return found


def invalid(what: str) -> Exception:
    return errors.InvalidParameterException(f"Invalid parameter: {what}")
