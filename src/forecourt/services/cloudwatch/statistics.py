"""Statistics of periods: by name, and percentiles.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from forecourt.platform.measurements import points, stored

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)\Z", re.ASCII)
NOT_HERE = re.compile(r"(?:tm|tc|ts|wm|pr|TM|TC|TS|WM|PR|IQM)")


def is_statistic(name: str) -> bool:
    return name in SIMPLE or PERCENTILE.match(name) is not None


def series(
    tx: Tx, metrics: Iterable[int], first: int, beyond: int, period: int, statistic: str
) -> dict[int, float]:
    """A statistic of each period that has data, by its first minute."""
    if (asked := PERCENTILE.match(statistic)) is not None:
        part = float(asked[1]) / 100
        spread = stored.spread(tx, metrics, first, beyond, period)
        return {start: points.percentile(point, part) for start, point in spread.items()}
    found = stored.read(tx, metrics, first, beyond, period)
    match statistic:
        case "SampleCount":
            return {start: each[0] for start, each in found.items()}
        case "Sum":
            return {start: each[1] for start, each in found.items()}
        case "Minimum":
            return {start: each[2] for start, each in found.items()}
        case "Maximum":
            return {start: each[3] for start, each in found.items()}
    return {start: each[1] / each[0] for start, each in found.items() if each[0]}
