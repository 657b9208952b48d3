"""Prometheus metrics, counted in every process and read together.

The library keeps each process's values in mapped files below PROMETHEUS_MULTIPROC_DIR, which is set
before this module is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

BUCKETS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)

API_REQUESTS = Counter(
    "forecourt_api_requests", "Requests answered", ("service", "operation", "status")
)
API_SECONDS = Histogram(
    "forecourt_api_request_seconds",
    "Time from a request's last byte to its answer",
    ("service", "operation"),
    buckets=BUCKETS,
)
DNS_QUERIES = Counter("forecourt_dns_queries", "Queries taken", ("transport",))
DNS_LIMITED = Counter("forecourt_dns_limited", "Queries above the rate limit", ("transport",))
HEALTH_PROBES = Counter("forecourt_health_probes", "Probes of health checks", ("result",))
MAIL = Counter(
    "forecourt_mail_messages", "Messages taken over, by what became of them", ("way", "result")
)
MAIL_SENT = Counter(
    "forecourt_mail_deliveries", "Recipients after an attempt to deliver", ("state",)
)
NOTIFICATIONS = Counter(
    "forecourt_notifications", "Messages published to topics, and attempts to deliver", ("what",)
)
CACHE_NODES = Gauge(
    "forecourt_cache_node",
    "What cache nodes counted in the last minute, as CloudWatch names it",
    ("account", "region", "cluster", "node", "metric"),
    multiprocess_mode="livemostrecent",
)
FOLLOWED = Gauge(
    "forecourt_feed_seq",
    "Sequence number of the feed carried out, of the slowest follower",
    ("topic",),
    multiprocess_mode="livemin",
)


def exposition() -> bytes:
    """All processes' metrics in Prometheus' text format."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget(directory: Path) -> None:
    """Drop the values of earlier runs."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in directory.glob("*.db"):
        path.unlink()


def mark_dead(pid: int) -> None:
    """A process ended: its gauges count no more."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
