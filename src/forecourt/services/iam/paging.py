"""Pages of what IAM lists, in the order of a key; the marker is the last key of a page, not to be read.

rows, ending = page(req, found, key=lambda row: row.folded)
return {"Users": [...], **ending}
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NotRequired, TypedDict, TypeVar

from forecourt.aws.errors import common

ValidationError = common("ValidationError", 400)
T = TypeVar("T")
Request = Mapping[str, Any]


class Ending(TypedDict):
    IsTruncated: bool
    Marker: NotRequired[str]


SIZE = 100  # items where the caller does not say


def page(req: Request, found: Iterable[T], key: Callable[[T], str]) -> tuple[list[T], Ending]:
    """The items of one page, of some that are in the order of their keys; and how the page ends."""
    after, size = start(req), most(req)
    rest = [each for each in found if key(each) > after]
    shown = rest[:size]
    if len(rest) <= size:
        return shown, {"IsTruncated": False}
    return shown, {"IsTruncated": True, "Marker": marker(key(shown[-1]))}


def most(req: Request) -> int:
    return int(req.get("MaxItems") or SIZE)


def start(req: Request) -> str:
    """The key the page comes after; empty: it is the first.  ValidationError."""
    try:
        key = base64.b64decode(req.get("Marker") or "", validate=True).decode()
    except ValueError:
        key = "\0"
    if "\0" in key:
        raise ValidationError("Invalid Marker.")
    return key


def marker(key: str) -> str:
    return base64.b64encode(key.encode()).decode()
