"""Tags: given when a resource is made, added and taken away later, and listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from .describing import answer, matching, page
from .kinds import TYPES, InvalidParameterValue, Type

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

MOST = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
TagLimitExceeded = common("TagLimitExceeded", 400)
InvalidID = common("InvalidID", 400)
FILTERS = {
    "key": "Key",
    "resource-id": "ResourceId",
    "resource-type": "ResourceType",
    "value": "Value",
}


@ops.write
def create_tags(tx: Tx, req: t.CreateTagsRequest) -> None:
    """Add tags to resources of any kinds, or change their values."""
    added = checked(req["Tags"])
    for type_, found in tagged(tx, req["Resources"]):
        tags = {**found.tags, **added}
        if len(tags) > MOST:
            raise TagLimitExceeded("The maximum number of Tags for a resource has been reached.")
        type_.kind.change(tx, found, tags=tags)


@ops.write
def delete_tags(tx: Tx, req: t.DeleteTagsRequest) -> None:
    """Take tags away: those named, with a value only if they have it; without any named, all."""
    named = req.get("Tags")
    for type_, found in tagged(tx, req["Resources"]):
        kept = {
            key: value
            for key, value in found.tags.items()
            if named is not None
            and not any(tag.get("Key") == key and tag.get("Value", value) == value for tag in named)
        }
        type_.kind.change(tx, found, tags=kept)


@ops.read
def describe_tags(tx: Tx, req: t.DescribeTagsRequest) -> t.DescribeTagsResult:
    """All tags of the caller's resources, by resource and key."""
    found: list[dict[str, Any]] = [
        {
            "ResourceId": each.name,
            "ResourceType": type_.kind.name,
            "Key": key,
            "Value": value,
            "Tags": [{"Key": key, "Value": value}],
        }
        for type_ in TYPES.values()
        for each in type_.kind.all(tx)
        for key, value in each.tags.items()
    ]
    found.sort(key=order)
    given: Mapping[str, Any] = req
    items, next_token = page(matching(found, FILTERS, given), given, order)
    shown: t.DescribeTagsResult = answer("Tags", (items, next_token))
    return shown


def order(tag: Mapping[str, Any]) -> str:
    return f"{tag['ResourceId']} {tag['Key']}"


def tagged(tx: Tx, ids: Iterable[str]) -> list[tuple[Type, Resource]]:
    """The resources of ids of any kind."""
    types = []
    for given in ids:
        type_ = TYPES.get(given.partition("-")[0])
        if type_ is None:
            raise InvalidID(f"The ID '{given}' is not valid")
        types.append((type_, given))
    return [(type_, type_.get(tx, given)) for type_, given in types]


def at_creation(req: Mapping[str, Any], type_: Type) -> dict[str, str]:
    """The tags that a request makes a resource with."""
    found: list[Any] = []
    for specification in req.get("TagSpecifications", []):
        kind = specification.get("ResourceType", "")
        if kind != type_.kind.name:
            wrong = common("InvalidParameter", 400) if type_.prefix == "vpc" else None
            raise (wrong or InvalidParameterValue)(
                f"'{kind}' is not a valid taggable resource type for this operation."
            )
        if not specification.get("Tags"):
            raise InvalidParameterValue("Tag specification must have at least one tag")
        found += specification["Tags"]
    tags = checked(found)
    if len(tags) > MOST:
        raise TagLimitExceeded("The maximum number of Tags for a resource has been reached.")
    return tags


def checked(given: Iterable[t.Tag]) -> dict[str, str]:
    """Tags as a request gives them.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
    """
    tags: dict[str, str] = {}
    for tag in given:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not key:
            raise InvalidParameterValue("Tag key cannot be null or empty")
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue(
                "Tag keys starting with 'aws:' are reserved for internal use"
            )
        if len(key) > LONGEST_KEY:
            raise InvalidParameterValue(
                f"Tag key exceeds the maximum length of {LONGEST_KEY} characters"
            )
        if len(value) > LONGEST_VALUE:
            raise InvalidParameterValue(
                f"Tag value exceeds the maximum length of {LONGEST_VALUE} characters"
            )
        if key in tags:
            raise InvalidParameterValue(f"Duplicate tag key '{key}' specified.")
        tags[key] = value
    return tags


def shown(tags: Mapping[str, str]) -> list[t.Tag]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
