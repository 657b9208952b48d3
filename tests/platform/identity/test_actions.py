"""From an operation's request to the ARNs its action is on."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity.actions import expand, on, resource_tags
from forecourt.store.resources import Kind
from forecourt.store.tx import Call, Tx
from tests.harness import World

GIVEN: dict[str, Any] = {
    "account": "000000000000",
    "Id": "Z1",
    "Names": ["a", "b"],
    "Sets": [{"Id": "1"}, {}, {"Id": "3"}],
    "Deep": {"Id": 7},
    "Empty": [],
}


@pytest.mark.parametrize(
    ("template", "arns"),
    [
        ("*", ["*"]),
        ("arn:aws:x::{account}:zone/{Id}", ["arn:aws:x::000000000000:zone/Z1"]),
        ("{Names[]}", ["a", "b"]),
        ("{Sets[].Id}", ["1", "3"]),
        ("{Deep.Id}/{Id}", ["7/Z1"]),
        ("{Names[]}-{Sets[].Id}", ["a-1", "a-3", "b-1", "b-3"]),
        ("{Absent}", []),
        ("{Absent.Id}", []),
        ("{Id.More}", []),
        ("{Empty[]}", []),
        ("x/*", ["x/*"]),
    ],
)
def test_templates(template: str, arns: list[str]) -> None:
    assert list(expand(template, GIVEN)) == arns


def test_an_action_whose_resources_are_not_given_is_on_everything(world: World) -> None:
    def arns(tx: Tx) -> list[list[str]]:
        tx.call = Call("route53", "X", "000000000000", "eu-west-1")
        return [
            list(on("{Absent}").resources(tx, {})),
            list(on("{Absent}", "arn:{region}:{Id}").resources(tx, {"Id": "1"})),
        ]

    assert world.store.read_now(arns) == [["*"], ["arn:eu-west-1:1"]]


def test_tags_of_documents(world: World) -> None:
    def change(tx: Tx) -> Any:
        made = Kind("x", "thing", KeyError).create(tx, "1", {}, {}, {"team": "a"})  # type: ignore[arg-type]
        return resource_tags(tx, made.arn), resource_tags(tx, f"{made.arn}2")

    assert world.store.write_now(change) == ({"team": "a"}, {})
