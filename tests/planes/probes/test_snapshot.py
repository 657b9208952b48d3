"""Verdicts change when enough probes in a row say otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.probes.snapshot import Verdict


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 10))
def test_in_a_row(probes: list[bool], threshold: int) -> None:
    verdict = Verdict()
    for at, healthy in enumerate(probes):
        before = verdict.healthy
        changed = verdict.take(healthy, threshold)
        last = probes[max(0, at + 1 - threshold) : at + 1]
        assert changed == (verdict.healthy != before)
        if changed:
            assert all(each == verdict.healthy for each in last)


def test_one_that_recovers_starts_anew() -> None:
    verdict = Verdict()
    assert [verdict.take(each, 2) for each in (False, True, False, False)] == [False] * 3 + [True]
    assert not verdict.healthy
