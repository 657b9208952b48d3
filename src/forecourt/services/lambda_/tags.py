"""Tags of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import STATUS, Operations
from forecourt.platform.functions.stored import FUNCTIONS, errors

from .functions import named

if TYPE_CHECKING:
    from forecourt.aws.types import lambda_ as t
    from forecourt.store.tx import Tx

ops = Operations("lambda")
MOST = 50


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> Any:
    found = named(tx, req["Resource"])
    together = {**found.tags, **req["Tags"]}
    if len(together) > MOST:
        raise errors.InvalidParameterValueException(f"A function has at most {MOST} tags.")
    FUNCTIONS.change(tx, found, tags=together)
    return {STATUS: 204}


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> Any:
    found = named(tx, req["Resource"])
    left = {key: value for key, value in found.tags.items() if key not in req["TagKeys"]}
    FUNCTIONS.change(tx, found, tags=left)
    return {STATUS: 204}


@ops.read
def list_tags(tx: Tx, req: t.ListTagsRequest) -> t.ListTagsResponse:
    return {"Tags": dict(named(tx, req["Resource"]).tags)}
