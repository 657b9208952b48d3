"""Tags of organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from .stored import ORGANIZATIONS, errors

if TYPE_CHECKING:
    from forecourt.aws.types import workmail as t
    from forecourt.store.tx import Tx

ops = Operations("workmail")
MOST = 50


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> None:
    found = tagged(tx, req["ResourceARN"])
    tags = {**found.tags, **{tag["Key"]: tag["Value"] for tag in req["Tags"]}}
    if any(name.lower().startswith("aws:") for name in tags):
        raise errors.InvalidParameterException("Tag keys that begin with aws: are reserved.")
    if len(tags) > MOST:
        raise errors.TooManyTagsException("The resource can have up to 50 user-applied tags.")
    ORGANIZATIONS.change(tx, found, tags=tags)


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> None:
    found = tagged(tx, req["ResourceARN"])
    kept = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    ORGANIZATIONS.change(tx, found, tags=kept)


@ops.read
def list_tags_for_resource(
    tx: Tx, req: t.ListTagsForResourceRequest
) -> t.ListTagsForResourceResponse:
    found = tagged(tx, req["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(found.tags.items())]}


def tagged(tx: Tx, arn: str) -> Resource:
    found = ORGANIZATIONS.find(tx, arn.rpartition("/")[2])
    if found is None or found.arn != arn:
        raise errors.ResourceNotFoundException("The resource cannot be found.")
    return found
