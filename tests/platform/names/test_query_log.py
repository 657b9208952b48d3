"""Query logs: the lines, the files, and their bounds."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from forecourt.planes.dns import wire
from forecourt.planes.dns.zone import Zone
from forecourt.platform import log_files
from forecourt.platform.names import query_log
from forecourt.platform.names.query_log import QueryLog

ZONE = Zone(wire.from_text("example.com"), "Z1")
NAME = wire.from_text("www.example.com")


def lines(folder: Path) -> list[str]:
    return (folder / "Z1" / f"{os.getpid()}.log").read_text().splitlines()


def test_lines(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.told(ZONE, NAME, wire.A, 0, "UDP", "192.0.2.1", None)
    log.told(ZONE, NAME, 65000, 3, "TCP", "192.0.2.1", b"\0\1\x18\0\xc6\x33\x64")
    log.told(ZONE, NAME, wire.AAAA, 0, "UDP", "::1", b"\0\2\x20\0\x20\x01\x0d\xb8")
    log.flush()
    stamp = r"1\.0 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ Z1 www\.example\.com "
    wanted = (
        r"A NOERROR UDP LOCAL-1 192\.0\.2\.1 -",
        r"TYPE65000 NXDOMAIN TCP LOCAL-1 192\.0\.2\.1 198\.51\.100\.0/24",
        r"AAAA NOERROR UDP LOCAL-1 ::1 2001:db8::/32",
    )
    for line, rest in zip(lines(tmp_path), wanted, strict=True):
        assert re.fullmatch(stamp + rest, line), line


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_log, "MOST_WAITING", 5)
    monkeypatch.setattr(log_files, "LARGEST", 100)
    log = QueryLog(tmp_path)
    for _ in range(8):
        log.told(ZONE, NAME, wire.A, 0, "UDP", "192.0.2.1", None)
    log.flush()
    assert (len(lines(tmp_path)), log.dropped) == (5, 3)
    log.told(ZONE, NAME, wire.A, 0, "UDP", "192.0.2.1", None)
    log.flush()
    assert len(lines(tmp_path)) == 1
    assert (tmp_path / "Z1" / f"{os.getpid()}.old").exists()
    log.flush()
