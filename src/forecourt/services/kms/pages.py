"""Pages of a listing: Limit and Marker in, Truncated and NextMarker out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from forecourt.platform.keys.stored import errors

Item = TypeVar("Item")


def page(
    member: str,
    items: Sequence[Item],
    req: Mapping[str, Any],
    *,
    by: Callable[[Item], str],
    show: Callable[[Item], Any],
    default: int,
    most: int,
) -> Any:
    """The answer to a listing: `member` shows a page of the items, which are in the order of `by`.

    A marker names the first item of its page, so that what is made or taken away meanwhile neither
    hides nor repeats any other.
    """
    size = min(req.get("Limit", default), most)
    start = opened(req["Marker"]) if "Marker" in req else ""
    rest = [item for item in items if by(item) >= start]
    answer = {member: [show(item) for item in rest[:size]], "Truncated": len(rest) > size}
    if len(rest) > size:
        answer["NextMarker"] = closed(by(rest[size]))
    return answer


def closed(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def opened(marker: str) -> str:
    try:
        return base64.b64decode(marker.encode(), b"-_", validate=True).decode()
    except ValueError:
        raise errors.InvalidMarkerException("The marker is not valid.") from None
