"""Tags of hosted zones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from forecourt.aws.operations import Operations

from .zones import Zone, errors, get_zone

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
    zone = tagged(tx, req["ResourceType"], req["ResourceId"])
    tags: dict[str, str] = json.loads(zone.tags)
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
    tx.run("UPDATE route53_zone SET tags = :tags WHERE id = :id", tags=json.dumps(tags), id=zone.id)
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


def tagged(tx: Tx, type_: str, resource_id: str) -> Zone:
    if type_ == "healthcheck":
        raise errors.NoSuchHealthCheck(f"A health check with id {resource_id} does not exist.")
    return get_zone(tx, resource_id)


def tag_set(
    tx: Tx, type_: Literal["healthcheck", "hostedzone"], resource_id: str
) -> t.ResourceTagSet:
    zone = tagged(tx, type_, resource_id)
    tags = json.loads(zone.tags)
    return {
        "ResourceType": type_,
        "ResourceId": zone.id,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }
