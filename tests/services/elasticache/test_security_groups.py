"""What is for accounts without a VPC is refused, as AWS does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.elasticache.calls import refused

NAME = {"CacheSecurityGroupName": "a"}
FROM = {**NAME, "EC2SecurityGroupName": "b", "EC2SecurityGroupOwnerId": "111122223333"}


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("create_cache_security_group", {**NAME, "Description": "d"}),
        ("describe_cache_security_groups", {}),
        ("delete_cache_security_group", NAME),
        ("authorize_cache_security_group_ingress", FROM),
        ("revoke_cache_security_group_ingress", FROM),
    ],
)
def test_none_is_permitted(caches: Any, operation: str, members: dict[str, str]) -> None:
    with refused("InvalidParameterValue", "not permitted in this API version"):
        getattr(caches, operation)(**members)
