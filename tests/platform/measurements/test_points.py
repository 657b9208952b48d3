"""Points and blocks: nothing is lost by packing, little by percentiles."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.measurements.points import (
    MINUTES,
    Point,
    bucket_of,
    middle_of,
    of_values,
    pack,
    percentile,
    points_of,
    unpack,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(st.floats(min_value=1e-300, max_value=1e300), st.booleans())
def test_a_bucket_is_a_hundredth_wide(value: float, negative: bool) -> None:
    number = -value if negative else value
    assert math.isclose(middle_of(bucket_of(number)), number, rel_tol=0.01)


def test_nothing_is_in_a_bucket_of_its_own() -> None:
    assert middle_of(bucket_of(0.0)) == 0.0


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_points_add_up(values: list[float]) -> None:
    once = of_values(5, ((value, 1.0) for value in values))
    added = of_values(5, ((values[0], 1.0),))
    for value in values[1:]:
        added.add(of_values(5, ((value, 1.0),)))
    assert (once.samples, once.least, once.most) == (added.samples, added.least, added.most)
    assert math.isclose(once.total, added.total, rel_tol=1e-6, abs_tol=1e-3)
    assert (once.spread or {}) == (added.spread or {})


def test_percentiles() -> None:
    chance = random.Random(1)
    values = sorted(chance.lognormvariate(3, 1) for _ in range(5000))
    point = of_values(0, ((value, 1.0) for value in values))
    for part in (0.01, 0.5, 0.9, 0.99):
        assert math.isclose(percentile(point, part), values[int(part * 5000) - 1], rel_tol=0.02)
    assert percentile(point, 1.0) == pytest.approx(values[-1], rel=0.02)
    same = of_values(0, ((7.0, 3.0),))
    assert (same.spread, percentile(same, 0.5)) == (None, 7.0)


def test_values_that_never_came() -> None:
    assert of_values(0, ((5.0, 0.0),)).samples == 0
    assert of_values(0, ()).samples == 0


def test_packed_and_unpacked() -> None:
    day, chance = 20_000, random.Random(2)
    points = []
    for minute in chance.sample(range(MINUTES), 700):
        values = [(chance.gauss(0, 10), 1.0) for _ in range(chance.choice((1, 1, 3)))]
        points.append(of_values(day * MINUTES + minute, values))
    found = points_of(unpack(pack(points, day), day))
    assert found == sorted(points, key=lambda each: each.minute)
    assert points_of(unpack(pack([], day), day)) == []


def test_a_quiet_day_is_small() -> None:
    day = 20_000
    points = [Point(day * MINUTES + at, 1.0, 0.0, 0.0, 0.0) for at in range(MINUTES)]
    assert len(pack(points, day)) < 4000
