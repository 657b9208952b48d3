"""Which operation a method and a path mean, for the REST protocols.

Templates such as `/2013-04-01/hostedzone/{Id}/rrset/` or `/{Bucket}/{Key+}?tagging` become one tree
of segments; a literal is preferred to a label, and a greedy label comes last.  A slash at the end
makes no difference but in a greedy label.  Of the operations under one path and its literal query
parameters, that one is meant whose required parameters and headers are there, the one that requires
most first: so CopyObject, which requires x-amz-copy-source, is told from PutObject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

    from forecourt.gateway.http import Request


@dataclass(slots=True)
class Target:
    operation: str
    labels: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    required: tuple[frozenset[str], frozenset[str]]  # query parameters, headers
    deprecated: bool = False

    @property
    def weight(self) -> tuple[int, int, bool]:
        return len(self.query), sum(map(len, self.required)), not self.deprecated


@dataclass(slots=True)
class Node:
    literals: dict[str, Node] = field(default_factory=dict)
    label: Node | None = None
    greedy: dict[str, list[Target]] = field(default_factory=dict)
    targets: dict[str, list[Target]] = field(default_factory=dict)  # by method


class Paths:
    """The paths of one service."""

    def __init__(self, service: ServiceModel) -> None:
        self._root = Node()
        for name in service.operation_names:
            self.add(service.operation_model(name))

    def add(self, operation: OperationModel) -> None:
        path, _, query = operation.http["requestUri"].partition("?")
        node, labels, greedy = self._root, [], False
        for segment in filter(None, path.split("/")):
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, Node())
                continue
            labels.append(segment.strip("{+}"))
            greedy = segment.endswith("+}")
            if not greedy:
                node.label = node.label or Node()
                node = node.label
        wanted = tuple(parse_qsl(query, keep_blank_values=True))
        target = Target(
            operation.name, tuple(labels), wanted, required(operation), operation.deprecated
        )
        targets = (node.greedy if greedy else node.targets).setdefault(operation.http["method"], [])
        targets.append(target)
        targets.sort(key=lambda t: t.weight, reverse=True)

    def find(self, request: Request, path: str = "") -> tuple[str, dict[str, str]] | None:
        """The operation and its labels, still percent-encoded; by another path than the request's, if given."""
        segments = (path or request.path).removeprefix("/").split("/")
        for targets, labels in walk(self._root, segments, 0, ()):
            fitting = [t for t in targets.get(request.method, ()) if fits(t, request)]
            if fitting:
                # They are in the order of what they ask for: the most literal parameters first.
                fitting = [t for t in fitting if len(t.query) == len(fitting[0].query)]
                target = next((t for t in fitting if has_required(t, request)), fitting[-1])
                return target.operation, dict(zip(target.labels, labels, strict=True))
        return None


def required(operation: OperationModel) -> tuple[frozenset[str], frozenset[str]]:
    """The query parameters and headers an operation cannot do without."""
    shape = operation.input_shape
    found: dict[str, set[str]] = {"querystring": set(), "header": set()}
    for name in shape.required_members if shape else ():
        serialization = shape.members[name].serialization
        if (location := serialization.get("location")) in found:
            found[location].add(serialization.get("name", name))
    return frozenset(found["querystring"]), frozenset(map(str.lower, found["header"]))


def fits(target: Target, request: Request) -> bool:
    """Whether the literal query parameters of a template are there."""
    given = request.parameters if target.query else ()
    return all(
        pair in given or (not pair[1] and any(key == pair[0] for key, _ in given))
        for pair in target.query
    )


def has_required(target: Target, request: Request) -> bool:
    query, headers = target.required
    if not headers <= request.headers.keys():
        return False
    return not query or query <= {key for key, _ in request.parameters}


def walk(
    node: Node, segments: list[str], at: int, labels: tuple[str, ...]
) -> Iterator[tuple[dict[str, list[Target]], tuple[str, ...]]]:
    if at == len(segments) or segments[at:] == [""]:  # the end, or a slash there
        if node.targets:
            yield node.targets, labels
        return
    segment = segments[at]
    if (child := node.literals.get(segment)) is not None:
        yield from walk(child, segments, at + 1, labels)
    if node.label is not None and segment:
        yield from walk(node.label, segments, at + 1, (*labels, segment))
    if node.greedy:
        yield node.greedy, (*labels, "/".join(segments[at:]))
