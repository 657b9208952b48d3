"""A resolver's address: flags, views, strangers, sizes, and answers that age."""

from __future__ import annotations

import asyncio
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from forecourt.planes.dns.names import Names
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.resolver.cache import Outcome
from forecourt.planes.resolver.service import Service
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import World
from tests.services.route53.calls import a, bare, change, create, rrset

from .local import Internet

CLIENT, STRANGER = "127.0.0.1", "198.51.100.1"


class Address:
    """A service, asked as clients do."""

    def __init__(self, world: World, names: Names | None = None) -> None:
        self.internet = Internet(world)
        self.names = names or Names()
        responder = Responder(self.names, Settings(rate=0))
        self.service = Service(
            self.internet.walker, lambda _: responder, lambda c: c == CLIENT, self.internet.clock
        )

    def ask(
        self,
        name: str,
        type_: str = "A",
        client: str = CLIENT,
        *,
        stream: bool = False,
        **options: Any,
    ) -> dns.message.Message:
        query = dns.message.make_query(name, type_, **options)
        reply = asyncio.run(self.service.message(query.to_wire(), client, stream=stream))
        assert reply is not None
        message = dns.message.from_wire(reply)
        assert query.is_response(message)
        return message


@pytest.fixture
def address(world: World, route53: Any) -> Address:
    zone = bare(create(route53, "example.com"))
    change(
        route53, zone,
        ("CREATE", a("www.example.com", "192.0.2.1")),
        ("CREATE", rrset("big.example.com", "TXT", *(f'"{n}{"x" * 200}"' for n in range(20)))),
    )  # fmt: skip
    world.store.write_now(delegate_zone, "example.com")
    return Address(world)


def test_an_answer(address: Address) -> None:
    reply = address.ask("WWW.example.com")
    assert reply.answer[0][0].to_text() == "192.0.2.1"
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA


def test_what_is_proven_is_said(address: Address) -> None:
    for options, proofs, said in (
        ({"want_dnssec": True}, True, True),
        ({"use_edns": 0}, False, False),
        ({"use_edns": 0, "flags": dns.flags.RD | dns.flags.AD}, False, True),
    ):
        reply = address.ask("com", "SOA", **options)
        types = {each.rdtype for each in reply.answer}
        assert (dns.rdatatype.RRSIG in types, bool(reply.flags & dns.flags.AD)) == (proofs, said)


def test_forgeries_are_failures_with_a_reason(address: Address) -> None:
    def strip(message: Any) -> None:
        message.answer[:] = [e for e in message.answer if e.rdtype != dns.rdatatype.RRSIG]

    address.internet.changes.append(strip)
    reply = address.ask("com", "SOA", want_dnssec=True)
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert any(option.otype == dns.edns.OptionType.EDE for option in reply.options)


def test_strangers_are_refused(address: Address) -> None:
    assert address.ask("www.example.com", client=STRANGER).rcode() == dns.rcode.REFUSED
    assert address.ask("www.example.com", flags=0).rcode() == dns.rcode.REFUSED


def test_a_view_of_a_network_comes_first(world: World) -> None:
    from tests.planes.dns.building import START, names_of

    inside = Address(world, names_of(START + "www A 10.0.0.1"))
    reply = inside.ask("www.example")
    assert reply.answer[0][0].to_text() == "10.0.0.1"
    assert reply.flags & dns.flags.RA
    assert inside.internet.asked == []


def test_ttls_go_down(address: Address) -> None:
    first = address.ask("www.example.com").answer[0].ttl
    address.internet.now += 7
    assert address.ask("www.example.com").answer[0].ttl == first - 7


def test_what_does_not_fit(address: Address) -> None:
    assert address.ask("big.example.com", "TXT", use_edns=0).flags & dns.flags.TC
    whole = address.ask("big.example.com", "TXT", use_edns=0, stream=True)
    assert len(whole.answer[0]) == 20


def test_at_once_is_as_with_time(address: Address) -> None:
    for name in ("www.example.com", "nothing.example.com"):
        for options in ({"use_edns": 0}, {"want_dnssec": True}):
            query = dns.message.make_query(name, "A", **options).to_wire()
            assert address.service.at_once(query, CLIENT) is None
            slow = asyncio.run(address.service.message(query, CLIENT))
            assert address.service.at_once(query, CLIENT) == slow
            assert address.service.at_once(query, STRANGER) is None
            other = query[:2] + b"\x01\x20" + query[4:]  # AD: not an ordinary one
            assert address.service.at_once(other, CLIENT) is None
            address.internet.now += 1
            aged = address.service.at_once(query, CLIENT)
            assert aged == asyncio.run(address.service.message(query, CLIENT)) != slow


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 11, b"\0" * 12, b"\0\1\x80" + bytes(30), b"\xff" * 40]
)
def test_garbage(address: Address, data: bytes) -> None:
    assert address.service.at_once(data, CLIENT) is None
    reply = asyncio.run(address.service.message(data, CLIENT))
    assert reply is None or reply[3] & 15


@pytest.mark.parametrize(
    "options", [{}, {"use_edns": 0}, {"want_dnssec": True}, {"flags": dns.flags.RD | dns.flags.CD}]
)
def test_a_second_time_it_is_ready(address: Address, options: dict[str, Any]) -> None:
    """What is ready says what was said, its TTLs counted down, until it is too old."""
    query = dns.message.make_query("WWW.example.com", "A", **options)
    assert address.service.at_once(query.to_wire(), CLIENT) is None
    first = address.ask("www.example.com", **options)
    address.internet.now += 7
    ready = address.service.at_once(query.to_wire(), CLIENT)
    assert ready is not None
    reply = dns.message.from_wire(ready)
    assert reply.id == query.id
    assert reply.question[0].name.to_text() == "WWW.example.com."
    assert (reply.flags, reply.answer) == (first.flags, first.answer)
    before, after = ([each.ttl for each in said.answer] for said in (first, reply))
    assert [ttl - 7 for ttl in before] == after
    assert reply.edns == first.edns
    again = dns.message.make_query("www.example.com", "A", **options)
    told = asyncio.run(address.service.message(again.to_wire(), CLIENT))
    at_once = address.service.at_once(again.to_wire(), CLIENT)
    assert told == at_once
    assert address.service.at_once(query.to_wire(), STRANGER) is None
    address.internet.now += before[0]
    assert address.service.at_once(query.to_wire(), CLIENT) is None


def test_what_is_not_the_same_is_not_ready(address: Address) -> None:
    address.ask("www.example.com")
    wire = dns.message.make_query("www.example.com", "A").to_wire()
    assert address.service.at_once(wire, CLIENT)
    for other in (
        wire + b"x",
        wire[:2] + bytes((0,)) + wire[3:],  # without RD
        wire[:11] + b"\1" + wire[12:],  # an additional record that is not there
        wire[:-3] + b"\x1c" + wire[-2:],  # AAAA
        wire[:12],
    ):
        assert address.service.at_once(other, CLIENT) is None
    address.service.forget()
    assert address.service.at_once(wire, CLIENT) is None


def test_a_name_with_a_zero_in_it(address: Address) -> None:
    query = dns.message.make_query(r"a\000b.example.com", "A").to_wire()
    told = asyncio.run(address.service.message(query, CLIENT))
    assert told is not None
    assert address.service.at_once(query, CLIENT) is None


def test_what_becomes_ours_is_not_ready(address: Address) -> None:
    """A private zone that is made hides what was resolved."""
    query = dns.message.make_query("www.example.com", "A").to_wire()
    address.ask("www.example.com")
    assert address.service.at_once(query, CLIENT)
    address.names.add_zone(b"\7example\3com\0")
    assert address.service.at_once(query, CLIENT) is None


def test_what_is_asked_for_does_not_grow_old(address: Address) -> None:
    """In the last tenth of its time an answer is fetched anew, once, while the old one is given."""
    query = dns.message.make_query("www.example.com", "A").to_wire()

    async def run() -> None:
        assert await address.service.message(query, CLIENT)
        address.internet.now += 50
        before = len(address.internet.asked)
        assert address.service.at_once(query, CLIENT)
        await asyncio.sleep(0)
        assert len(address.internet.asked) == before
        address.internet.now += 6
        for _ in range(2):
            assert address.service.at_once(query, CLIENT)
        assert len(asyncio.all_tasks()) == 2  # this one, and one that fetches
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)
        asked = address.internet.asked[before:]
        assert asked.count(("1", "www.example.com. A")) == 1, asked
        address.internet.now += 5  # the old one is gone by now, the new one is known
        assert address.service.at_once(query, CLIENT) is None
        asked = list(address.internet.asked)
        reply = await address.service.message(query, CLIENT)
        assert reply is not None
        assert dns.message.from_wire(reply).answer[0].ttl == 55
        assert address.internet.asked == asked

    asyncio.run(run())


def test_a_fetch_that_fails_takes_nothing_away(address: Address) -> None:
    query = dns.message.make_query("www.example.com", "A").to_wire()

    async def run() -> None:
        assert await address.service.message(query, CLIENT)
        address.internet.now += 56
        address.internet.down.update(f"127.53.1.{each}" for each in range(1, 17))
        assert address.service.at_once(query, CLIENT)
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)
        address.internet.now += 1
        reply = await address.service.message(query, CLIENT)
        assert reply is not None
        assert dns.message.from_wire(reply).answer

    asyncio.run(run())


@pytest.mark.parametrize(
    "record",
    [b"\0\0\1\0\1\0\0\0\0\0\3abc", b"\0\0\xfa\0\xff\0\0\0\0\0\0", b"\0\0\x29\4\xd0\0\0\0\0\0\4\0\x0f\0\0"],
)  # fmt: skip
def test_records_that_are_none(address: Address, record: bytes) -> None:
    query = dns.message.make_query("www.example.com", "A").to_wire()
    reply = asyncio.run(address.service.message(query[:11] + b"\1" + query[12:] + record, CLIENT))
    assert reply is not None
    assert reply[3] & 15 == dns.rcode.FORMERR
    assert address.internet.asked == []


def test_another_version_of_edns(address: Address) -> None:
    query = dns.message.make_query("www.example.com", "A", use_edns=1).to_wire()
    reply = asyncio.run(address.service.message(query, CLIENT))
    assert reply is not None
    assert dns.message.from_wire(reply).rcode() == dns.rcode.BADVERS


def test_what_fits_no_message(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    values = (f'"{n:03}{"x" * 250}"' for n in range(300))
    rrset_ = dns.rrset.from_text("huge.example.com.", 60, "IN", "TXT", *values)

    async def resolve(*_: Any) -> Outcome:
        return Outcome(0, [rrset_])

    monkeypatch.setattr(address.internet.walker, "resolve", resolve)
    for stream in (False, True):
        reply = address.ask("huge.example.com", "TXT", stream=stream)
        assert (reply.rcode(), reply.answer) == (dns.rcode.SERVFAIL, [])
