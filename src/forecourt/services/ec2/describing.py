"""What every Describe operation does: pick by ids, keep what all filters match, cut into pages.

    FILTERS = {"vpc-id": "VpcId", "cidr-block-association.state": "CidrBlocks[].State"}
    items, token = select(SUBNET, FILTERS, documents, req, req.get("SubnetIds"))

A filter names a path in the documents that are shown.  It matches where one of its values does, `*`
and `?` standing for any characters and for one; tag:<key> and tag-key are there for everything.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from forecourt.aws.errors import common

from .kinds import InvalidParameterValue

if TYPE_CHECKING:
    from .kinds import Type

D = TypeVar("D", bound=Mapping[str, Any])
Filters = Mapping[str, str]
InvalidToken = common("InvalidPaginationToken", 400)
MOST = 1000  # items on a page


def select(
    type_: Type,
    filters: Filters,
    documents: Sequence[D],  # in the order of their ids
    req: Mapping[str, Any],
    ids: Sequence[str] | None,
    id_member: str,
) -> tuple[list[D], str]:
    """The documents a request asks for, and the token of the next page or ''."""
    if ids:
        type_.check(ids)
        known = {document[id_member] for document in documents}
        for given in ids:
            if given not in known:
                raise type_.missing(given)
        documents = [each for each in documents if each[id_member] in set(ids)]
    return page(matching(documents, filters, req), req, lambda each: str(each[id_member]))


def matching(documents: Iterable[D], filters: Filters, req: Mapping[str, Any]) -> list[D]:
    """The documents that all filters of a request match."""
    checks = [check(filters, each) for each in req.get("Filters", [])]
    return [each for each in documents if all(matches(each) for matches in checks)]


def page(
    documents: Sequence[D], req: Mapping[str, Any], key: Callable[[D], str]
) -> tuple[list[D], str]:
    """One page of documents that are sorted by a key, and the next one's token or ''."""
    start = opened(req["NextToken"]) if req.get("NextToken") else ""
    rest = [each for each in documents if key(each) >= start]
    size = req.get("MaxResults") or MOST
    return rest[:size], token(key(rest[size])) if len(rest) > size else ""


def answer(member: str, found: tuple[Sequence[D], str]) -> Any:
    """The answer of a Describe operation."""
    items, next_token = found
    return {member: items, "NextToken": next_token} if next_token else {member: items}


def check(filters: Filters, given: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """One filter as a predicate."""
    name, patterns = given.get("Name", ""), [pattern(each) for each in given.get("Values", [])]
    values = reader(filters, name)
    return lambda document: any(
        matches(value) for value in values(document) for matches in patterns
    )


def reader(filters: Filters, name: str) -> Callable[[Mapping[str, Any]], Iterable[str]]:
    """How the values a filter looks at are got out of a document."""
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda document: (t["Value"] for t in tags(document) if t["Key"] == key)
    if name == "tag-key":
        return lambda document: (t["Key"] for t in tags(document))
    if name not in filters:
        raise InvalidParameterValue(f"The filter '{name}' is invalid")
    path = filters[name].split(".")
    return lambda document: texts(document, path)


def tags(document: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    found: Iterable[Mapping[str, str]] = document.get("Tags") or document.get("TagSet") or ()
    return found


def texts(value: Any, path: Sequence[str]) -> Iterator[str]:
    """What is at a path of a document, as text."""
    if not path:
        if value is not None:
            yield str(value).lower() if isinstance(value, bool) else str(value)
        return
    inner = value.get(path[0].removesuffix("[]")) if isinstance(value, Mapping) else None
    if inner is None:
        return
    for each in inner if path[0].endswith("[]") else (inner,):
        yield from texts(each, path[1:])


@lru_cache(1024)
def pattern(value: str) -> Callable[[str], Any]:
    """A filter's value: * and ? are wildcards unless a backslash is before them."""
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    text = "".join(
        wild.get(part) or re.escape(part[1:] if len(part) > 1 else part) for part in parts
    )
    return re.compile(text, re.DOTALL).fullmatch


def token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def opened(given: str) -> str:
    """What a token of ours says."""
    try:
        return base64.b64decode(given.encode(), b"-_", validate=True).decode()
    except ValueError:
        raise InvalidToken("The specified pagination token is not valid or is expired.") from None
