"""Publish messages, one or ten.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import AwsError
from forecourt.aws.operations import Operations
from forecourt.platform.notify import publishing
from forecourt.platform.notify.topics import TOPICS, errors
from forecourt.store.resources import Resource

from .topics import document, existing, invalid

if TYPE_CHECKING:
    from forecourt.aws.types import sns as t
    from forecourt.store.tx import Tx

ops = Operations("sns")
LARGEST = 256 * 1024  # bytes of a message with its attributes, or of a batch
LONGEST_SUBJECT = 100
MOST = 10  # of a batch
SAME_WITHIN = timedelta(minutes=5)
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
ATTRIBUTE = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)\Z")
GROUP = re.compile(r"[!-~]{1,128}\Z")
TYPES = ("String", "Number", "Binary")


@ops.write
def publish(tx: Tx, req: t.PublishInput) -> Any:
    """Tell all who want it.  InvalidParameter, InvalidParameterValue, NotFound."""
    if "PhoneNumber" in req:
        raise invalid("PhoneNumber Reason: SMS is not served here")
    arn = req.get("TopicArn") or req.get("TargetArn")
    if not arn:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    return told(tx, existing(tx, arn), req)


@ops.write
def publish_batch(tx: Tx, req: t.PublishBatchInput) -> t.PublishBatchResponse:
    """Up to ten messages, each for itself right or wrong."""
    existing(tx, req["TopicArn"])
    entries = req["PublishBatchRequestEntries"]
    if not entries:
        raise errors.EmptyBatchRequestException("The batch request doesn't contain any entries.")
    if len(entries) > MOST:
        raise errors.TooManyEntriesInBatchRequestException(
            "The batch request contains more entries than permissible."
        )
    ids = [each["Id"] for each in entries]
    if any(ENTRY_ID.match(each) is None for each in ids):
        raise errors.InvalidBatchEntryIdException(
            "The Id of a batch entry in a batch request doesn't abide by the specification."
        )
    if len(set(ids)) < len(ids):
        raise errors.BatchEntryIdsNotDistinctException(
            "Two or more batch entries in the request have the same Id."
        )
    if sum(len(each["Message"].encode()) for each in entries) > LARGEST:
        raise errors.BatchRequestTooLongException(
            "The length of all the batch messages put together is more than the limit."
        )
    answer: Any = {"Successful": [], "Failed": []}
    for each in entries:
        try:
            topic = existing(tx, req["TopicArn"])  # its numbers grow
            answer["Successful"].append({"Id": each["Id"], **told(tx, topic, each)})
        except AwsError as wrong:
            answer["Failed"].append(
                {"Id": each["Id"], "Code": wrong.code, "Message": str(wrong), "SenderFault": True}
            )
    return answer


def told(tx: Tx, topic: Resource, req: Any) -> Any:
    """Publish one message, checked."""
    attributes = checked_attributes(req.get("MessageAttributes", {}))
    text = checked_text(req)
    size = len(req["Message"].encode()) + sum(
        len(name)
        + len(each["DataType"])
        + len(str(each.get("StringValue") or each.get("BinaryValue")))
        for name, each in attributes.items()
    )
    if size > LARGEST:
        raise invalid("Message too long")
    subject = req.get("Subject", "")
    if "Subject" in req and not (
        1 <= len(subject) <= LONGEST_SUBJECT
        and subject.isprintable()
        and subject.isascii()
        and not subject[0].isspace()
    ):
        raise invalid("Subject")
    if not topic.spec["Fifo"]:
        if "MessageDeduplicationId" in req:
            raise invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter"
                " that is not valid for this topic type"
            )
        return {"MessageId": publishing.publish(tx, topic.arn, text, subject, attributes)}
    return in_order(tx, topic, req, text, subject, attributes)


def in_order(
    tx: Tx,
    topic: Resource,
    req: Any,
    text: Mapping[str, str],
    subject: str,
    attributes: Mapping[str, Any],
) -> Any:
    """A message of a FIFO topic: once within five minutes, with a number that grows."""
    if GROUP.match(req.get("MessageGroupId", "")) is None:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    id = req.get("MessageDeduplicationId", "")
    if not id:
        if topic.spec.get("ContentBasedDeduplication") != "true":
            raise invalid(
                "The topic should either have ContentBasedDeduplication enabled or"
                " MessageDeduplicationId provided explicitly"
            )
        id = hashlib.sha256(req["Message"].encode()).hexdigest()
    if topic.spec.get("FifoThroughputScope", "Topic") == "MessageGroup":
        id = f"{req['MessageGroupId']} {id}"
    before = (tx.now - SAME_WITHIN).timestamp()
    tx.run(
        "DELETE FROM sns_duplicate WHERE topic = :topic AND at < :before",
        topic=topic.arn,
        before=before,
    )
    known = tx.value(
        "SELECT message FROM sns_duplicate WHERE topic = :topic AND id = :id",
        topic=topic.arn,
        id=id,
    )
    if known is not None:
        return json.loads(known)
    number = int(topic.status.get("Sequence", 0)) + 1
    TOPICS.change(tx, topic, status={**topic.status, "Sequence": number})
    answer = {
        "MessageId": publishing.publish(tx, topic.arn, text, subject, attributes),
        "SequenceNumber": f"{10**19 + number}",
    }
    tx.run(
        "INSERT INTO sns_duplicate (topic, id, message, at) VALUES (:topic, :id, :message, :at)",
        topic=topic.arn,
        id=id,
        message=json.dumps(answer),
        at=tx.now.timestamp(),
    )
    return answer


def checked_text(req: Any) -> dict[str, str]:
    """The message, by protocol.  InvalidParameter."""
    if not req["Message"]:
        raise invalid("Empty message")
    structure = req.get("MessageStructure", "")
    if not structure:
        return {"default": req["Message"]}
    if structure != "json":
        raise invalid("MessageStructure")
    try:
        found = document(req["Message"], "")
    except AwsError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(found.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def checked_attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    """InvalidParameterValue."""
    found: dict[str, Any] = {}
    for name, each in given.items():
        kind = each.get("DataType", "")
        if ATTRIBUTE.match(name) is None:
            raise wrong(f"The message attribute name '{name}' is not valid.")
        if kind.partition(".")[0] not in TYPES:
            raise wrong(
                f"The message attribute '{name}' has an invalid message attribute type, the set of"
                " supported type prefixes is Binary, Number, and String."
            )
        if kind.startswith("Binary"):
            value = each.get("BinaryValue")
            if not value:
                raise wrong(f"The message attribute '{name}' must contain a non-empty value.")
            found[name] = {"DataType": kind, "BinaryValue": encoded(value)}
            continue
        value = each.get("StringValue")
        if not value:
            raise wrong(
                f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{kind}'."
            )
        if kind.startswith("Number") and not is_number(value):
            raise wrong(f"Could not cast message attribute '{name}' value to number.")
        if kind == "String.Array" and not is_array(value):
            raise wrong(
                f"The message attribute '{name}' is no array of strings, numbers, true, false and null."
            )
        found[name] = {"DataType": kind, "StringValue": value}
    return found


def is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def is_array(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, list) and all(
        each is None or isinstance(each, str | int | float) for each in found
    )


def encoded(value: bytes | str) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    try:
        b64decode(value, validate=True)
    except binascii.Error:
        raise wrong("A BinaryValue is no base64.") from None
    return value


def wrong(text: str) -> Exception:
    return errors.InvalidParameterValueException(text)
