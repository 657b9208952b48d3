"""Registries: made when they are needed, true referrals at each level, signed from the root down."""

from __future__ import annotations

import time
from ipaddress import IPv4Network
from typing import Any

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
import pytest

from forecourt.platform.names import registry, server_sets
from forecourt.store.tx import Tx
from tests.harness import World

DS = bytes.fromhex("30390d02") + bytes(32)


def referral(world: World, view: str, name: str) -> tuple[str, set[str], dict[str, str]]:
    """Who is referred to: the owner, the servers, the glue."""
    reply = world.ask(name, view=view)
    (ns,) = [each for each in reply.authority if each.rdtype == dns.rdatatype.NS]
    glue = {str(each.name): each[0].to_text() for each in reply.additional if each.rdtype == 1}
    return str(ns.name), {each.to_text() for each in ns}, glue


def test_each_level_refers_to_the_next(world: World) -> None:
    hosts = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]
    world.store.write_now(registry.delegate, "jpub.co.kr", hosts)
    name = "www.b.jpub.co.kr"
    assert referral(world, "root", name) == ("kr.", {"a.nic.kr."}, {"a.nic.kr.": "127.53.0.6"})
    assert referral(world, "registry-1", name)[::2] == ("co.kr.", {"a.nic.co.kr.": "127.53.0.7"})
    assert referral(world, "registry-2", name)[:2] == (
        "jpub.co.kr.",
        {f"{host}." for host in hosts},
    )
    assert world.ask("co.kr", "SOA", view="registry-2").answer
    assert world.ask("nothing.co.kr", view="registry-2").rcode() == 3


def test_what_is_taken_back_is_not_there(world: World) -> None:
    glue: dict[str, tuple[str, ...]] = {"ns.jpub.co.kr": ("192.0.2.53",)}
    world.store.write_now(registry.delegate, "jpub.co.kr", ["ns.jpub.co.kr"], [DS], glue)
    found = world.store.read_now(registry.delegation, "jpub.co.kr")
    assert found == registry.Delegation("jpub.co.kr.", ("ns.jpub.co.kr",), (DS,), glue)
    assert referral(world, "registry-2", "jpub.co.kr")[2] == {"ns.jpub.co.kr.": "192.0.2.53"}
    assert world.ask("jpub.co.kr", "DS", view="registry-2").answer
    world.store.write_now(registry.undelegate, "jpub.co.kr")
    assert world.ask("ns.jpub.co.kr", view="registry-2").rcode() == 3
    assert world.store.read_now(registry.delegation, "jpub.co.kr") is None


def test_hosts_have_their_places(world: World) -> None:
    number = world.store.read_now(server_sets.numbers)[0]
    world.store.write_now(registry.tend, str(number))
    for place, host in enumerate(world.store.read_now(server_sets.get, number).hosts):
        (answer,) = world.ask(host, view="hosts").answer
        assert answer[0].to_text() == f"127.53.1.{place + 1}"
    world.store.write_now(registry.ensure, IPv4Network("127.99.0.0/16"))
    assert world.ask(host, view="hosts").answer[0][0].to_text() == "127.99.1.4"
    assert referral(world, "root", "x.com")[2] == {"a.nic.com.": "127.99.0.6"}
    world.store.write_now(registry.ensure, IPv4Network(registry.DEFAULT_NETWORK))


def keys_of(world: World, name: str, view: str, trusted: Any) -> Any:
    """A zone's DNSKEYs, validated by DS records."""
    owner = dns.name.from_text(name)
    reply = world.ask(name, "DNSKEY", view=view, want_dnssec=True)
    keys, signature = reply.answer
    good = dns.rrset.RRset(owner, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
    for key in keys:
        if dns.dnssec.make_ds(owner, key, "SHA256") in trusted:
            good.add(key)
    dns.dnssec.validate(keys, signature, {owner: good})
    return keys


def test_the_chain_validates_from_the_anchor(world: World) -> None:
    world.store.write_now(registry.delegate, "jpub.co.kr", ["ns.elsewhere.test"], [DS])
    (anchor,) = world.store.write_now(registry.anchors)
    trusted: Any = [dns.rdata.from_wire("IN", "DS", anchor, 0, len(anchor))]
    above, view = ".", "root"
    for name, following in (("kr.", "registry-1"), ("co.kr.", "registry-2"), ("jpub.co.kr.", "")):
        keys = keys_of(world, above, view, trusted)
        reply = world.ask(name, "DS", view=view, want_dnssec=True)
        ds, signature = reply.answer
        dns.dnssec.validate(ds, signature, {dns.name.from_text(above): keys})
        trusted, above, view = list(ds), name, following


def test_keys_are_signed_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.store.write_now(registry.ensure)

    def signature() -> str:
        return str(world.ask(".", "DNSKEY", view="root", want_dnssec=True).answer[1])

    first = signature()
    world.store.write_now(registry.refresh)
    assert signature() == first
    later = time.time() + registry.SIGNED_FOR + 1
    monkeypatch.setattr(time, "time", lambda: later)
    world.store.write_now(registry.refresh)
    assert signature() != first


def test_a_transaction_that_fails_leaves_nothing(world: World) -> None:
    def fail(tx: Tx) -> None:
        registry.delegate(tx, "a.kr", ["ns.elsewhere.test"])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.store.write_now(fail)
    assert world.store.read_now(registry.ZONES.find, "kr.") is None
