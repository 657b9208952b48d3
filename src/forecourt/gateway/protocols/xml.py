"""Values as XML, read and written: the bodies of rest-xml, and the answers of query and ec2.

Names: a member is written under its locationName or its own name; the items of a list under
"member", or, when flattened, under the list's name; map entries under "entry".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape as escape_markup
from xml.sax.saxutils import quoteattr

from forecourt.gateway.http import Malformed

from .documents import answered_members, bounded, sent_members
from .scalars import text_reader, text_writer
from .walker import Walker

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

    from forecourt.aws.errors import AwsError

# What no XML 1.0 document can hold (§2.2), however it is written.
MOST_PLANS = 64  # sets of members that a structure's writer remembers
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Read = Callable[["list[Element]"], Any]  # the elements of one name: several for a flattened list
Write = Callable[["list[str]", str, Any], None]  # where to, under which tag, what


def parse(body: bytes) -> Element:
    """The root of a document.  Malformed if it is not UTF-8 XML, or has a DOCTYPE."""
    try:
        text = body.decode()
        if "<!DOCTYPE" in text:
            raise Malformed("Could not parse XML")
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError):
        raise Malformed("Could not parse XML") from None


def escape(text: str) -> str:
    """Character data; a bare CR would be read back as LF (XML 1.0 §2.11)."""
    if not text.isprintable():
        text = UNWRITABLE.sub("\ufffd", text)
    if "&" in text or "<" in text or ">" in text:  # looking is cheaper than replacing
        text = escape_markup(text)
    return text.replace("\r", "&#13;") if "\r" in text else text


def attribute(text: str) -> str:
    """A quoted attribute value."""
    return quoteattr(UNWRITABLE.sub("\ufffd", text))


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def flattened(shape: Shape) -> bool:
    return bool(shape.serialization.get("flattened"))


def tag_of(name: str, member: Shape) -> str:
    """The tag a member is written under.  Older models name a flattened list by its items."""
    if member.type_name == "list" and flattened(member) and "name" in member.member.serialization:
        found: str = member.member.serialization["name"]
        return found
    return member.serialization.get("name", name)


def read_structure(walk: Walker[Read], shape: StructureShape) -> Read:
    members, attributes = {}, {}
    for name, member in sent_members(shape).items():
        if member.serialization.get("xmlAttribute"):
            attributes[local_attribute(member.serialization["name"])] = (name, text_reader(member))
        else:  # a flattened list may come under either name: clients write the outer one
            entry = (name, walk(member))
            members[member.serialization.get("name", name)] = entry
            members.setdefault(tag_of(name, member), entry)
    union = shape.is_tagged_union

    def read(nodes: list[Element]) -> dict[str, Any]:
        node = nodes[-1]
        children: dict[str, list[Element]] = {}
        for child in node:
            tag = child.tag.rpartition("}")[2]
            if tag in children:
                children[tag].append(child)
            elif tag in members:
                children[tag] = [child]
        found = {}
        for tag, same in children.items():
            name, convert = members[tag]
            found[name] = convert(same)
        for key, value in node.attrib.items() if attributes else ():
            if (known := attributes.get(local(key))) is not None:
                found[known[0]] = known[1](value)
        if union and len(found) != 1:
            raise Malformed(f"Expected exactly one member of {shape.name}")
        return found

    return read


def local_attribute(name: str) -> str:
    return name.rpartition(":")[2]


def read_list(walk: Walker[Read], shape: ListShape) -> Read:
    convert = walk(shape.member)
    if flattened(shape):
        return lambda nodes: [convert([node]) for node in nodes]
    return lambda nodes: [convert([node]) for node in nodes[-1]]


def read_map(walk: Walker[Read], shape: MapShape) -> Read:
    key_tag, key = shape.key.serialization.get("name", "key"), walk(shape.key)
    value_tag, value = shape.value.serialization.get("name", "value"), walk(shape.value)
    flat = flattened(shape)

    def read(nodes: list[Element]) -> dict[str, Any]:
        found = {}
        for entry in nodes if flat else nodes[-1]:
            parts = {local(part.tag): part for part in entry}
            if key_tag not in parts or value_tag not in parts:
                raise Malformed("Unexpected complex element termination")
            found[key([parts[key_tag]])] = value([parts[value_tag]])
        return found

    return read


def read_scalar(walk: Walker[Read], shape: Shape) -> Read:
    convert = text_reader(shape)

    def read(nodes: list[Element]) -> Any:
        node = nodes[-1]
        if len(node):
            raise Malformed("Unexpected complex element termination")
        return convert(node.text or "")

    return read


def write_structure(walk: Walker[Write], shape: StructureShape) -> Write:
    members = [
        (name, tag_of(name, member), walk(member))
        for name, member in answered_members(shape).items()
        if not member.serialization.get("xmlAttribute")
    ]
    attributes = [
        (name, member.serialization["name"], text_writer(member))
        for name, member in answered_members(shape).items()
        if member.serialization.get("xmlAttribute")
    ]
    opening = namespace(shape)
    # Values of a structure come with few of its members, and mostly with the same.
    present: dict[tuple[str, ...], list[tuple[str, str, Write]]] = {}

    def write(out: list[str], tag: str, value: Any) -> None:
        given = ""
        if attributes:
            given = "".join(
                f" {key}={attribute(convert(value[name]))}"
                for name, key, convert in attributes
                if value.get(name) is not None
            )
        out.append(f"<{tag}{opening}{given}>")
        names = tuple(value)
        if (plan := present.get(names)) is None:
            plan = [member for member in members if member[0] in value]
            if len(present) < MOST_PLANS:
                present[names] = plan
        for name, inner, put in plan:
            if (item := value[name]) is not None:
                put(out, inner, item)
        out.append(f"</{tag}>")

    return write


def namespace(shape: Shape) -> str:
    """The xmlns attribute that a shape asks for."""
    given = shape.serialization.get("xmlNamespace")
    if not given:
        return ""
    uri, prefix = (given["uri"], given.get("prefix")) if isinstance(given, dict) else (given, None)
    return f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"


def write_list(walk: Walker[Write], shape: ListShape) -> Write:
    put = walk(shape.member)
    if flattened(shape):

        def write_items(out: list[str], tag: str, value: Any) -> None:
            for item in value:
                put(out, tag, item)

        return write_items
    inner = shape.member.serialization.get("name", "member")
    opening = namespace(shape)

    def write(out: list[str], tag: str, value: Any) -> None:
        out.append(f"<{tag}{opening}>")
        for item in value:
            put(out, inner, item)
        out.append(f"</{tag}>")

    return write


def write_map(walk: Walker[Write], shape: MapShape) -> Write:
    key_tag, put_key = shape.key.serialization.get("name", "key"), walk(shape.key)
    value_tag, put_value = shape.value.serialization.get("name", "value"), walk(shape.value)
    flat, opening = flattened(shape), namespace(shape)

    def write(out: list[str], tag: str, value: Any) -> None:
        entry = tag if flat else "entry"
        if not flat:
            out.append(f"<{tag}{opening}>")
        for key, item in value.items():
            out.append(f"<{entry}>")
            put_key(out, key_tag, key)
            put_value(out, value_tag, item)
            out.append(f"</{entry}>")
        if not flat:
            out.append(f"</{tag}>")

    return write


def write_scalar(walk: Walker[Write], shape: Shape) -> Write:
    convert, opening = text_writer(shape), namespace(shape)

    def write(out: list[str], tag: str, value: Any) -> None:
        out.append(f"<{tag}{opening}>{escape(convert(value))}</{tag}>")

    return write


def reader(shape: Shape) -> Read:
    kinds = {"structure": read_structure, "list": read_list, "map": read_map}
    return bounded(Walker(kinds, read_scalar)(shape))


def writer(shape: Shape) -> Write:
    kinds = {"structure": write_structure, "list": write_list, "map": write_map}
    return Walker(kinds, write_scalar)(shape)


def error_body(error: AwsError, service: ServiceModel) -> str:
    """The inside of <Error>: code, message, and the members its shape declares."""
    out = [f"<Code>{escape(error.code)}</Code><Message>{escape(str(error))}</Message>"]
    if error.members:
        members: list[str] = []
        writer(service.shape_for(error.shape))(members, "", error.members)
        out += members[1:-1]
    return "".join(out)


def plain_error(error: AwsError) -> str:
    """The inside of S3's <Error>: its members are in no model."""
    members = {"Code": error.code, "Message": str(error), **error.members}
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items())
