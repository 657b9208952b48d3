"""Queries of logged zones, as lines of Route 53's query log in files: one a zone and process.

    <data>/logs/route53/<zone id>/<process>.log

The line: version, time, zone, name, type, rcode, transport, edge, resolver, client subnet.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from forecourt.planes.dns import wire
from forecourt.planes.dns.zone import Zone
from forecourt.platform.log_files import append

log = logging.getLogger(__name__)

RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
TYPES = {number: name for name, number in wire.TYPES.items()}
EDGE = "LOCAL-1"
MOST_WAITING = 10_000  # lines before they are written; more are dropped until they are


class QueryLog:
    """Lines are gathered and written by `flush`, which is called every second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[tuple[str, str]] = []
        self.dropped = 0

    def told(
        self,
        zone: Zone,
        name: bytes,
        type_: int,
        rcode: int,
        transport: str,
        client: str,
        subnet: bytes | None,
    ) -> None:
        """Note a query."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        shown = wire.to_text(name).rstrip(".") or "."
        type_name = TYPES.get(type_, f"TYPE{type_}")
        said = RCODES.get(rcode, str(rcode))
        line = (
            f"1.0 {moment} {zone.id} {shown} {type_name} {said} {transport} {EDGE} {client}"
            f" {subnet_text(subnet)}\n"
        )
        self._waiting.append((zone.id, line))

    def flush(self) -> None:
        """Write what was noted."""
        waiting, self._waiting = self._waiting, []
        by_zone: dict[str, list[str]] = {}
        for zone_id, line in waiting:
            by_zone.setdefault(zone_id, []).append(line)
        for zone_id, lines in by_zone.items():
            try:
                self._write(zone_id, lines)
            except OSError as error:
                self.dropped += len(lines)
                log.warning("queries of %s are not logged: %s", zone_id, error)

    def _write(self, zone_id: str, lines: list[str]) -> None:
        append(self._folder / zone_id / f"{os.getpid()}.log", lines)


def subnet_text(subnet: bytes | None) -> str:
    """A client subnet option as text, "-" for none."""
    if subnet is None:
        return "-"
    version, address = subnet[:2], subnet[4:]
    if version == b"\0\1":
        return f"{IPv4Address(address.ljust(4, bytes(1)))}/{subnet[2]}"
    return f"{IPv6Address(address.ljust(16, bytes(1)))}/{subnet[2]}"
