"""How many requests a second an account may make: AWS's throttling, off unless configured."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Call


class Throttled(Exception):
    """Too many requests; the text is AWS's."""


class Throttle:
    """A token bucket for each account and service.  `rates` are requests a second, by service."""

    def __init__(
        self, rates: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates, self._clock = rates, clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}  # tokens, when

    def take(self, call: Call) -> None:
        """Count a request.  Throttled where there are too many."""
        if (rate := self._rates.get(call.service)) is None:
            return
        now, key = self._clock(), (call.account, call.service)
        most = max(rate, 1.0) if rate else 0.0
        tokens, since = self._buckets.get(key, (most, now))
        tokens = min(most, tokens + (now - since) * rate)
        if tokens < 1.0:
            self._buckets[key] = tokens, now
            raise Throttled("Rate exceeded")
        self._buckets[key] = tokens - 1.0, now
