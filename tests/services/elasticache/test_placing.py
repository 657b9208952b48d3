"""Zones and windows."""

from __future__ import annotations

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.elasticache import placing

PLACES = [("us-east-1a", "s1"), ("us-east-1b", "s2"), ("us-east-1c", "s3")]


def test_nodes_go_from_zone_to_zone() -> None:
    assert placing.zones_for(PLACES, 4, start=1) == [
        "us-east-1b", "us-east-1c", "us-east-1a", "us-east-1b",
    ]  # fmt: skip
    assert placing.zones_for(PLACES, 1, ["us-east-1c"]) == ["us-east-1c"]


@pytest.mark.parametrize("window", ["sun:23:30-mon:00:30", "SUN:05:00-sun:06:00"])
def test_windows_that_may_be(window: str) -> None:
    assert placing.window(window) == window.lower()
    assert placing.WINDOW.match(placing.window(None))


@pytest.mark.parametrize(
    "window", ["sun:05:00-sun:05:59", "xyz:05:00-sun:06:00", "05:00-06:00", ""]
)
def test_windows_that_may_not(window: str) -> None:
    with pytest.raises(AwsError):
        placing.window(window)
