"""Addresses of name servers: each its own, whatever the network."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from forecourt.platform.network.addresses import NAME_SERVERS, Exhausted, name_server

DEFAULT = IPv4Network("127.53.0.0/16")
SMALLEST = IPv4Network("10.0.0.0/20")  # config.py allows no smaller one


@pytest.mark.parametrize(
    ("network", "server_set", "place", "address"),
    [
        (DEFAULT, 1, 0, "127.53.1.1"),
        (DEFAULT, 1, 3, "127.53.1.4"),
        (DEFAULT, 2, 0, "127.53.1.5"),
        (DEFAULT, 64, 0, "127.53.1.253"),
        (DEFAULT, 64, 3, "127.53.2.0"),
        (IPv4Network("127.60.0.0/16"), 1, 0, "127.60.1.1"),
        (SMALLEST, 1, 1, "10.0.1.2"),
    ],
)
def test_places(network: IPv4Network, server_set: int, place: int, address: str) -> None:
    assert str(name_server(network, server_set, place)) == address


@pytest.mark.parametrize("network", [DEFAULT, SMALLEST])
def test_every_server_has_an_address_of_its_own(network: IPv4Network) -> None:
    found = set()
    for server_set in range(1, 100_000):
        try:
            addresses = [name_server(network, server_set, place) for place in range(4)]
        except Exhausted as exhausted:
            assert str(network) in str(exhausted)
            break
        found.update(addresses)
        assert len(found) == 4 * server_set
    assert found
    first, last = min(found) - int(network[0]), max(found) - int(network[0])
    assert int(first) > NAME_SERVERS.start
    assert int(last) < min(NAME_SERVERS.end, network.num_addresses - 1)
    assert int(last) >= min(NAME_SERVERS.end, network.num_addresses - 1) - 5  # all were used


@pytest.mark.parametrize(("network", "server_set"), [(SMALLEST, 960), (DEFAULT, 1985)])
def test_exhausted(network: IPv4Network, server_set: int) -> None:
    with pytest.raises(Exhausted, match=f"no addresses for delegation set {server_set}"):
        name_server(network, server_set, 3)
