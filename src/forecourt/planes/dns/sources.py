"""One address for many views: who asks is told by where from.

    by_source = BySource(nobody)
    by_source.set({"vpc": [ip_network("10.0.0.0/16")]}, responder_of)
    by_source.datagram(query, "10.0.0.7")        # as the view of that network answers

The smallest network that holds the client decides; a network that two views claim decides nothing, and
who is in none is answered by `nobody`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

from forecourt.planes.dns.protocol import Responder

Network = IPv4Network | IPv6Network
MOST_KNOWN = 8192  # clients remembered


class BySource:
    """Answers as a Responder does, each client by its own."""

    def __init__(self, nobody: Responder) -> None:
        self._nobody = nobody
        self._networks: list[tuple[Network, Responder]] = []
        self._known: dict[str, Responder] = {}

    def set(
        self, networks: Mapping[str, Iterable[Network]], responder_of: Callable[[str], Responder]
    ) -> None:
        """Whose networks are which, from now on."""
        claims: dict[Network, set[str]] = {}
        for view, each in networks.items():
            for network in each:
                claims.setdefault(network, set()).add(view)
        found = [
            (network, responder_of(next(iter(views))) if len(views) == 1 else self._nobody)
            for network, views in claims.items()
        ]
        self._networks = sorted(found, key=lambda pair: -pair[0].prefixlen)
        self._known.clear()

    def of(self, client: str) -> Responder:
        """Who answers a client."""
        if (found := self._known.get(client)) is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            address = ip_address(client.partition("%")[0])
            holding = (
                responder
                for network, responder in self._networks
                if network.version == address.version and address in network
            )
            found = self._known[client] = next(holding, self._nobody)
        return found

    def datagram(self, data: bytes, client: str) -> bytes | None:
        return self.of(client).datagram(data, client)

    def message(self, data: bytes, client: str, transport: str = "TCP") -> bytes | None:
        return self.of(client).message(data, client, transport=transport)

    def messages(self, data: bytes, client: str, transport: str = "TCP") -> list[bytes]:
        return self.of(client).messages(data, client, transport)

    def tick(self) -> None:
        """A second went by; for the views themselves their own addresses count it."""
        self._nobody.tick()

    @property
    def queries(self) -> int:
        return self._nobody.queries

    @property
    def dropped(self) -> int:
        return self._nobody.dropped
