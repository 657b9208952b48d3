"""Pages and their markers."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.aws.errors import AwsError
from forecourt.services.iam.paging import marker, page, start

from .calls import fault

NAMES = st.lists(
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1), unique=True
)


@given(NAMES, st.integers(1, 5))
def test_pages_together_are_all_there_is(names: list[str], size: int) -> None:
    found: list[str] = []
    req: dict[str, Any] = {"MaxItems": size}
    while True:
        items, ending = page(req, sorted(names), lambda name: name)
        found += items
        if not ending["IsTruncated"]:
            break
        assert len(items) == size
        req["Marker"] = ending["Marker"]
    assert found == sorted(names)


@given(st.text())
def test_any_marker_is_read_or_refused(text: str) -> None:
    try:
        assert "\0" not in start({"Marker": text})
    except AwsError as refused:
        assert (refused.code, str(refused)) == ("ValidationError", "Invalid Marker.")


def test_a_hundred_where_nobody_says() -> None:
    numbers = [f"{n:03}" for n in range(101)]
    items, ending = page({}, numbers, lambda number: number)
    assert items == numbers[:100]
    assert ending == {"IsTruncated": True, "Marker": marker("099")}


@pytest.mark.parametrize(
    "wrong", ["!", "a", base64.b64encode(b"\xff").decode(), base64.b64encode(b"a\0").decode()]
)
def test_markers_of_nobody(iam: Any, wrong: str) -> None:
    expected = ("ValidationError", "Invalid Marker.")
    assert fault(iam.list_users, Marker=wrong) == expected


def test_a_thousand_at_most(iam: Any) -> None:
    assert fault(iam.list_users, MaxItems=1001) == (
        "ValidationError",
        (
            "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must"
            " have value less than or equal to 1000"
        ),
    )
