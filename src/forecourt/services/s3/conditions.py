"""When an object is answered, or replaced, and which bytes of it.

RFC 9110 §13 and §14; https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import error

if TYPE_CHECKING:
    from forecourt.platform.objects.stored import Object

RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})\Z", re.ASCII)
FAILED = "At least one of the pre-conditions you specified did not hold"


def may_read(of: Object, req: Mapping[str, Any], prefix: str = "") -> None:
    """Whether what a reader knows lets it have the object.  PreconditionFailed, NotModified."""
    match, none = req.get(f"{prefix}IfMatch"), req.get(f"{prefix}IfNoneMatch")
    since, until = req.get(f"{prefix}IfModifiedSince"), req.get(f"{prefix}IfUnmodifiedSince")
    modified = of.modified.replace(microsecond=0)
    if match is not None:
        if not names(match, of.etag):
            raise error("PreconditionFailed", FAILED, Condition="If-Match")
    elif until is not None and modified > until:
        raise error("PreconditionFailed", FAILED, Condition="If-Unmodified-Since")
    if none is not None:
        unchanged = names(none, of.etag)
    else:
        unchanged = since is not None and modified <= since
    if unchanged:
        if prefix:
            raise error("PreconditionFailed", FAILED)
        raise error("NotModified", "Not Modified")


def may_write(old: Object | None, req: Mapping[str, Any]) -> None:
    """Whether what a writer knows lets it replace what is there.  PreconditionFailed, NoSuchKey."""
    match, none = req.get("IfMatch"), req.get("IfNoneMatch")
    if none is not None:
        if none != "*":
            raise error("NotImplemented", "If-None-Match of a write must be *.")
        if old is not None:
            raise error("PreconditionFailed", FAILED, Condition="If-None-Match")
    if match is not None:
        if old is None:
            raise error("NoSuchKey", "The specified key does not exist.")
        if not names(match, old.etag):
            raise error("PreconditionFailed", FAILED, Condition="If-Match")


def names(condition: str, etag: str) -> bool:
    given = [each.strip().removeprefix("W/").strip('"') for each in condition.split(",")]
    return "*" in given or etag in given


def range_of(text: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of the one range that is asked for; None: all.  InvalidRange."""
    found = RANGE.match(text or "")
    if found is None or found[1] == found[2] == "":
        return None  # what is no range of bytes, or several, is not honoured
    if not found[1]:
        last = min(int(found[2]), size)
        if last == 0:
            raise beyond(text, size)
        return size - last, last
    start = int(found[1])
    if start >= size:
        raise beyond(text, size)
    end = min(int(found[2]), size - 1) if found[2] else size - 1
    return None if end < start else (start, end - start + 1)


def beyond(text: str | None, size: int) -> Exception:
    return error(
        "InvalidRange",
        "The requested range is not satisfiable",
        RangeRequested=text or "",
        ActualObjectSize=str(size),
    )
