"""Values as trees of dicts and lists: what JSON and CBOR have in common.

The two differ in their leaves only, so each gives a function for scalars and gets walkers back.
Null members are absent members; unknown ones are ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cbor2

from forecourt.gateway.http import Malformed

from .walker import Walker

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

Convert = Callable[[Any], Any]
Leaf = Callable[[Walker[Convert], Any], Convert]


def reader(leaf: Leaf) -> Callable[[Shape], Convert]:
    """Makes functions from a decoded tree to a shape's value.  They raise Malformed."""
    kinds = {"structure": read_structure, "list": read_list, "map": read_map}
    return lambda shape: bounded(Walker(kinds, leaf)(shape))


def writer(leaf: Leaf) -> Callable[[Shape], Convert]:
    """Makes functions from a shape's value to a tree to encode."""
    kinds = {"structure": write_structure, "list": write_list, "map": write_map}
    return lambda shape: Walker(kinds, leaf)(shape)


def bounded(convert: Convert) -> Convert:
    """The same function, which says Malformed of what is nested too deeply."""

    def read(tree: Any) -> Any:
        try:
            return convert(tree)
        except RecursionError:
            raise Malformed("The document is nested too deeply.") from None

    return read


BITS = {"integer": 32, "long": 64}


def in_range(value: int, kind: str) -> int:
    """An integer, if it is one of its kind."""
    if not -1 << BITS[kind] - 1 <= value < 1 << BITS[kind] - 1:
        raise Malformed(f"The value is not {'an Integer' if kind == 'integer' else 'a Long'}")
    return value


def wire_name(name: str, member: Shape) -> str:
    found: str = member.serialization.get("name", name)
    return found


def unchanged(value: Any) -> Any:
    return value


def sent_members(shape: StructureShape) -> dict[str, Shape]:
    """The members that travel in a request's body."""
    return {n: m for n, m in shape.members.items() if "location" not in m.serialization}


def answered_members(shape: StructureShape) -> dict[str, Shape]:
    """The members that travel in a response's body."""
    outside = ("header", "headers", "statusCode")
    return {
        n: m for n, m in shape.members.items() if m.serialization.get("location") not in outside
    }


def read_structure(walk: Walker[Convert], shape: StructureShape) -> Convert:
    if shape.is_document_type:
        return unchanged
    members = {
        wire_name(name, member): (name, walk(member))
        for name, member in sent_members(shape).items()
    }
    union = shape.is_tagged_union

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Malformed(expected("structure or map", value))
        found = {
            name: convert(item)
            for key, item in value.items()
            if item is not None and item is not cbor2.undefined and key in members
            for name, convert in (members[key],)
        }
        if union and len(found) != 1:
            raise Malformed(f"Expected exactly one member of {shape.name}")
        return found

    return read


def read_list(walk: Walker[Convert], shape: ListShape) -> Convert:
    convert = walk(shape.member)

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Malformed(expected("list", value))
        return [None if item is None else convert(item) for item in value]

    return read


def read_map(walk: Walker[Convert], shape: MapShape) -> Convert:
    convert = walk(shape.value)

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Malformed(expected("structure or map", value))
        if not all(isinstance(key, str) for key in value):
            raise Malformed("Map keys must be strings")
        return {key: None if item is None else convert(item) for key, item in value.items()}

    return read


def expected(what: str, value: Any) -> str:
    match value:
        case list():
            return "Start of list found where not expected"
        case dict():
            return "Start of structure or map found where not expected."
    return "Expected list or null" if what == "list" else "Expected map or null"


def write_structure(walk: Walker[Convert], shape: StructureShape) -> Convert:
    if shape.is_document_type:
        return unchanged
    members = [
        (name, wire_name(name, member), walk(member))
        for name, member in answered_members(shape).items()
    ]

    def write(value: Any) -> dict[str, Any]:
        return {
            wire: convert(value[name])
            for name, wire, convert in members
            if value.get(name) is not None
        }

    return write


def write_list(walk: Walker[Convert], shape: ListShape) -> Convert:
    convert = walk(shape.member)
    return lambda value: [None if item is None else convert(item) for item in value]


def write_map(walk: Walker[Convert], shape: MapShape) -> Convert:
    convert = walk(shape.value)
    return lambda value: {
        key: None if item is None else convert(item) for key, item in value.items()
    }
