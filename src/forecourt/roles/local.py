"""What is ours: the clients that names are resolved for, and the ports our name servers have."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

from forecourt.config import Config
from forecourt.platform.egress import PRIVATE
from forecourt.platform.network.addresses import RESOLVER_OFFSET

PORT = 53
MOST_KNOWN = 8192  # clients remembered


def own_network(config: Config) -> Callable[[str], bool]:
    """Whether a client is of this machine, the instance's network or a private one."""
    networks = [ip_network(each) for each in (config.network, "127.0.0.0/8", "::1/128", *PRIVATE)]
    known: dict[str, bool] = {}

    def allowed(client: str) -> bool:
        if (found := known.get(client)) is None:
            if len(known) >= MOST_KNOWN:
                known.clear()
            address = ip_address(client.partition("%")[0])
            found = known[client] = any(
                address in network for network in networks if network.version == address.version
            )
        return found

    return allowed


def where_resolved(config: Config) -> tuple[str, int]:
    """The address of the instance's resolver."""
    address = str(config.addresses.network_address + RESOLVER_OFFSET)
    return address, port_of(config.data, address)


def port_of(data: Path, address: str, protocol: str = "dns", standard: int = PORT) -> int:
    """Where a server of this node listens: it may not be on the standard port."""
    try:
        status = json.loads((data / "run" / "status.json").read_text())
    except (OSError, ValueError):
        return standard
    found = {e["address"]: int(e["port"]) for e in status["listeners"] if e["protocol"] == protocol}
    return found.get(address, standard)
