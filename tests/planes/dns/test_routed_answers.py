"""Routed record sets, asked of a responder: trees of aliases, health that changes, client subnets."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address, IPv6Address

import dns.edns
import dns.message
import dns.rcode
import pytest

from forecourt.planes.dns import wire
from forecourt.planes.dns.protocol import Names, Responder, Settings
from forecourt.planes.dns.routing import Client, Routing
from forecourt.planes.dns.snapshot import RRset, pack
from forecourt.planes.dns.wire import CNAME, A
from forecourt.planes.dns.zone import Zone
from tests.planes.dns.building import START, nodes

CLIENT = "198.51.100.1"
ASKED = 600


class Server:
    """A responder of the zone example., to which groups are added."""

    def __init__(self) -> None:
        self.names = Names()
        self.zone: Zone = self.names.add_zone(wire.from_text("example"))
        for owner, node in nodes(START).items():
            self.names.put(self.zone, owner, node)
        self.respond = Responder(self.names, Settings(rate=0), locate)

    def put(self, owner: str, *sets: RRset) -> None:
        self.names.put(self.zone, wire.from_text(f"{owner}.example"), pack(sets))

    def ask(
        self, owner: str, type_: str = "A", subnet: str | None = None, client: str = CLIENT
    ) -> dns.message.Message:
        options = [dns.edns.ECSOption.from_text(subnet)] if subnet else None
        query = dns.message.make_query(f"{owner}.example", type_, use_edns=0, options=options)
        reply = self.respond.datagram(query.to_wire(), client)
        assert reply is not None
        answer = dns.message.from_wire(reply)
        assert answer.id == query.id
        return answer

    def served(self, owner: str, **options: str) -> Counter[str]:
        """What a name answers, of many times asked."""
        found: Counter[str] = Counter()
        for _ in range(ASKED):
            answer = self.ask(owner, **options)
            values = [r.to_text() for rrset in answer.answer for r in rrset if rrset.rdtype == A]
            found[" ".join(values)] += 1
        return found


def locate(version: int, address: int, prefix: int) -> Client:
    """10/8 is in Korea, the rest nowhere."""
    places = ("country:KR", "continent:AS") if version == 4 and address >> 24 == 10 else ()
    return Client(address, version, prefix, places, (37.5, 127.0) if places else None)


@pytest.fixture
def server() -> Server:
    return Server()


def address(text: str, routing: Routing | None = None) -> RRset:
    return RRset(A, 60, (IPv4Address(text).packed,), routing=routing)


def alias(target: str, routing: Routing | None = None, *, evaluate: bool = True) -> RRset:
    return RRset(A, 60, (), wire.from_text(f"{target}.example"), "", evaluate, routing)


def weight(name: str, weight: int, check: str = "") -> Routing:
    return Routing("weighted", name, check, weight)


def test_weights_are_kept(server: Server) -> None:
    server.put("w", address("10.0.0.1", weight("a", 1)), address("10.0.0.2", weight("b", 2)))
    found = server.served("w")
    assert set(found) == {"10.0.0.1", "10.0.0.2"}
    assert 0.25 < found["10.0.0.1"] / ASKED < 0.42


def test_a_health_check_takes_a_set_out_and_back_in(server: Server) -> None:
    server.put("w", address("10.0.0.1", weight("a", 1, "one")), address("10.0.0.2", weight("b", 1)))
    assert set(server.served("w")) == {"10.0.0.1", "10.0.0.2"}
    server.names.set_health("one", False)
    assert set(server.served("w")) == {"10.0.0.2"}
    server.names.set_health("other", False)
    server.names.set_health("one", True)
    assert set(server.served("w")) == {"10.0.0.1", "10.0.0.2"}
    server.names.set_health("one", False)
    server.names.set_health("one", None)  # the check is gone: nothing is known
    assert set(server.served("w")) == {"10.0.0.1", "10.0.0.2"}


def test_a_change_of_the_group_counts_at_once(server: Server) -> None:
    server.put("w", address("10.0.0.1", weight("a", 1)))
    assert set(server.served("w")) == {"10.0.0.1"}
    server.put("w", address("10.0.0.3", weight("a", 1)))
    assert set(server.served("w")) == {"10.0.0.3"}
    server.put("w", address("10.0.0.4"))
    assert set(server.served("w")) == {"10.0.0.4"}


def test_a_tree_of_aliases_backs_out_of_an_unhealthy_branch(server: Server) -> None:
    """Latency above, weights below: the near branch is left when all of it fails."""
    near, far = (37.0, 127.0), (50.0, 8.0)
    server.put(
        "top",
        alias("near", Routing("latency", "n", point=near)),
        alias("far", Routing("latency", "f", point=far)),
    )
    server.put(
        "near",
        address("10.0.0.1", weight("a", 1, "one")),
        address("10.0.0.2", weight("b", 1, "two")),
    )
    server.put("far", address("10.0.0.9", weight("c", 1)))
    asked = {"client": "10.1.1.1"}
    assert set(server.served("top", **asked)) == {"10.0.0.1", "10.0.0.2"}
    server.names.set_health("one", False)
    assert set(server.served("top", **asked)) == {"10.0.0.2"}
    server.names.set_health("two", False)
    assert set(server.served("top", **asked)) == {"10.0.0.9"}
    server.names.set_health("two", True)
    assert set(server.served("top", **asked)) == {"10.0.0.2"}


def test_an_alias_that_is_not_evaluated_stays(server: Server) -> None:
    server.put(
        "top",
        alias("near", Routing("failover", "p", primary=True), evaluate=False),
        address("10.0.0.9", Routing("failover", "s")),
    )
    server.put("near", address("10.0.0.1", weight("a", 1, "one")))
    server.names.set_health("one", False)
    assert set(server.served("top")) == {"10.0.0.1"}


def test_a_simple_alias_of_a_group(server: Server) -> None:
    server.put("w", address("10.0.0.1", weight("a", 1)), address("10.0.0.2", weight("b", 1)))
    server.put("top", alias("w"))
    assert set(server.served("top")) == {"10.0.0.1", "10.0.0.2"}


def test_aliases_in_a_circle_end(server: Server) -> None:
    server.put("one", alias("two", weight("a", 1)))
    server.put("two", alias("one", weight("b", 1)))
    assert server.ask("one").answer == []


def test_weighted_cnames(server: Server) -> None:
    target = wire.from_text
    server.put(
        "c",
        RRset(CNAME, 60, (target("x.example"),), routing=weight("a", 1)),
        RRset(CNAME, 60, (target("y.example"),), routing=weight("b", 1)),
    )
    server.put("x", address("10.0.0.1"))
    server.put("y", address("10.0.0.2", weight("z", 1)))
    assert set(server.served("c")) == {"10.0.0.1", "10.0.0.2"}
    assert {str(server.ask("c", "CNAME").answer[0][0].target) for _ in range(50)} == {
        "x.example.",
        "y.example.",
    }


def test_beside_a_wildcard(server: Server) -> None:
    server.put("*", address("10.0.0.1", weight("a", 1)), address("10.0.0.2", weight("b", 1)))
    assert set(server.served("any")) == {"10.0.0.1", "10.0.0.2"}
    answer = server.ask("any", "AAAA")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_by_client_subnet(server: Server) -> None:
    server.put(
        "geo",
        address("10.0.0.1", Routing("geolocation", "kr", places=("country:KR",))),
        address("10.0.0.2", Routing("geolocation", "all", places=("*",))),
    )
    assert set(server.served("geo", subnet="10.9.9.0/24")) == {"10.0.0.1"}
    assert set(server.served("geo", subnet="192.0.2.0/24")) == {"10.0.0.2"}
    assert set(server.served("geo", client="10.1.1.1")) == {"10.0.0.1"}
    assert set(server.served("geo", client="10.1.1.1", subnet="192.0.2.0/24")) == {"10.0.0.2"}
    assert set(server.served("geo", client="10.1.1.1", subnet="0.0.0.0/0")) == {"10.0.0.1"}
    assert set(server.served("geo", client="2001:db8::1")) == {"10.0.0.2"}


def test_nobody_to_answer_is_no_data(server: Server) -> None:
    server.put("geo", address("10.0.0.1", Routing("geolocation", "kr", places=("country:KR",))))
    answer = server.ask("geo")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
    assert answer.authority[0].rdtype == dns.rdatatype.SOA


@pytest.mark.parametrize("subnet", ["10.9.0.0/16", "2001:db8::/48", "0.0.0.0/0"])
def test_the_subnet_comes_back_with_its_scope(server: Server, subnet: str) -> None:
    server.put("geo", address("10.0.0.1", Routing("geolocation", "all", places=("*",))))
    [option] = server.ask("geo", subnet=subnet).options
    assert isinstance(option, dns.edns.ECSOption)
    assert f"{option.address}/{option.srclen}" == subnet
    assert option.scopelen == option.srclen


def test_answers_for_everybody_have_scope_nought(server: Server) -> None:
    server.put("w", address("10.0.0.1", weight("a", 1)), address("10.0.0.2", weight("b", 1)))
    for owner in ("w", "ns", "nothing"):
        [option] = server.ask(owner, subnet="10.9.0.0/16").options
        assert isinstance(option, dns.edns.ECSOption)
        assert (option.srclen, option.scopelen) == (16, 0)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\0\1\x08",
        b"\0\1\x08\0",  # an octet too few
        b"\0\1\x08\0\x0a\0",  # one too many
        b"\0\1\x04\0\x0a",  # bits beyond the prefix
        b"\0\1\x21\0\x0a\0\0\0\0",  # longer than an address
        b"\0\3\x08\0\x0a",  # no such family
        b"\0\1\x08\x08\x0a",  # a scope in a query
        b"\0\2\x81\0" + bytes(17),
        b"\0\1\x20\0" + bytes(4096),
    ],
)
def test_malformed_subnets(server: Server, value: bytes) -> None:
    query = dns.message.make_query("ns.example", "A", use_edns=0, payload=4096)
    query.use_edns(0, options=[dns.edns.GenericOption(dns.edns.OptionType.ECS, value)])
    reply = server.respond.message(query.to_wire(max_size=65535), CLIENT)
    assert reply is not None
    assert reply[3] & 0xF == dns.rcode.FORMERR


def test_many_clients_cost_no_more_than_are_kept(server: Server) -> None:
    server.put("geo", address("10.0.0.1", Routing("geolocation", "all", places=("*",))))
    for number in range(10_000):
        server.ask("geo", client=str(IPv6Address(number << 64)))
    assert len(server.respond._clients) <= 8192
