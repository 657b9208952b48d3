"""Single values as text: what is read back, and what is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.http import Malformed
from forecourt.gateway.protocols import scalars
from forecourt.gateway.protocols.scalars import (
    TIMESTAMPS,
    read_blob,
    read_boolean,
    read_float,
    read_integer,
    read_timestamp,
    write_blob,
    write_float,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((read_integer, text) for text in ("", "x", "1.5", "1e3", "0x10", "- 1", "9" * 41, "1" * 10**6)),
        *((read_integer, text) for text in ("1_0", "١٢")),
        *((read_float, text) for text in ("", "x", "1,5", "0x1p3", "1_0", "١")),
        *((read_boolean, text) for text in ("", "TRUE", "1", "yes", "true ")),
        *((read_blob, text) for text in ("a", "a===", "%%%%", "YQ==YQ==", "é", "YQ=")),
        *((read_timestamp, text) for text in (
            "", "x", "nan", "inf", "1e400", "2026-13-01T00:00:00Z", "2026-03-01T25:00:00Z",
            "Sun, 99 Mar 2026 12:00:00 GMT", "Sun,", ",", "9" * 30, "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00", "Fri, 31 Dec 9999 23:59:59 -0100", "-1e18",
        )),
    ],
)  # fmt: skip
def test_text_that_is_no_value(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf"), float("nan"), 1e300])
def test_numbers_that_are_no_time(value: float) -> None:
    with pytest.raises(Malformed):
        read_timestamp(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00+01:00",
        "2026-03-01T12:00:00", "Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 13:00:00 +0100",
        "1772366400", "1772366400.0", "1.7723664e9",
    ],
)  # fmt: skip
def test_timestamps_in_any_form(text: str) -> None:
    assert read_timestamp(text) == NOW


@given(st.text(max_size=40))
def test_any_text_is_read_or_malformed(text: str) -> None:
    for read in (read_integer, read_float, read_boolean, read_blob, read_timestamp):
        try:
            read(text)
        except Malformed:
            continue


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers(value: int) -> None:
    assert read_integer(str(value)) == value


@given(st.floats())
def test_floats(value: float) -> None:
    back = read_float(write_float(value))
    assert back == value or (math.isnan(back) and math.isnan(value))


@given(st.binary())
def test_blobs(value: bytes) -> None:
    assert read_blob(write_blob(value)) == value


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(sorted(TIMESTAMPS)),
    st.integers(-12, 12),
)
def test_timestamps_are_read_as_written(value: datetime, form: str, hours: int) -> None:
    there = value.astimezone(timezone(timedelta(hours=hours)))
    written = TIMESTAMPS[form](there)
    exact = timedelta(seconds=1) if form == "rfc822" else timedelta(milliseconds=1)
    assert abs(read_timestamp(str(written)) - value) <= exact


def test_text_given_where_bytes_are_meant() -> None:
    assert write_blob("é") == write_blob("é".encode())


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (1.5, "1.5")],
)
def test_floats_that_are_no_numbers(value: float, text: str) -> None:
    assert scalars.write_float(value) == text
