"""What all kinds of Mail Manager's have: names, tokens, pages, changes."""

from __future__ import annotations

from typing import Any

from tests.harness import SECOND_KEY, World

from .calls import fault
from .managing import rule_set


def test_names_tokens_and_pages(world: World, manager: Any) -> None:
    first = rule_set(manager, name="a")
    assert fault(rule_set, manager, name="a") == ("ConflictException", "a already exists.")
    given = {"RuleSetName": "b", "Rules": [], "ClientToken": "once"}
    second = manager.create_rule_set(**given)["RuleSetId"]
    assert manager.create_rule_set(**given)["RuleSetId"] == second
    page = manager.list_rule_sets(PageSize=1)
    rest = manager.list_rule_sets(PageSize=1, NextToken=page["NextToken"])
    listed = {each["RuleSetId"] for each in page["RuleSets"] + rest["RuleSets"]}
    assert listed == {first, second}
    assert "NextToken" not in rest
    assert fault(manager.update_rule_set, RuleSetId=first, RuleSetName="b")[0] == (
        "ConflictException"
    )
    before = manager.get_rule_set(RuleSetId=first)["LastModificationDate"]
    manager.update_rule_set(RuleSetId=first, RuleSetName="c")
    found = manager.get_rule_set(RuleSetId=first)
    assert found["RuleSetName"] == "c"
    assert found["LastModificationDate"] >= before
    other = world.client("mailmanager", SECOND_KEY)
    assert other.list_rule_sets()["RuleSets"] == []
    assert fault(other.get_rule_set, RuleSetId=first)[0] == "ResourceNotFoundException"
