"""Tags of whatever has an ARN here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.store.resources import Kind, Resource

from .stored import BY_KIND, check_tags, errors

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")


@ops.write
def add_tags_to_resource(tx: Tx, req: t.AddTagsToResourceMessage) -> t.TagListMessage:
    kind, found = tagged(tx, req["ResourceName"])
    given = {tag["Key"]: tag.get("Value", "") for tag in req["Tags"]}
    tags = {**found.tags, **given}
    check_tags(tags)
    return listed(kind.change(tx, found, tags=tags))


@ops.write
def remove_tags_from_resource(tx: Tx, req: t.RemoveTagsFromResourceMessage) -> t.TagListMessage:
    kind, found = tagged(tx, req["ResourceName"])
    for key in req["TagKeys"]:
        if key not in found.tags:
            raise errors.TagNotFoundFault(f"The tag {key} is not on the resource.")
    kept = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    return listed(kind.change(tx, found, tags=kept))


@ops.read
def list_tags_for_resource(tx: Tx, req: t.ListTagsForResourceMessage) -> t.TagListMessage:
    return listed(tagged(tx, req["ResourceName"])[1])


def listed(found: Resource) -> Any:
    return {"TagList": [{"Key": k, "Value": v} for k, v in sorted(found.tags.items())]}


def tagged(tx: Tx, arn: str) -> tuple[Kind, Resource]:
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        raise errors.InvalidARNFault(f"{arn} is not a valid ARN.") from None
    name, _, id = parsed.resource.partition(":")
    kind = BY_KIND.get(name)
    if kind is None or parsed.service != "elasticache":
        raise errors.InvalidARNFault(f"{arn} is not a valid ARN of ElastiCache.")
    found = kind.find(tx, id)
    if found is None or found.arn != arn:
        raise kind.missing(f"{id} is either not present or not available.")
    return kind, found
