"""Walks over the local internet: found from the root down, validated, bounded, and never believed more than proven."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from forecourt.planes.resolver.cache import BOGUS, INSECURE, SECURE, Cache
from forecourt.planes.resolver.walk import Walker
from forecourt.platform.names import registry
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import World
from tests.services.route53.calls import a, bare, change, create, rrset
from tests.services.route53.test_dnssec import key

from .local import MOST, Internet, values


@pytest.fixture
def signed(world: World, route53: Any) -> Internet:
    """jpub.co.kr, signed; b.jpub.co.kr below it, not signed; a foreign name."""
    zone = bare(create(route53, "jpub.co.kr"))
    child = create(route53, "b.jpub.co.kr")
    other = bare(create(route53, "example.com"))
    key(world, route53, zone)
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone)
    change(
        route53, zone,
        ("CREATE", a("www.jpub.co.kr", "192.0.2.1")),
        ("CREATE", rrset("b.jpub.co.kr", "NS", *child["DelegationSet"]["NameServers"])),
        ("CREATE", rrset("c.jpub.co.kr", "CNAME", "www.example.com")),
        ("CREATE", rrset("loop.jpub.co.kr", "CNAME", "loop.jpub.co.kr")),
        ("CREATE", a("*.wild.jpub.co.kr", "192.0.2.9")),
    )  # fmt: skip
    change(route53, bare(child), ("CREATE", a("www.b.jpub.co.kr", "192.0.2.2")))
    change(route53, other, ("CREATE", a("www.example.com", "192.0.2.3")))
    for name in ("jpub.co.kr", "example.com"):
        world.store.write_now(delegate_zone, name)
    return Internet(world)


def run(internet: Internet, name: str, type_: str = "A") -> Any:
    return asyncio.run(internet.resolve(name, type_))


def test_found_and_validated(signed: Internet) -> None:
    for name, found, security in (
        ("www.jpub.co.kr", ["192.0.2.1"], SECURE),
        ("x.wild.jpub.co.kr", ["192.0.2.9"], SECURE),
        ("www.b.jpub.co.kr", ["192.0.2.2"], INSECURE),
        ("c.jpub.co.kr", ["www.example.com.", "192.0.2.3"], INSECURE),
    ):
        outcome = run(signed, name)
        assert (values(outcome), outcome.security) == (found, security), (name, outcome.error)


def test_what_is_not_there(signed: Internet) -> None:
    for name, rcode, security in (
        ("nothing.jpub.co.kr", 0, SECURE), ("nothing.kr", 0, SECURE), ("nothing.at.all", 0, SECURE),
        ("nothing.example.com", 3, INSECURE),
    ):  # fmt: skip
        outcome = run(signed, name)
        assert (outcome.rcode, values(outcome), outcome.security) == (rcode, [], security), name
        assert outcome.authority


def test_as_few_labels_as_need_be(signed: Internet) -> None:
    run(signed, "www.b.jpub.co.kr")
    for view, asked in signed.asked:
        if view in ("root", "registry-1"):
            assert "jpub" not in asked, asked


def test_what_is_known_is_not_asked_again(signed: Internet) -> None:
    run(signed, "www.jpub.co.kr")
    signed.asked.clear()
    run(signed, "www.jpub.co.kr")
    assert signed.asked == []
    signed.now += 61
    run(signed, "www.jpub.co.kr")
    assert signed.asked
    assert True


def test_who_asks_the_same_waits_for_the_same_walk(signed: Internet) -> None:
    async def both() -> None:
        await asyncio.gather(*(signed.resolve("www.jpub.co.kr") for _ in range(20)))

    asyncio.run(both())
    assert len(signed.asked) == len(set(signed.asked))


def test_loops_end(signed: Internet) -> None:
    outcome = run(signed, "loop.jpub.co.kr")
    assert len(signed.asked) < 60
    assert outcome.rcode in (0, 2)


def tampered(message: Any) -> None:
    """Another address in every answer for www."""
    for at, each in enumerate(message.answer):
        if each.rdtype == dns.rdatatype.A and b"www" in each.name.labels[0].lower():
            message.answer[at] = dns.rrset.from_text(each.name, 60, "IN", "A", "203.0.113.66")


def unsigned(message: Any) -> None:
    for section in (message.answer, message.authority):
        section[:] = [each for each in section if each.rdtype != dns.rdatatype.RRSIG]


def without_denial(message: Any) -> None:
    message.authority[:] = [e for e in message.authority if e.rdtype != dns.rdatatype.NSEC]


def other_ds(message: Any) -> None:
    message.authority[:] = [
        dns.rrset.from_text(e.name, e.ttl, "IN", "DS", "1 13 2 " + "00" * 32)
        if e.rdtype == dns.rdatatype.DS
        else e
        for e in message.authority
    ]


@pytest.mark.parametrize("change", [tampered, unsigned, other_ds])
def test_what_is_forged_is_bogus(signed: Internet, change: Any) -> None:
    signed.changes.append(change)
    outcome = run(signed, "www.jpub.co.kr")
    assert (outcome.rcode, outcome.security) == (int(dns.rcode.SERVFAIL), BOGUS)
    assert outcome.error is not None
    assert outcome.error[0] in (6, 9, 12)
    assert values(outcome) == []


def test_denials_must_be_proven(signed: Internet) -> None:
    signed.changes.append(without_denial)
    assert run(signed, "nothing.jpub.co.kr").security == BOGUS


def test_old_signatures(signed: Internet) -> None:
    signed.now += 20 * 86400
    outcome = run(signed, "www.jpub.co.kr")
    assert outcome.security == BOGUS


def many_signatures(message: Any) -> None:
    """Ten thousand signatures that are none, by a tag that is there (KeyTrap)."""
    for each in message.answer:
        if each.rdtype == dns.rdatatype.RRSIG:
            good = each[0]
            for n in range(300):
                each.add(good.replace(signature=n.to_bytes(64, "big")))


def test_many_signatures_are_little_work(signed: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.dnssec

    calls = 0
    real = dns.dnssec.validate_rrsig

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return real(*args, **options)

    monkeypatch.setattr(dns.dnssec, "validate_rrsig", counted)
    signed.changes.append(many_signatures)
    run(signed, "www.jpub.co.kr")
    assert calls < 80


def test_servers_that_are_down(signed: Internet) -> None:
    signed.down |= {"127.53.0.7"}
    outcome = run(signed, "www.jpub.co.kr")
    assert (outcome.rcode, outcome.error and outcome.error[0]) == (2, 22)


def test_what_is_old_is_given_when_nobody_answers(signed: Internet) -> None:
    run(signed, "www.example.com")
    signed.now += 300
    signed.down |= {f"127.53.{a}.{b}" for a in (0, 1) for b in range(1, 60)}
    outcome = run(signed, "www.example.com")
    assert values(outcome) == ["192.0.2.3"]
    assert outcome.error is not None
    assert outcome.error[0] == 3


def test_referrals_to_nowhere_are_bounded(world: World) -> None:
    """NXNSAttack: a delegation to many servers without addresses, each below another such."""
    hosts = [f"ns{n}.x{n}.victim.test" for n in range(40)]
    world.store.write_now(registry.delegate, "attack.test", hosts)
    world.store.write_now(
        registry.delegate, "victim.test", [f"ns{n}.y{n}.attack.test" for n in range(40)]
    )
    internet = Internet(world)
    outcome = run(internet, "www.attack.test")
    assert outcome.rcode == 2
    assert len(internet.asked) < 120


def test_glue_from_elsewhere_is_not_taken(world: World) -> None:
    world.store.write_now(
        registry.delegate, "evil.test", ["ns.evil.test"], (), {"ns.evil.test": ("127.53.1.1",)}
    )
    internet = Internet(world)

    def poison(message: Any) -> None:
        if message.authority and not message.flags & dns.flags.AA:
            bad = dns.rrset.from_text("a.nic.kr.", 60, "IN", "A", "203.0.113.66")
            message.additional.append(bad)

    internet.changes.append(poison)
    run(internet, "www.evil.test")
    internet.changes.clear()
    assert run(internet, "nothing.kr").security == SECURE


def test_the_steps_are_told(signed: Internet) -> None:
    name = dns.name.from_text("www.b.jpub.co.kr")
    outcome, hops = asyncio.run(signed.walker.trace(name, 1))
    walked = [hop.zone for hop in hops if hop.said in ("referral", "answer")]
    assert [
        each for each in walked if "awsdns" not in each and each not in ("com.", "net.", "org.")
    ][:1] == ["."]
    assert ("jpub.co.kr.", "referral") in [(hop.zone, hop.said) for hop in hops]
    assert (hops[-1].zone, hops[-1].said) == ("b.jpub.co.kr.", "answer")
    assert values(outcome) == ["192.0.2.2"]


def test_without_anchors_nothing_is_validated(world: World, route53: Any) -> None:
    zone = bare(create(route53, "example.com"))
    change(route53, zone, ("CREATE", a("www.example.com", "192.0.2.3")))
    world.store.write_now(delegate_zone, "example.com")
    internet = Internet(world, anchors=[])
    outcome = run(internet, "www.example.com")
    assert (values(outcome), outcome.security) == (["192.0.2.3"], INSECURE)


WILD = """
@ 60 IN SOA a. a. 1 2 3 4 5
@ 60 IN NS a.
a 60 IN A 192.0.2.1
*.w 60 IN A 192.0.2.2
near.w 60 IN TXT here
"""


class SignedOnce:
    """The root, signed with a chain of NSEC as others do it, a wildcard in it."""

    def __init__(self) -> None:
        secret = ec.generate_private_key(ec.SECP256R1())
        key = dns.dnssec.make_dnskey(secret.public_key(), "ECDSAP256SHA256", flags=257)
        self.zone = dns.zone.from_text(WILD, ".", relativize=False)
        with self.zone.writer() as txn:
            dns.dnssec.sign_zone(self.zone, txn, [(secret, key)], lifetime=3600, add_dnskey=True)
        self.anchors = [dns.dnssec.make_ds(dns.name.root, key, "SHA256")]
        self.covering = "a."  # whose NSEC goes with what the wildcard answers

    async def ask(self, address: str, query: bytes, *, stream: bool) -> bytes:
        asked = dns.message.from_wire(query)
        name, type_ = asked.question[0].name, asked.question[0].rdtype
        reply = dns.message.make_response(asked)
        reply.flags |= dns.flags.AA
        owner = name if self.zone.get_node(name) else dns.name.from_text("*.w.")
        for covered in (dns.rdatatype.NONE, type_):
            found = self.zone.get_rdataset(owner, "RRSIG" if covered else type_, covered)
            if found is not None:
                rrset = dns.rrset.from_rdata_list(name, found.ttl, list(found))
                reply.answer.append(rrset)
        for covers in ("NONE", "NSEC"):
            nsec = self.zone.find_rrset(
                self.covering, "NSEC" if covers == "NONE" else "RRSIG", covers
            )
            if owner != name:
                reply.authority.append(nsec)
        return reply.to_wire()


@pytest.mark.parametrize(
    ("name", "covering", "security"),
    [("far.w.", "*.w.", SECURE), ("far.w.", "a.", BOGUS), ("x.near.w.", "near.w.", BOGUS)],
)
def test_nothing_is_closer_than_a_wildcard(name: str, covering: str, security: str) -> None:
    root = SignedOnce()
    root.covering = covering
    walker = Walker(root.ask, ["192.0.2.1"], root.anchors, Cache(MOST), time.time)
    outcome = asyncio.run(walker.resolve(dns.name.from_text(name), 1))
    assert (outcome.security, outcome.error and outcome.error[0]) == (
        security,
        None if security == SECURE else 12,
    )
    assert bool(outcome.authority) == (security == SECURE)  # for those who validate themselves
