"""Clients are answered by their networks."""

from __future__ import annotations

from ipaddress import ip_network

import dns.rcode
import pytest

from forecourt.planes.dns import sources
from forecourt.planes.dns.names import Names
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.dns.sources import BySource

from .building import START, names_of, query, read

VIEWS = {
    name: Responder(names_of(START + f"www A 192.0.2.{at}"), Settings(rate=0))
    for at, name in enumerate(("one", "two", "three"))
}
NETWORKS = {
    "one": [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")],
    "two": [ip_network("10.1.0.0/16"), ip_network("172.16.0.0/12")],
    "three": [ip_network("172.31.0.0/16")],
}


@pytest.fixture
def by_source() -> BySource:
    found = BySource(Responder(Names(), Settings()))
    found.set(NETWORKS, VIEWS.__getitem__)
    return found


def answered(by_source: BySource, client: str) -> str:
    replies = {
        by_source.datagram(query("www"), client),
        by_source.message(query("www"), client),
        *by_source.messages(query("www"), client),
    }
    (reply,) = replies
    message = read(reply)
    return message.answer[0][0].to_text() if message.answer else dns.rcode.to_text(message.rcode())


def test_whose_networks_hold_a_client(by_source: BySource) -> None:
    for client, value in (
        ("10.0.0.1", "192.0.2.0"), ("10.1.0.1", "REFUSED"), ("2001:db8::1", "192.0.2.0"),
        ("172.30.0.1", "192.0.2.1"), ("172.31.0.1", "REFUSED"), ("192.0.2.1", "REFUSED"), ("::1", "REFUSED"), ("fe80::1%eth0", "REFUSED"),
    ):  # fmt: skip
        assert answered(by_source, client) == value, client


def test_networks_change(by_source: BySource) -> None:
    assert answered(by_source, "10.0.0.1") == "192.0.2.0"
    by_source.set({"two": [ip_network("10.0.0.0/8")]}, VIEWS.__getitem__)
    assert answered(by_source, "10.0.0.1") == "192.0.2.1"
    by_source.tick()
    assert (by_source.queries, by_source.dropped) == (0, 0)


def test_who_is_remembered_is_bounded(by_source: BySource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_KNOWN", 3)
    for n in range(20):
        by_source.of(f"10.0.0.{n}")
        assert len(by_source._known) <= 3
