"""One address for many views: who asks is told by where from.

    by_source = BySource(nobody)
    by_source.set({"vpc": [ip_network("10.0.0.0/16")]}, responder_of)
    by_source.datagram(query, "10.0.0.7")        # as the view of that network answers

Who is in the networks of one view is answered by it; who is in none, or in those of several, whose
owners may be strangers to one another, by `nobody`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

from forecourt.planes.dns.protocol import Responder

Network = IPv4Network | IPv6Network
MOST_KNOWN = 8192  # clients remembered


class BySource:
    """Answers as a Responder does, each client by its own."""

    def __init__(self, nobody: Responder) -> None:
        self._nobody = nobody
        self._networks: list[tuple[Network, str, Responder]] = []
        self._known: dict[str, Responder] = {}

    def set(
        self, networks: Mapping[str, Iterable[Network]], responder_of: Callable[[str], Responder]
    ) -> None:
        """Whose networks are which, from now on."""
        self._networks = [
            (network, view, responder_of(view))
            for view, each in networks.items()
            for network in each
        ]
        self._known.clear()

    def of(self, client: str) -> Responder:
        """Who answers a client."""
        if (found := self._known.get(client)) is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            address = ip_address(client.partition("%")[0])
            holding = {
                view: responder
                for network, view, responder in self._networks
                if network.version == address.version and address in network
            }
            found = next(iter(holding.values())) if len(holding) == 1 else self._nobody
            self._known[client] = found
        return found

    def datagram(self, data: bytes, client: str) -> bytes | None:
        return self.of(client).datagram(data, client)

    def message(self, data: bytes, client: str, transport: str = "TCP") -> bytes | None:
        return self.of(client).message(data, client, transport=transport)

    def messages(self, data: bytes, client: str, transport: str = "TCP") -> Iterator[bytes]:
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
