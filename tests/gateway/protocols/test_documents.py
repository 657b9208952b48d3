"""Trees of dicts and lists, read and written by shape: JSON's texts stand for both formats."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ServiceModel

from forecourt.gateway.http import Malformed
from forecourt.gateway.protocols.documents import reader, writer

SHAPES: dict[str, Any] = {
    "Top": {
        "type": "structure",
        "members": {
            "Text": {"shape": "Text"},
            "Renamed": {"shape": "Text", "locationName": "other"},
            "Header": {"shape": "Text", "location": "header", "locationName": "x"},
            "List": {"shape": "List"},
            "Map": {"shape": "Map"},
            "Top": {"shape": "Top"},
            "Union": {"shape": "Union"},
            "Document": {"shape": "Document"},
        },
    },
    "List": {"type": "list", "member": {"shape": "Text"}},
    "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "List"}},
    "Union": {
        "type": "structure",
        "union": True,
        "members": {"A": {"shape": "Text"}, "B": {"shape": "Text"}},
    },
    "Document": {"type": "structure", "document": True, "members": {}},
    "Text": {"type": "string"},
}
MODEL = ServiceModel({"metadata": {}, "operations": {}, "shapes": SHAPES}, "test")
TOP = MODEL.shape_for("Top")
read = reader(lambda walk, shape: lambda value: f"<{value}>")(TOP)
write = writer(lambda walk, shape: lambda value: f"<{value}>")(TOP)


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ({}, {}),
        ({"Text": None}, {}),
        ({"Text": "a", "Unknown": [{}]}, {"Text": "<a>"}),
        ({"other": "a", "Renamed": "b"}, {"Renamed": "<a>"}),
        ({"Header": "a", "x": "b"}, {}),
        ({"List": ["a", None]}, {"List": ["<a>", None]}),
        ({"Map": {"k": ["a"], "n": None}}, {"Map": {"k": ["<a>"], "n": None}}),
        ({"Top": {"Top": {"Text": "a"}}}, {"Top": {"Top": {"Text": "<a>"}}}),
        ({"Union": {"A": "a", "B": None}}, {"Union": {"A": "<a>"}}),
        ({"Document": [1, {"a": None}]}, {"Document": [1, {"a": None}]}),
    ],
)
def test_read(tree: Any, value: Any) -> None:
    assert read(tree) == value


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ([], "Start of list found where not expected"),
        ("x", "Expected map or null"),
        ({"Top": []}, "Start of list found where not expected"),
        ({"List": {}}, "Start of structure or map found where not expected."),
        ({"List": 1}, "Expected list or null"),
        ({"Map": []}, "Start of list found where not expected"),
        ({"Map": 1}, "Expected map or null"),
        ({"Map": {"k": "x"}}, "Expected list or null"),
        ({"Map": {1: []}}, "Map keys must be strings"),
        ({"Union": {}}, "Expected exactly one member of Union"),
        ({"Union": {"A": "a", "B": "b"}}, "Expected exactly one member of Union"),
    ],
)
def test_read_refuses(tree: Any, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(tree)
    assert str(caught.value) == text


def test_trees_nested_too_deeply_are_malformed() -> None:
    tree: Any = {}
    for _ in range(900):  # what a decoder lets through
        tree = {"Top": tree}
    with pytest.raises(Malformed):
        read(tree)


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        ({"Text": "a", "Unknown": 1}, {"Text": "<a>"}),
        ({"Text": None}, {}),
        ({"Renamed": "a"}, {"other": "<a>"}),
        ({"Header": "a"}, {}),
        ({"List": []}, {"List": []}),
        ({"Map": {"k": ["a"]}}, {"Map": {"k": ["<a>"]}}),
        ({"Document": {"a": [1]}}, {"Document": {"a": [1]}}),
    ],
)
def test_write(value: Any, tree: Any) -> None:
    assert write(value) == tree
