"""Tags of topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.notify import topics
from forecourt.platform.notify.topics import TOPICS, errors
from forecourt.store.resources import Resource

if TYPE_CHECKING:
    from forecourt.aws.types import sns as t
    from forecourt.store.tx import Tx

ops = Operations("sns")
MOST = 50


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> dict[str, Any]:
    found = tagged(tx, req["ResourceArn"])
    given = checked(req["Tags"])
    together = {**found.tags, **given}
    if len(together) > MOST:
        raise errors.TagLimitExceededException(f"A topic has at most {MOST} tags")
    TOPICS.change(tx, found, tags=together)
    return {}


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> dict[str, Any]:
    found = tagged(tx, req["ResourceArn"])
    left = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    TOPICS.change(tx, found, tags=left)
    return {}


@ops.read
def list_tags_for_resource(tx: Tx, req: t.ListTagsForResourceRequest) -> Any:
    found = tagged(tx, req["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


def tagged(tx: Tx, arn: str) -> Resource:
    found = topics.find(tx, arn)
    if found is None:
        raise errors.ResourceNotFoundException("Resource does not exist")
    return found


def checked(given: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """InvalidParameter, TagLimitExceeded."""
    found: dict[str, str] = {}
    for each in given:
        key, value = each["Key"], each["Value"]
        if key in found:
            raise errors.InvalidParameterException(
                "Invalid parameter: Duplicated keys are not allowed."
            )
        if key.lower().startswith("aws:"):
            raise errors.InvalidParameterException(
                "Invalid parameter: Tag keys that begin with aws: are reserved"
            )
        found[key] = value
    if len(found) > MOST:
        raise errors.TagLimitExceededException(f"A topic has at most {MOST} tags")
    return found
