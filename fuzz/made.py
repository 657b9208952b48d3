"""A made-up service in each protocol: every kind of value, constraints on each, and a shape in itself."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from forecourt.aws import models
from forecourt.gateway.protocols import FORMS

VERSION = "2026-01-01"
MEMBERS: dict[str, Any] = {
    "Text": {"shape": "Text"},
    "Color": {"shape": "Color"},
    "Count": {"shape": "Count"},
    "Big": {"shape": "Big"},
    "Ratio": {"shape": "Ratio"},
    "Flag": {"shape": "Flag"},
    "Data": {"shape": "Data"},
    "When": {"shape": "When"},
    "Texts": {"shape": "Texts"},
    "Flat": {"shape": "Flat"},
    "Counts": {"shape": "Counts"},
    "Map": {"shape": "Map"},
    "Union": {"shape": "Union"},
    "Inner": {"shape": "Tree"},
    "Inners": {"shape": "Trees"},
    "Nested": {"shape": "Nested"},
}
SHAPES: dict[str, Any] = {
    "Tree": {"type": "structure", "required": ["Text"], "members": MEMBERS},
    "Trees": {"type": "list", "member": {"shape": "Tree"}, "max": 2},
    "Nested": {"type": "list", "member": {"shape": "Nested"}, "max": 1},
    "Union": {
        "type": "structure",
        "union": True,
        "members": {"Text": {"shape": "Text"}, "Inner": {"shape": "Tree"}},
    },
    "Text": {"type": "string", "min": 1, "max": 8, "pattern": "[a-z0-9]*"},
    "Plain": {"type": "string"},
    "Color": {"type": "string", "enum": ["RED", "BLUE"]},
    "Texts": {"type": "list", "member": {"shape": "Text"}, "min": 1, "max": 3},
    "Flat": {"type": "list", "member": {"shape": "Text"}, "flattened": True},
    "Counts": {"type": "list", "member": {"shape": "Count"}},
    "Map": {"type": "map", "key": {"shape": "Color"}, "value": {"shape": "Text"}, "max": 2},
    "Count": {"type": "integer", "min": 0, "max": 9},
    "Big": {"type": "long", "min": -9},
    "Ratio": {"type": "double", "min": 0, "max": 1},
    "Flag": {"type": "boolean"},
    "Data": {"type": "blob", "max": 8},
    "When": {"type": "timestamp"},
}
REST: dict[str, Any] = {
    "Label": {"shape": "Text", "location": "uri", "locationName": "Label"},
    "Header": {"shape": "Text", "location": "header", "locationName": "x-header"},
    "Stamp": {"shape": "When", "location": "header", "locationName": "x-stamp"},
    "List": {"shape": "Texts", "location": "header", "locationName": "x-list"},
    "Number": {"shape": "Ratio", "location": "header", "locationName": "x-number"},
    "Json": {
        "shape": "Plain", "location": "header", "locationName": "x-json", "jsonvalue": True,
    },
    "Prefixed": {"shape": "Map", "location": "headers", "locationName": "x-meta-"},
    "Query": {"shape": "Big", "location": "querystring", "locationName": "query"},
    "Queries": {"shape": "Texts", "location": "querystring", "locationName": "queries"},
    "Rest": {"shape": "Map", "location": "querystring"},
}  # fmt: skip
ANSWERED = {name: member for name, member in REST.items() if member["location"] == "header"}


def write_service(protocol: str) -> None:
    """Makes the service known to the program's models, as made-<protocol>."""
    name, rest = f"made-{protocol}", protocol.startswith("rest")
    shapes = dict(SHAPES)
    shapes["Input"] = {"type": "structure", "members": {**MEMBERS, **(REST if rest else {})}}
    if rest:
        shapes["Input"]["required"] = ["Label"]
    shapes["Output"] = {"type": "structure", "members": {**MEMBERS, **(ANSWERED if rest else {})}}
    shapes["Raw"] = {
        "type": "structure",
        "members": {"Data": {"shape": "Data"}},
        "payload": "Data",
    }
    output: dict[str, Any] = {"shape": "Output"}
    if protocol == "query":
        output["resultWrapper"] = "DoResult"
    operations: dict[str, Any] = {
        "Do": {
            "name": "Do",
            "http": {"method": "POST", "requestUri": "/do/{Label}" if rest else "/"},
            "input": {"shape": "Input", **({"locationName": "DoRequest"} if rest else {})},
            "output": output,
        }
    }
    if rest:
        operations["Put"] = {
            "name": "Put",
            "http": {"method": "PUT", "requestUri": "/put"},
            "input": {"shape": "Raw"},
        }
    metadata = {
        "protocol": protocol, "protocols": [protocol], "apiVersion": VERSION,
        "endpointPrefix": name, "serviceId": name, "targetPrefix": "Made", "jsonVersion": "1.1",
    }  # fmt: skip
    if protocol != "ec2":
        metadata["xmlNamespace"] = "https://made/"
    directory = Path(DIRECTORY.name, name, VERSION)
    directory.mkdir(parents=True)
    document = {"version": "2.0", "metadata": metadata, "operations": operations, "shapes": shapes}
    (directory / "service-2.json").write_text(json.dumps(document))


DIRECTORY = tempfile.TemporaryDirectory()
for form in FORMS:
    write_service(form)
models._loader.search_paths.append(DIRECTORY.name)
