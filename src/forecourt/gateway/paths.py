"""Which operation a method and a path mean, for the REST protocols.

Templates such as `/2013-04-01/hostedzone/{Id}/rrset/` or `/{Bucket}/{Key+}?tagging` become one tree
of segments; a literal is preferred to a label, and a greedy label comes last.  A slash at the end
makes no difference.  Of the operations under one path the one whose literal query parameters are
all there wins, the one with most of them first.
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
        for segment in path.strip("/").split("/"):
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, Node())
                continue
            labels.append(segment.strip("{+}"))
            greedy = segment.endswith("+}")
            if not greedy:
                node.label = node.label or Node()
                node = node.label
        wanted = tuple(parse_qsl(query, keep_blank_values=True))
        target = Target(operation.name, tuple(labels), wanted)
        targets = (node.greedy if greedy else node.targets).setdefault(operation.http["method"], [])
        targets.append(target)
        targets.sort(key=lambda t: -len(t.query))

    def find(self, request: Request) -> tuple[str, dict[str, str]] | None:
        """The operation and its labels, still percent-encoded."""
        segments = request.path.strip("/").split("/")
        for targets, labels in walk(self._root, segments, 0, ()):
            for target in targets.get(request.method, ()):
                given = request.parameters if target.query else ()
                if all(
                    pair in given or (not pair[1] and any(key == pair[0] for key, _ in given))
                    for pair in target.query
                ):
                    return target.operation, dict(zip(target.labels, labels, strict=True))
        return None


def walk(
    node: Node, segments: list[str], at: int, labels: tuple[str, ...]
) -> Iterator[tuple[dict[str, list[Target]], tuple[str, ...]]]:
    if at == len(segments):
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
