"""Tags of alarms."""

from __future__ import annotations

from typing import Any

from .calls import alarm, fault


def test_tags(cloudwatch: Any) -> None:
    alarm(cloudwatch, Tags=[{"Key": "a", "Value": "1"}])
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "b", "Value": "2"}
    ]
    assert fault(cloudwatch.list_tags_for_resource, ResourceARN=f"{arn}x")
    many = [{"Key": str(n), "Value": ""} for n in range(51)]
    assert fault(cloudwatch.tag_resource, ResourceARN=arn, Tags=many)
