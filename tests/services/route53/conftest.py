"""A zone to work in."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import bare, create


@pytest.fixture
def zone(route53: Any) -> str:
    """The bare id of the zone example.com, on the first set of name servers."""
    return bare(create(route53, "example.com"))
