"""Tags of what Mail Manager has."""

from __future__ import annotations

from typing import Any

from .calls import fault


def test_tags(manager: Any) -> None:
    id = manager.create_rule_set(RuleSetName="r", Rules=[], Tags=[{"Key": "a", "Value": "1"}])[
        "RuleSetId"
    ]
    arn = manager.get_rule_set(RuleSetId=id)["RuleSetArn"]
    assert arn == f"arn:aws:ses:us-east-1:000000000000:mailmanager-rule-set/{id}"
    manager.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    manager.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert manager.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    wrong = f"{arn[:-1]}x"
    assert fault(manager.list_tags_for_resource, ResourceArn=wrong)[0] == (
        "ResourceNotFoundException"
    )
    many = [{"Key": f"k{at}", "Value": ""} for at in range(200)]
    assert fault(manager.tag_resource, ResourceArn=arn, Tags=many)[0] == (
        "ServiceQuotaExceededException"
    )
