"""Tags of topics."""

from __future__ import annotations

from typing import Any

from .calls import fault


def test_tags(sns: Any, topic: str) -> None:
    sns.tag_resource(
        ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    )
    sns.untag_resource(ResourceArn=topic, TagKeys=["b", "c"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "a", "Value": "1"}]
    twice = [{"Key": "a", "Value": "1"}] * 2
    assert fault(sns.tag_resource, ResourceArn=topic, Tags=twice)[0] == "InvalidParameter"
    ours = [{"Key": "aws:a", "Value": "1"}]
    assert fault(sns.tag_resource, ResourceArn=topic, Tags=ours)[0] == "InvalidParameter"
    many = [{"Key": str(n), "Value": ""} for n in range(51)]
    assert fault(sns.tag_resource, ResourceArn=topic, Tags=many)[0] == "TagLimitExceeded"
    assert fault(sns.list_tags_for_resource, ResourceArn=f"{topic}x")[0] == "ResourceNotFound"
