"""Tags."""

from __future__ import annotations

from typing import Any

from tests.services.elasticache.calls import group, refused


def test_tags_come_and_go(caches: Any) -> None:
    arn = group(caches)["ARN"]
    caches.add_tags_to_resource(
        ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    left = caches.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])["TagList"]
    assert left == [{"Key": "b", "Value": "2"}]
    with refused("TagNotFound"):
        caches.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    for tags in ([{"Key": "aws:x", "Value": "1"}], [{"Key": "x", "Value": "y" * 257}]):
        with refused("InvalidParameterValue|ValidationError"):
            caches.add_tags_to_resource(ResourceName=arn, Tags=tags)
    many = [{"Key": f"k{n}", "Value": "1"} for n in range(51)]
    with refused("TagQuotaPerResourceExceeded"):
        caches.add_tags_to_resource(ResourceName=arn, Tags=many)


def test_what_is_no_cache_has_no_tags(caches: Any) -> None:
    for arn in ("nonsense", "arn:aws:s3:::x", "arn:aws:elasticache:us-east-1:000000000000:moon:x"):
        with refused("InvalidARN"):
            caches.list_tags_for_resource(ResourceName=arn)
    with refused("CacheClusterNotFound"):
        caches.list_tags_for_resource(
            ResourceName="arn:aws:elasticache:us-east-1:000000000000:cluster:none"
        )
