"""Metrics: counted in every process, read together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecourt.platform import metrics

COUNT = """
import os
from forecourt.platform import metrics
metrics.API_REQUESTS.labels("route53", "GetChange", "200").inc(2)
metrics.API_SECONDS.labels("route53", "GetChange").observe(0.003)
metrics.FOLLOWED.labels("names").set(SEQ)
print(os.getpid())
"""
READ = "from forecourt.platform import metrics; print(metrics.exposition().decode())"
DEAD = "from forecourt.platform import metrics; metrics.mark_dead(PID)"
REQUESTS = 'forecourt_api_requests_total{operation="GetChange",service="route53",status="200"}'
SLOW = 'forecourt_api_request_seconds_bucket{le="0.005",operation="GetChange",service="route53"}'
FAST = 'forecourt_api_request_seconds_bucket{le="0.002",operation="GetChange",service="route53"}'
FOLLOWED = 'forecourt_feed_seq{topic="names"}'


def run(code: str, directory: Path) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(directory)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def values(directory: Path) -> dict[str, float]:
    lines = run(READ, directory).splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_processes_are_read_together(tmp_path: Path) -> None:
    first = run(COUNT.replace("SEQ", "7"), tmp_path).strip()
    run(COUNT.replace("SEQ", "9"), tmp_path)
    found = values(tmp_path)
    assert (found[REQUESTS], found[SLOW], found[FAST]) == (4, 2, 0)
    assert found[FOLLOWED] == 7  # of the slowest
    run(DEAD.replace("PID", first), tmp_path)
    found = values(tmp_path)
    assert (found[REQUESTS], found[FOLLOWED]) == (4, 9)
    metrics.forget(tmp_path)
    assert values(tmp_path) == {}


def test_a_directory_is_made(tmp_path: Path) -> None:
    metrics.forget(tmp_path / "run" / "metrics")
    assert (tmp_path / "run" / "metrics").is_dir()


def test_one_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    metrics.DNS_QUERIES.labels("test").inc()
    assert b'forecourt_dns_queries_total{transport="test"} 1.0' in metrics.exposition()
