"""Tags of hosted zones and health checks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from forecourt.aws.operations import Operations

from .health_checks import checks
from .health_checks import get as get_check
from .zones import errors, get_zone

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
MOST = 50  # tags of a resource


@ops.write
def change_tags_for_resource(
    tx: Tx, req: t.ChangeTagsForResourceRequest
) -> t.ChangeTagsForResourceResponse:
    """Remove tags, then add some."""
    resource_id = req["ResourceId"]
    tags = tags_of(tx, req["ResourceType"], resource_id)
    for key in req.get("RemoveTagKeys", []):
        tags.pop(key, None)
    added = [tag.get("Key", "") for tag in req.get("AddTags", [])]
    if len(set(added)) < len(added):
        raise errors.InvalidInput("Duplicate tag keys in the request.")
    if any(not key or key.lower().startswith("aws:") for key in added):
        raise errors.InvalidInput("Tag keys must not be empty or start with aws:.")
    tags |= {tag.get("Key", ""): tag.get("Value", "") for tag in req.get("AddTags", [])}
    if len(tags) > MOST:
        raise errors.InvalidInput(f"A resource can have at most {MOST} tags.")
    if req["ResourceType"] == "healthcheck":
        checks.change(tx, get_check(tx, resource_id), tags=tags)
    else:
        sql = "UPDATE route53_zone SET tags = :tags WHERE id = :id"
        tx.run(sql, tags=json.dumps(tags), id=resource_id)
    return {}


@ops.read
def list_tags_for_resource(
    tx: Tx, req: t.ListTagsForResourceRequest
) -> t.ListTagsForResourceResponse:
    return {"ResourceTagSet": tag_set(tx, req["ResourceType"], req["ResourceId"])}


@ops.read
def list_tags_for_resources(
    tx: Tx, req: t.ListTagsForResourcesRequest
) -> t.ListTagsForResourcesResponse:
    found = [tag_set(tx, req["ResourceType"], each) for each in req["ResourceIds"]]
    return {"ResourceTagSets": found}


def tags_of(tx: Tx, type_: str, resource_id: str) -> dict[str, str]:
    """A resource's tags.  NoSuchHealthCheck, NoSuchHostedZone."""
    if type_ == "healthcheck":
        return dict(get_check(tx, resource_id).tags)
    found: dict[str, str] = json.loads(get_zone(tx, resource_id).tags)
    return found


def tag_set(
    tx: Tx, type_: Literal["healthcheck", "hostedzone"], resource_id: str
) -> t.ResourceTagSet:
    tags = tags_of(tx, type_, resource_id)
    return {
        "ResourceType": type_,
        "ResourceId": resource_id,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }
