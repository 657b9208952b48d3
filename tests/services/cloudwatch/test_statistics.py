"""Names of statistics."""

import pytest

from forecourt.services.cloudwatch.statistics import is_statistic


@pytest.mark.parametrize(
    ("name", "found"),
    [("Sum", True), ("p99", True), ("p99.99", True), ("p0", True), ("p100", True), ("p101", False),
     ("p", False), ("tm99", False), ("sum", False), ("", False)],
)  # fmt: skip
def test_names(name: str, found: bool) -> None:
    assert is_statistic(name) is found
