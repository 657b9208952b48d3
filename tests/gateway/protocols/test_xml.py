"""Documents in XML: no DOCTYPE, no depth bombs, nothing written that cannot be read."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.http import Malformed
from forecourt.gateway.protocols import xml

SHAPES: dict[str, Any] = {
    "Top": {
        "type": "structure",
        "members": {
            "Text": {"shape": "Text"},
            "Count": {"shape": "Count"},
            "List": {"shape": "List"},
            "Flat": {"shape": "Flat"},
            "Map": {"shape": "Map"},
            "Top": {"shape": "Top"},
            "Attribute": {"shape": "Text", "xmlAttribute": True, "locationName": "xsi:type"},
        },
    },
    "List": {"type": "list", "member": {"shape": "Text", "locationName": "Item"}},
    "Flat": {"type": "list", "member": {"shape": "Text"}, "flattened": True},
    "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    "Text": {"type": "string"},
    "Count": {"type": "integer"},
}
MODEL = ServiceModel({"metadata": {}, "operations": {}, "shapes": SHAPES}, "test")
TOP = MODEL.shape_for("Top")


def read(inside: str) -> Any:
    return xml.reader(TOP)([xml.parse(f"<Top>{inside}</Top>".encode())])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", b"<a", b"<a>", b"<a></b>", b"<a/><b/>", b"<a>&undefined;</a>", b"<a>&#0;</a>",
        b"<a>\x00</a>", b"<a>\xff</a>", b"<a>&#xD800;</a>", b"<a b='1' b='2'/>", b"<x:a/>",
        "<a/>".encode("utf-16"), b"<a>" * 200_000,
        b"<!DOCTYPE a><a/>", b"<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        b"<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)  # fmt: skip
def test_what_is_no_document(body: bytes) -> None:
    with pytest.raises(Malformed, match="Could not parse XML"):
        xml.parse(body)


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("", {}),
        ("<Text/>", {"Text": ""}),
        ("<Text> a </Text>", {"Text": " a "}),
        ("<Text>a<!-- b -->c<?d e?>f</Text>", {"Text": "acf"}),
        ("<Text><![CDATA[<b>]]></Text>", {"Text": "<b>"}),
        ("<Text>a</Text><Text>b</Text>", {"Text": "b"}),
        ("<n:Text xmlns:n='urn:x'>a</n:Text>", {"Text": "a"}),
        ("<Unknown><Text>a</Text></Unknown>", {}),
        ("<List/>", {"List": []}),
        ("<List><Item>a</Item><other>b</other></List>", {"List": ["a", "b"]}),
        ("<Flat>a</Flat><Text>x</Text><Flat>b</Flat>", {"Flat": ["a", "b"], "Text": "x"}),
        ("<Map><entry><key>k</key><value>v</value></entry></Map>", {"Map": {"k": "v"}}),
        ("<Top xmlns:xsi='urn:x' xsi:type='a'/>", {"Top": {"Attribute": "a"}}),
        ("<Text>&lt;!DOCTYPE</Text>", {"Text": "<!DOCTYPE"}),
    ],
)
def test_read(inside: str, value: Any) -> None:
    assert read(inside) == value


@pytest.mark.parametrize(
    "inside",
    [
        "<Text><b/></Text>",
        "<Count/>",
        "<Count>x</Count>",
        "<Count>" + "9" * 5000 + "</Count>",
        "<Map><entry><key>k</key></entry></Map>",
        "<Map><entry><value>k</value></entry></Map>",
        "<Map><entry/></Map>",
        "<Top>" * 2000 + "</Top>" * 2000,
    ],
    ids=lambda text: text[:24],
)
def test_read_refuses(inside: str) -> None:
    with pytest.raises(Malformed):
        read(inside)


@given(st.text(max_size=20))
def test_whatever_is_written_can_be_parsed(text: str) -> None:
    """Characters that XML 1.0 cannot hold too: they come back in messages about what was sent."""
    out: list[str] = []
    text = text.encode("utf-8", "replace").decode()
    xml.writer(TOP)(out, "Top", {"Text": text, "Attribute": text})
    root = ElementTree.fromstring("".join(out).replace("xsi:type", "type").encode())
    if text.isprintable():
        assert (root[0].text or "", root.attrib["type"]) == (text, text)


def test_write() -> None:
    out: list[str] = []
    value = {"List": ["a"], "Flat": ["b", "c"], "Map": {"k": "v"}, "Count": 1, "Undeclared": 2}
    xml.writer(TOP)(out, "Top", value)
    assert "".join(out) == (
        "<Top><Count>1</Count><List><Item>a</Item></List><Flat>b</Flat><Flat>c</Flat>"
        "<Map><entry><key>k</key><value>v</value></entry></Map></Top>"
    )
