"""One function for each shape, made once; shapes may contain themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from botocore.model import ServiceModel

from forecourt.gateway.protocols.walker import Walker

SHAPES: dict[str, Any] = {
    "Tree": {
        "type": "structure",
        "members": {
            "Name": {"shape": "Name"},
            "Other": {"shape": "Name"},
            "Renamed": {"shape": "Name", "locationName": "name"},
            "Trees": {"shape": "Trees"},
        },
    },
    "Trees": {"type": "list", "member": {"shape": "Tree"}},
    "Name": {"type": "string"},
}
MODEL = ServiceModel({"metadata": {}, "operations": {}, "shapes": SHAPES}, "test")
Count = Callable[[Any], int]


def test_functions_are_made_once_and_find_themselves() -> None:
    made: Counter[str] = Counter()

    def structure(walk: Walker[Count], shape: Any) -> Count:
        made[shape.name] += 1
        members = {name: walk(member) for name, member in shape.members.items()}
        return lambda value: sum(members[name](item) for name, item in value.items())

    def sequence(walk: Walker[Count], shape: Any) -> Count:
        made[shape.name] += 1
        count = walk(shape.member)
        return lambda value: sum(count(item) for item in value)

    def scalar(walk: Walker[Count], shape: Any) -> Count:
        made[shape.name] += 1
        return lambda value: 1

    walk = Walker({"structure": structure, "list": sequence}, scalar)
    count = walk(MODEL.shape_for("Tree"))
    # A member written under another name is another function.
    assert made == {"Tree": 1, "Trees": 1, "Name": 2}
    leaf = {"Name": "a", "Other": "b", "Renamed": "c"}
    assert count({**leaf, "Trees": [leaf, {"Trees": [leaf]}]}) == 9
    assert walk(MODEL.shape_for("Tree")) is count
    assert made["Tree"] == 1
