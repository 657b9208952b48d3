"""Pages of a listing, while it changes."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.keys.stored import errors
from forecourt.services.kms.pages import page


def names(items: list[str], **req: Any) -> Any:
    return page("Names", items, req, by=str, show=str.upper, default=2, most=3)


def test_pages() -> None:
    first = names(["a", "b", "c"])
    assert (first["Names"], first["Truncated"]) == (["A", "B"], True)
    assert names(["a", "b", "c"], Marker=first["NextMarker"]) == {
        "Names": ["C"],
        "Truncated": False,
    }
    assert names([]) == {"Names": [], "Truncated": False}
    assert len(names(list("abcdef"), Limit=100)["Names"]) == 3


def test_changes_meanwhile() -> None:
    marker = names(["a", "b", "c", "d"])["NextMarker"]
    assert names(["a", "aa", "d"], Marker=marker)["Names"] == ["D"]
    assert names(["a", "b", "c", "cc"], Marker=marker)["Names"] == ["C", "CC"]


@pytest.mark.parametrize("marker", ["?", "a", "gICA"])
def test_markers_that_are_none(marker: str) -> None:
    with pytest.raises(errors.InvalidMarkerException):
        names(["a"], Marker=marker)
