"""Transfers: whole zones and differences, read back by dnspython's own client."""

from __future__ import annotations

import random
import time
from collections import deque
from typing import Any

import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.xfr
import dns.zone
import pytest

from forecourt.planes.dns import transfers
from forecourt.planes.dns.names import Names
from forecourt.planes.dns.protocol import OUR_SIZE, Responder, Settings
from forecourt.planes.dns.routing import Routing
from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.planes.dns.transfers import Transfers
from forecourt.planes.dns.wire import A
from forecourt.planes.dns.zone import Zone

from .building import APEX, ORIGIN, WHOLE, absolute, names_of, nodes

PLAIN = "\n".join(line for line in WHOLE.splitlines() if "->" not in line) + "\n"
SECRET = "c2VjcmV0IG9mIHNpeHRlZW4gYnl0ZXM="
RING = dns.tsigkeyring.from_text({"transfer.": SECRET})
OTHER = dns.tsigkeyring.from_text({"transfer.": "YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=="})


class Primary:
    def __init__(self, text: str = WHOLE) -> None:
        self.names: Names = names_of(text)
        self.zone: Zone = self.names.zones[APEX]
        self.zone.history, self.zone.serial = deque(), 1000
        self.respond = Responder(
            self.names, Settings(rate=0), transfers=Transfers({"transfer.": SECRET}, time.time)
        )

    def put(self, owner: str, node: bytes | None, serial: int) -> None:
        self.zone.remember(absolute(owner), serial)
        self.names.put(self.zone, absolute(owner), node)

    def pull(self, secondary: dns.zone.Zone, ring: Any = RING) -> int:
        """Bring a secondary up to date; how many messages that took."""
        query, serial = dns.xfr.make_query(secondary, keyring=ring)
        replies = list(self.respond.messages(query.to_wire(), "192.0.2.1"))
        with dns.xfr.Inbound(secondary, query.question[0].rdtype, serial) as inbound:
            context = None
            for data in replies:
                reply = dns.message.from_wire(
                    data, keyring=query.keyring, request_mac=query.mac or b"", xfr=True,
                    origin=ORIGIN, tsig_ctx=context, multi=len(replies) > 1, one_rr_per_rrset=True,
                )  # fmt: skip
                context = reply.tsig_ctx
                if inbound.process_message(reply):
                    break
        return len(replies)


def secondary() -> Any:
    return dns.zone.Zone(ORIGIN)


def content(zone: dns.zone.Zone) -> set[str]:
    return set(zone.to_text().splitlines())


def test_a_whole_zone() -> None:
    primary, zone = Primary(), secondary()
    primary.pull(zone)
    found = content(zone)
    assert "www 300 IN A 192.0.2.1" in found
    assert "alias 300 IN A 192.0.2.1" in found  # as what it stands for
    assert any("SOA" in line and " 1000 " in line for line in found)
    assert not any("aliasnone" in line for line in found)


def test_a_large_zone_takes_several_messages() -> None:
    text = WHOLE + "\n".join(f'n{n} TXT "{"x" * 100}"' for n in range(1000))
    primary, zone = Primary(text), secondary()
    assert primary.pull(zone) > 5
    assert len(zone.nodes) > 1000


def test_differences() -> None:
    """Whatever changes, a secondary that follows step by step has what one has that asks anew."""
    chance = random.Random(3)
    primary, follower = Primary(PLAIN), secondary()
    primary.pull(follower)
    serial, small = 1000, 0
    for _ in range(60):
        for _ in range(chance.choice((1, 1, 2, 5))):
            serial += chance.choice((0, 1, 3)) if primary.zone.serial == serial else 1
            owner = f"n{chance.randrange(8)}"
            text = f"{owner} A 192.0.2.{chance.randrange(250)}"
            node = nodes(text)[absolute(owner)] if chance.random() < 0.7 else None
            primary.put(owner, node, max(serial, primary.zone.serial + 1))
        serial = primary.zone.serial
        if chance.random() < 0.6:
            query, _ = dns.xfr.make_query(follower, keyring=RING)
            small += len(next(primary.respond.messages(query.to_wire(), "192.0.2.1"))) < 900
            primary.pull(follower)
            fresh = secondary()
            primary.pull(fresh)
            assert content(follower) == content(fresh)
    assert small > 20  # differences, not the whole zone each time


def test_an_alias_follows_its_target() -> None:
    primary, zone = Primary(), secondary()
    primary.pull(zone)
    primary.put("www", nodes("www A 192.0.2.99")[absolute("www")], 2000)
    primary.pull(zone)
    assert {"www 300 IN A 192.0.2.99", "alias 300 IN A 192.0.2.99"} <= content(zone)


def test_nothing_new() -> None:
    primary, zone = Primary(), secondary()
    primary.pull(zone)
    query, _ = dns.xfr.make_query(zone, keyring=RING)
    (only,) = primary.respond.messages(query.to_wire(), "192.0.2.1")
    reply = dns.message.from_wire(only, keyring=RING, request_mac=query.mac or b"")
    assert [each.rdtype for each in reply.answer] == [dns.rdatatype.SOA]


def test_too_long_ago_is_the_whole_zone() -> None:
    primary, zone = Primary(), secondary()
    primary.pull(zone)
    primary.put("www", None, 2000)
    primary.zone.history = deque()
    primary.put("mail", None, 3000)
    primary.pull(zone)
    fresh = secondary()
    primary.pull(fresh)
    assert content(zone) == content(fresh)


def asked(primary: Primary, type_: str, ring: Any, name: str = "example.") -> Any:
    query = dns.message.make_query(name, type_)
    if ring is not None:
        query.use_tsig(ring)
    (reply,) = primary.respond.messages(query.to_wire(), "192.0.2.1")
    return dns.message.from_wire(
        reply,
        keyring=ring,
        request_mac=query.mac or b"",
        ignore_trailing=True,
        continue_on_error=True,
    )


@pytest.mark.parametrize("type_", ["AXFR", "IXFR"])
def test_without_a_key(type_: str) -> None:
    assert asked(Primary(), type_, None).rcode() == dns.rcode.REFUSED
    primary = Primary()
    query = dns.message.make_query("example.", type_)
    query.use_tsig(OTHER)
    (reply,) = primary.respond.messages(query.to_wire(), "192.0.2.1")
    assert reply[3] & 0x0F == dns.rcode.NOTAUTH
    assert len(reply) < 60


def test_zones_that_are_not_ours() -> None:
    assert asked(Primary(), "AXFR", RING, "elsewhere.").rcode() == dns.rcode.NOTAUTH


def test_a_zone_that_is_decided_per_query() -> None:
    primary = Primary(PLAIN)
    sets = [RRset(A, 60, (bytes(4),), routing=Routing("weighted", "a", weight=1))]
    primary.put("w", pack(sets), 2000)
    assert asked(primary, "AXFR", RING).rcode() == dns.rcode.REFUSED
    primary.put("w", None, 2001)
    assert asked(primary, "AXFR", RING).rcode() == dns.rcode.NOERROR


def test_by_datagram_the_serial_alone() -> None:
    primary = Primary()
    for type_ in ("SOA", "IXFR"):
        query = dns.message.make_query("example.", type_)
        query.use_tsig(RING)
        if type_ == "IXFR":
            soa = dns.rrset.from_text("example.", 300, "IN", "SOA", "a. b. 1 2 3 4 5")
            query.authority.append(soa)
        data = primary.respond.datagram(query.to_wire(), "192.0.2.1")
        assert data is not None
        assert len(data) <= OUR_SIZE
        reply = dns.message.from_wire(data, keyring=RING, request_mac=query.mac or b"")
        assert reply.answer[0][0].serial == 1000
    plain = dns.message.make_query("example.", "SOA")
    data = primary.respond.datagram(plain.to_wire(), "192.0.2.1")
    assert data is not None
    assert dns.message.from_wire(data).answer[0][0].serial == 1


def test_garbage() -> None:
    primary, chance = Primary(), random.Random(1)
    query = dns.message.make_query("example.", "AXFR")
    query.use_tsig(RING)
    whole = bytearray(query.to_wire())
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        found = transfers.Transfers({"transfer.": SECRET}, time.time).answer(
            bytes(data[: chance.randrange(len(data) + 1)]), primary.names, stream=True
        )
        assert found is None or all(list(found))
