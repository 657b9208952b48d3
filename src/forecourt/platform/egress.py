"""Where connections made for callers may go: webhooks, probes, fetched policies.

By default this machine's network of instances and private addresses (RFC 1918, RFC 4193); what else is
allowed, or taken out, is configured.  Asked with the address that will be connected to, after
resolving, so that a name that changes its mind gains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Network = str
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
# Never, whatever is allowed: link-local (metadata services), unspecified, multicast, broadcast.
NEVER = ("169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8")


class Egress:
    def __init__(self, own: Network, allow: Iterable[Network] = ()) -> None:
        self._allowed = [ip_network(n) for n in (own, *PRIVATE, *allow)]
        self._never = [ip_network(n) for n in NEVER]

    def allows(self, address: str) -> bool:
        """Whether a connection to an address may be made."""
        found: IPv4Address | IPv6Address = ip_address(address)
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if any(found in network for network in self._never if network.version == found.version):
            return False
        return any(
            found in network for network in self._allowed if network.version == found.version
        )
