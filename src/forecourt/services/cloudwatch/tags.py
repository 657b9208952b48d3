"""Tags of alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.measurements.alarms import ALARMS, errors, find
from forecourt.store.resources import Resource

if TYPE_CHECKING:
    from forecourt.aws.types import cloudwatch as t
    from forecourt.store.tx import Tx

ops = Operations("cloudwatch")
MOST = 50


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceInput) -> Any:
    found = tagged(tx, req["ResourceARN"])
    ALARMS.change(tx, found, tags=checked(req["Tags"], found.tags))
    return {}


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceInput) -> Any:
    found = tagged(tx, req["ResourceARN"])
    left = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    ALARMS.change(tx, found, tags=left)
    return {}


@ops.read
def list_tags_for_resource(tx: Tx, req: t.ListTagsForResourceInput) -> Any:
    found = tagged(tx, req["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


def tagged(tx: Tx, arn: str) -> Resource:
    found = find(tx, arn) if arn.startswith("arn:aws:cloudwatch:") else None
    if found is None or ":alarm:" not in arn:
        raise errors.ResourceNotFoundException(
            f"There is no such resource: {arn}", ResourceType="Alarm", ResourceId=arn
        )
    return found


def checked(given: Iterable[Mapping[str, Any]], known: Mapping[str, str]) -> dict[str, str]:
    """InvalidParameterValue."""
    found = {**known, **{each["Key"]: each["Value"] for each in given}}
    if len(found) > MOST:
        raise errors.InvalidParameterValueException(f"An alarm has at most {MOST} tags.")
    if any(key.lower().startswith("aws:") for key in found):
        raise errors.InvalidParameterValueException("Tag keys must not begin with aws:.")
    return found
