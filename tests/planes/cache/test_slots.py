"""Slots: all of them, each once, and few moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.cache import slots


@given(st.integers(1, 500))
def test_even_shares_are_all_slots_once(count: int) -> None:
    found = slots.even(count)
    sizes = [last - first + 1 for first, last in found]
    assert sum(sizes) == slots.SLOTS and max(sizes) - min(sizes) <= 1
    assert found[0][0] == 0 and found[-1][1] == slots.SLOTS - 1


@given(st.sets(st.integers(0, slots.SLOTS - 1), max_size=200))
def test_what_is_shown_can_be_read(some: set[int]) -> None:
    assert slots.members(slots.parsed(slots.shown(slots.ranges(some)))) == some


@pytest.mark.parametrize("text", ["a", "5-2", "0-16384", "-1", "1--2"])
def test_what_are_no_slots_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        slots.parsed(text)


@given(st.integers(1, 9), st.integers(1, 9))
def test_shares_are_equal_again_and_little_moves(before: int, after: int) -> None:
    now = {str(at): [pair] for at, pair in enumerate(slots.even(before))}
    names = [str(at) for at in range(after)]
    goal = slots.balanced(now, names)
    assert sum(map(len, goal.values())) == slots.SLOTS
    assert len(set().union(*goal.values())) == slots.SLOTS
    assert max(map(len, goal.values())) - min(map(len, goal.values())) <= 1
    have = {name: slots.members(pairs) for name, pairs in now.items()}
    moved = sum(b - a + 1 for _, _, found in slots.plan(have, goal) for a, b in found)
    kept = sum(len(have.get(name, set()) & goal[name]) for name in names)
    assert moved == slots.SLOTS - kept
    assert kept >= slots.SLOTS * min(before, after) // max(before, after) - max(before, after)
