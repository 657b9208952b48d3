"""Tags of organizations."""

from __future__ import annotations

from typing import Any

import pytest


def test_organizations_can_be_tagged(workmail: Any, org: str) -> None:
    arn = workmail.describe_organization(OrganizationId=org)["ARN"]
    workmail.tag_resource(
        ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    )
    workmail.untag_resource(ResourceARN=arn, TagKeys=["b"])
    assert workmail.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    with pytest.raises(workmail.exceptions.ResourceNotFoundException):
        workmail.list_tags_for_resource(ResourceARN=arn[:-1] + "x")
