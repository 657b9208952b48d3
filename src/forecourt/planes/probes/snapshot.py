"""What a prober is given: one check, frozen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    kind: str  # TCP, HTTP, HTTPS
    address: str  # an IP address; empty: `host` is resolved for each probe
    host: str  # of the Host header and the server name; empty: the address
    port: int
    path: str = "/"
    search: bytes = b""  # what the body's first bytes must contain
    interval: float = 30.0  # seconds
    threshold: int = 3  # probes in a row after which the verdict changes
    server_name: bool = False  # whether TLS sends `host` (RFC 6066 §3)


@dataclass(frozen=True, slots=True)
class Result:
    """What one probe saw."""

    healthy: bool
    status: str
    seconds: float = 0.0  # until the connection was there


@dataclass(slots=True)
class Verdict:
    """What probes in a row have led to."""

    healthy: bool = True
    against: int = 0  # probes in a row that said otherwise

    def take(self, healthy: bool, threshold: int) -> bool:
        """Count a probe; whether the verdict changed by it."""
        if healthy == self.healthy:
            self.against = 0
            return False
        self.against += 1
        if self.against < threshold:
            return False
        self.healthy, self.against = healthy, 0
        return True
