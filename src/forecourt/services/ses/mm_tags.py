"""Tags of what Mail Manager has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Kind, Resource, at

from .mm_stored import INGRESS_POINTS, POLICIES, RULE_SETS, errors

if TYPE_CHECKING:
    from forecourt.aws.types import mailmanager as t
    from forecourt.store.tx import Tx

ops = Operations("mailmanager")
MOST = 200


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> Any:
    kind, found = tagged(tx, req["ResourceArn"])
    tags = {**found.tags, **{each["Key"]: each["Value"] for each in req["Tags"]}}
    if len(tags) > MOST:
        raise errors.ServiceQuotaExceededException(f"A resource has at most {MOST} tags.")
    kind.change(tx, found, tags=tags)
    return {}


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> Any:
    kind, found = tagged(tx, req["ResourceArn"])
    left = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    kind.change(tx, found, tags=left)
    return {}


@ops.read
def list_tags_for_resource(tx: Tx, req: t.ListTagsForResourceRequest) -> Any:
    _, found = tagged(tx, req["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


def tagged(tx: Tx, arn: str) -> tuple[Kind, Resource]:
    own = f"arn:aws:ses:{tx.call.region}:{tx.call.account}:"
    for kind in (INGRESS_POINTS, POLICIES, RULE_SETS):
        if arn.startswith(f"{own}{kind.name}/") and (found := at(tx, arn)) is not None:
            return kind, found
    raise errors.ResourceNotFoundException(f"Resource {arn} was not found.")
