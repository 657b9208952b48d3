"""Tags of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.keys.stored import KEYS, errors

from .identifiers import own_key, staying_key
from .pages import page

if TYPE_CHECKING:
    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")
MOST = 50


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> None:
    key = staying_key(tx, req["KeyId"])
    KEYS.change(tx, key.resource, tags=checked_tags(key.resource.tags, req["Tags"]))


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> None:
    key = staying_key(tx, req["KeyId"])
    kept = {k: v for k, v in key.resource.tags.items() if k not in req["TagKeys"]}
    KEYS.change(tx, key.resource, tags=kept)


@ops.read
def list_resource_tags(tx: Tx, req: t.ListResourceTagsRequest) -> t.ListResourceTagsResponse:
    tags = own_key(tx, req["KeyId"]).resource.tags
    return page(
        "Tags",
        sorted(tags),
        req,
        by=str,
        show=lambda name: {"TagKey": name, "TagValue": tags[name]},
        default=MOST,
        most=MOST,
    )


def checked_tags(present: Mapping[str, str], added: Iterable[t.Tag]) -> dict[str, str]:
    """The tags with others added.  TagException."""
    names = [tag["TagKey"] for tag in added]
    if len(set(names)) < len(names):
        raise errors.TagException("Duplicate tag keys")
    if any(name.lower().startswith("aws:") for name in names):
        raise errors.TagException("Tags beginning with aws: are reserved")
    tags = {**present, **{tag["TagKey"]: tag["TagValue"] for tag in added}}
    if len(tags) > MOST:
        raise errors.TagException("Too many tags")
    return tags
