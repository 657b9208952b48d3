"""Regions and zones."""

from __future__ import annotations

import pytest

from forecourt.platform.network.zones import BY_DEFAULT, regions, short, zones


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("us-east-1", "use1"),
        ("us-west-2", "usw2"),
        ("ap-northeast-1", "apne1"),
        ("ap-southeast-2", "apse2"),
        ("ap-south-1", "aps1"),
        ("ca-central-1", "cac1"),
        ("eu-north-1", "eun1"),
        ("sa-east-1", "sae1"),
        ("us-gov-west-1", "usgw1"),
    ],
)
def test_how_ids_begin(region: str, code: str) -> None:
    """As https://docs.aws.amazon.com/global-infrastructure/latest/regions/ lists them."""
    assert short(region) == code


def test_regions() -> None:
    assert set(BY_DEFAULT) < set(regions())
    assert len(BY_DEFAULT) == 17
    assert list(regions()) == sorted(regions())
    ids = [zone.id for region in regions() for zone in zones(region)]
    assert len(ids) == len(set(ids)) == 3 * len(regions())


def test_zones() -> None:
    assert [(zone.name, zone.id, zone.region) for zone in zones("us-east-1")] == [
        ("us-east-1a", "use1-az1", "us-east-1"),
        ("us-east-1b", "use1-az2", "us-east-1"),
        ("us-east-1c", "use1-az3", "us-east-1"),
    ]
