"""How many requests a second an account may make: AWS's throttling, off unless configured."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from forecourt.aws.errors import common

if TYPE_CHECKING:
    from forecourt.store.tx import Call

# Route 53 and others call it Throttling; https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
CODES = {"route53": "Throttling", "sts": "Throttling"}


class Throttle:
    """A token bucket for each account and service.  `rates` are requests a second, by service."""

    def __init__(
        self, rates: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates, self._clock = rates, clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}  # tokens, when

    def take(self, call: Call) -> None:
        """Count a request; raises the service's throttling error where there are too many."""
        if (rate := self._rates.get(call.service)) is None:
            return
        now, key = self._clock(), (call.account, call.service)
        tokens, since = self._buckets.get(key, (rate, now))
        tokens = min(max(rate, 1.0), tokens + (now - since) * rate)
        if tokens < 1.0:
            self._buckets[key] = tokens, now
            code = CODES.get(call.service, "ThrottlingException")
            raise common(code, 400)("Rate exceeded")
        self._buckets[key] = tokens - 1.0, now
