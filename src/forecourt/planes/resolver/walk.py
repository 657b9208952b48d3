"""The walk from the root to an answer.

    walker = Walker(ask, roots, anchors, cache, clock)
    outcome = await walker.resolve(name, type)

Questions go with as few labels as need be (RFC 9156), letters of either case at random, and are asked of
a few servers each; what all of one resolution may ask is bounded, so that no referral can make more
work than that (NXNSAttack, CVE-2020-12662).  Every zone from the anchor down is validated; where a
delegation is proven to be unsigned, what is below is insecure.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from forecourt.planes.resolver import proofs
from forecourt.planes.resolver.asking import Ask, exchange
from forecourt.planes.resolver.cache import BOGUS, INSECURE, SECURE, Cache, Cut, Outcome
from forecourt.planes.resolver.proofs import RRset, signatures_of

if TYPE_CHECKING:
    from forecourt.planes.resolver.upstream import Upstream

MOST_QUERIES = 80  # of one resolution, everything that it calls for included
MOST_STEPS = 40  # of one walk
MOST_CNAMES = 12
MOST_HOSTS = 3  # of a referral without addresses that are looked up
MOST_SERVERS = 3  # asked the same
DEEPEST = 5  # resolutions for the sake of others
ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
NS, DS, SOA, CNAME, DNSKEY = (
    dns.rdatatype.NS, dns.rdatatype.DS, dns.rdatatype.SOA, dns.rdatatype.CNAME, dns.rdatatype.DNSKEY
)  # fmt: skip

# Extended errors (RFC 8914 §4).
BOGUS_ERROR, EXPIRED, NO_KEY, NO_DENIAL, UNREACHABLE, STALE = 6, 7, 9, 12, 22, 3


class Failed(Exception):
    """No answer can be had; an extended error says why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.error = code, text


@dataclass(slots=True)
class Hop:
    """One question and what came of it, for those who want to see the walk."""

    zone: str
    server: str
    question: str
    said: str
    records: list[str] = field(default_factory=list)
    secure: bool = False
    depth: int = 0  # 0: for the name itself; more: for the sake of name servers' names


@dataclass(slots=True)
class Budget:
    queries: int = MOST_QUERIES
    hops: list[Hop] = field(default_factory=list)
    depth: int = 0


class Walker:
    def __init__(
        self,
        ask: Ask,
        roots: Iterable[str],
        anchors: Iterable[Any],
        cache: Cache,
        clock: Callable[[], float],
        upstream: Upstream | None = None,
    ) -> None:
        """`roots` are addresses, `anchors` DS rdata of the root; none: nothing is validated."""
        self._upstream = upstream
        self._ask, self.cache, self._clock = ask, cache, clock
        self._roots, self._anchors = tuple(roots), list(anchors)
        self._under_way: dict[tuple[dns.name.Name, int], asyncio.Task[Outcome]] = {}

    def start_at(self, roots: Iterable[str], anchors: Iterable[Any]) -> None:
        """Another root: everything is forgotten."""
        self._roots, self._anchors = tuple(roots), list(anchors)
        for task in list(self._under_way.values()):  # what they would find is of the old one
            task.cancel()
        self.cache.clear()

    async def resolve(self, name: dns.name.Name, type_: int) -> Outcome:
        """The answer to a question; those who ask the same meanwhile wait for the same walk."""
        now = self._clock()
        if (found := self.cache.get((name, type_), now)) is not None:
            return found
        task = self._under_way.get((name, type_))
        if task is None:
            task = asyncio.ensure_future(self._resolve(name, type_, Budget(), 0))
            self._under_way[name, type_] = task
            task.add_done_callback(lambda _: self._under_way.pop((name, type_), None))
        return await asyncio.shield(task)

    def prefetch(self, name: dns.name.Name, type_: int) -> None:
        """Resolve anew what is soon too old; what is known stays if that fails."""
        if (name, type_) in self._under_way:
            return
        task = asyncio.ensure_future(self._resolve(name, type_, Budget(), 0, anew=True))
        self._under_way[name, type_] = task
        task.add_done_callback(lambda _: self._under_way.pop((name, type_), None))

    async def trace(self, name: dns.name.Name, type_: int) -> tuple[Outcome, list[Hop]]:
        """The answer, and each step that led there."""
        budget = Budget()
        return await self._resolve(name, type_, budget, 0), budget.hops

    async def _resolve(
        self, name: dns.name.Name, type_: int, budget: Budget, depth: int, *, anew: bool = False
    ) -> Outcome:
        now = self._clock()
        if not anew and (known := self.cache.get((name, type_), now)) is not None:
            return known
        outcome, security, current = Outcome(), SECURE, name
        try:
            for _ in range(MOST_CNAMES):
                step = await self._one(current, type_, budget, depth)
                if self._upstream is not None and self._upstream.has(step):
                    step = await self._outside(self._upstream, current, type_)
                outcome.answer += step.answer
                outcome.authority += step.authority
                outcome.rcode = step.rcode
                security = security if step.security == SECURE else step.security
                target = following(step.answer, current, type_)
                if target is None:
                    break
                current = target
            outcome.security = security
        except Failed as failure:
            stale = self.cache.get((name, type_), now, stale=True)
            if stale is not None and failure.error[0] == UNREACHABLE:
                return Outcome(
                    stale.rcode,
                    stale.answer,
                    stale.authority,
                    stale.security,
                    (STALE, ""),
                    now,
                    now,
                )
            bogus = failure.error[0] != UNREACHABLE
            outcome = Outcome(
                int(dns.rcode.SERVFAIL), security=BOGUS if bogus else INSECURE, error=failure.error
            )
        if not anew or outcome.rcode != dns.rcode.SERVFAIL:
            self.cache.put((name, type_), outcome, now)
        return outcome

    async def _one(self, name: dns.name.Name, type_: int, budget: Budget, depth: int) -> Outcome:
        """The answer of the zone that a name is in, CNAMEs not followed.  Failed."""
        start = name.parent() if type_ == DS and name != dns.name.root else name
        cut = self.cache.cut(start, self._clock()) or await self._root(budget)
        labels = len(cut.zone.labels) + 1
        for _ in range(MOST_STEPS):
            part = name if labels >= len(name.labels) else dns.name.Name(name.labels[-labels:])
            asked = type_ if part == name else dns.rdatatype.A
            server, reply = await self._query(cut, part, asked, budget, depth)
            if (child := self._referral(cut, reply, part)) is not None:
                cut = await self._delegated(cut, child, reply, server, budget, depth)
                labels = len(cut.zone.labels) + 1
                continue
            if part != name and reply.rcode() == dns.rcode.NOERROR:
                self._note(budget, cut, server, part, asked, "goes on", reply)
                labels += 1
                continue
            said = {dns.rcode.NXDOMAIN: "no such name"}.get(
                reply.rcode(), "answer" if reply.answer else "no such data"
            )
            self._note(budget, cut, server, part, asked, said, reply)
            return self._answered(cut, name, type_, reply, cut_short=part != name)
        raise Failed(UNREACHABLE, f"{name} is more than {MOST_STEPS} steps away")

    async def _outside(self, upstream: Upstream, name: dns.name.Name, type_: int) -> Outcome:
        """What the world outside says of a name, its CNAMEs' targets left out.  Failed."""
        found = await upstream.resolve(name, type_)
        if found.error is not None:
            code, text = found.error
            raise Failed(UNREACHABLE if code == STALE else code, text or "nobody outside answers")
        age = int(self._clock() - found.made) if found.made else 0
        answer = [aged(each, age) for each in found.answer if each.name == name]
        authority = [] if answer else [aged(each, age) for each in found.authority]
        return Outcome(found.rcode, answer, authority, found.security)

    async def _root(self, budget: Budget) -> Cut:
        now = self._clock()
        root = dns.name.root
        bare = Cut(root, self._roots, (), None, now + 3600)
        if not self._anchors:
            self.cache.put_cut(bare)
            return bare
        keys = await self._keys(bare, self._anchors, budget, 0)
        made = Cut(root, self._roots, (), keys, now + 3600)
        self.cache.put_cut(made)
        return made

    async def _delegated(
        self, cut: Cut, child: dns.name.Name, reply: Any, server: str, budget: Budget, depth: int
    ) -> Cut:
        """The zone that a referral leads to, with its keys.  Failed."""
        ns = section_set(reply.authority, child, NS)
        assert ns is not None
        hosts = [each.target for each in ns]
        addresses = [
            each.address
            for rrset in reply.additional
            if rrset.rdtype in ADDRESSES
            and rrset.name in hosts
            and rrset.name.is_subdomain(cut.zone)
            for each in rrset
        ]
        self._note(budget, cut, server, child, NS, "referral", reply)
        expires = self._clock() + min(ns.ttl, 86400)
        made = Cut(child, tuple(addresses), tuple(hosts), None, expires)
        if cut.keys is not None:
            ds = section_set(reply.authority, child, DS)
            if ds is not None:
                self._must_be_signed(cut, ds, reply.authority)
                if proofs.is_supported(ds):
                    keys = await self._keys(made, ds, budget, depth)
                    made = Cut(child, made.servers, made.hosts, keys, expires)
            else:
                self._must_deny(cut, child, DS, reply.authority, exists=True)
        if not made.servers:
            found = await self._addresses(made.hosts, budget, depth)
            made = Cut(child, tuple(found), (), made.keys, expires)
        self.cache.put_cut(made)
        return made

    async def _addresses(
        self, hosts: Iterable[dns.name.Name], budget: Budget, depth: int
    ) -> list[str]:
        """Addresses of name servers that came without.  Failed."""
        if depth >= DEEPEST:
            raise Failed(UNREACHABLE, "name servers' names lead too far")
        wanted = list(hosts)
        random.shuffle(wanted)
        found: list[str] = []
        for host in wanted[:MOST_HOSTS]:
            budget.depth += 1
            try:
                outcome = await self._resolve(host, dns.rdatatype.A, budget, depth + 1)
            finally:
                budget.depth -= 1
            found += [
                each.address
                for rrset in outcome.answer
                if rrset.rdtype == dns.rdatatype.A
                for each in rrset
            ]
            if len(found) >= 2:
                break
        if not found:
            raise Failed(UNREACHABLE, "no name server has an address")
        return found

    async def _keys(self, cut: Cut, ds: Iterable[Any], budget: Budget, depth: int) -> RRset:
        """A zone's keys, trusted by DS records.  Failed."""
        if not cut.servers:
            found = await self._addresses(cut.hosts, budget, depth)
            cut = Cut(cut.zone, tuple(found), (), None, cut.expires)
        server, reply = await self._query(cut, cut.zone, DNSKEY, budget, depth)
        self._note(budget, cut, server, cut.zone, DNSKEY, "keys", reply)
        keys = section_set(reply.answer, cut.zone, DNSKEY)
        if keys is None:
            raise Failed(NO_KEY, f"{cut.zone} has no DNSKEY")
        signatures = signatures_of(reply.answer, keys)
        trusted = proofs.trusted_keys(cut.zone, keys, signatures, ds, self._clock())
        if trusted is None:
            raise Failed(BOGUS_ERROR, f"the DS of {cut.zone} names no key that signed its keys")
        return trusted

    def _referral(self, cut: Cut, reply: Any, name: dns.name.Name) -> dns.name.Name | None:
        """The zone below that a reply refers to."""
        if reply.answer or reply.rcode() != dns.rcode.NOERROR or reply.flags & dns.flags.AA:
            return None
        for rrset in reply.authority:
            below = rrset.name.is_subdomain(cut.zone) and rrset.name != cut.zone
            if rrset.rdtype == NS and below and name.is_subdomain(rrset.name):
                return rrset.name.canonicalize()
        return None

    def _answered(
        self, cut: Cut, name: dns.name.Name, type_: int, reply: Any, *, cut_short: bool
    ) -> Outcome:
        """What a zone answers, validated.  Failed."""
        answer: list[RRset] = []
        for rrset in reply.answer:
            if rrset.rdtype in (type_, CNAME) and rrset.name.is_subdomain(cut.zone):
                if rrset.name != name or cut_short:
                    continue  # what belongs to names further on is asked for itself
                signatures = signatures_of(reply.answer, rrset)
                for each in (rrset, signatures):
                    if each is not None:
                        each.name = name  # with letters as they were asked for
                        answer.append(each)
        authority = [
            each
            for each in reply.authority
            if not answer and each.rdtype not in (NS, DS) and each.name.is_subdomain(cut.zone)
        ]
        outcome = Outcome(int(reply.rcode()), answer, authority, INSECURE)
        if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise Failed(UNREACHABLE, f"{cut.zone} answers {dns.rcode.to_text(reply.rcode())}")
        if cut.keys is None:
            return outcome
        for rrset in answer:
            if rrset.rdtype == dns.rdatatype.RRSIG:
                continue
            signature = self._must_be_signed(cut, rrset, answer)
            if proofs.is_expanded(name, signature):
                authority += self._must_be_closest(cut, name, signature.labels, reply.authority)
        if not answer:
            exists = reply.rcode() == dns.rcode.NOERROR
            self._must_deny(cut, name, type_, authority, exists=exists)
        outcome.security = SECURE
        return outcome

    def _must_be_signed(self, cut: Cut, rrset: RRset, section: Iterable[RRset]) -> Any:
        """The signature that a set has of its zone.  Failed."""
        assert cut.keys is not None
        signatures = signatures_of(section, rrset)
        signature = proofs.signed_by(rrset, signatures, cut.zone, cut.keys, self._clock())
        if signature is None:
            now = self._clock()
            old = signatures is not None and all(each.expiration < now for each in signatures)
            raise Failed(
                EXPIRED if old else BOGUS_ERROR,
                f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} is not signed by {cut.zone}",
            )
        return signature

    def _must_be_closest(
        self, cut: Cut, name: dns.name.Name, labels: int, section: Iterable[RRset]
    ) -> list[RRset]:
        """The sets that prove that a wildcard's records are a name's, signatures included.  Failed."""
        found = list(section)
        denials = self._denials(cut, found)
        if not proofs.is_closest(name, labels, cut.zone, denials):
            raise Failed(NO_DENIAL, f"{cut.zone} does not prove that {name} is by a wildcard")
        signatures = (signatures_of(found, each) for each in denials)
        return denials + [each for each in signatures if each is not None]

    def _denials(self, cut: Cut, section: Iterable[RRset]) -> list[RRset]:
        """The signed sets that deny something.  Failed."""
        found = list(section)
        denials = [e for e in found if e.rdtype in (dns.rdatatype.NSEC, dns.rdatatype.NSEC3)]
        for rrset in denials:
            self._must_be_signed(cut, rrset, found)
        return denials

    def _must_deny(
        self, cut: Cut, name: dns.name.Name, type_: int, section: Iterable[RRset], *, exists: bool
    ) -> None:
        denials = self._denials(cut, section)
        if not proofs.denies(name, type_, cut.zone, denials, exists=exists):
            raise Failed(NO_DENIAL, f"{cut.zone} does not prove that {name} has no such data")

    async def _query(
        self, cut: Cut, name: dns.name.Name, type_: int, budget: Budget, depth: int
    ) -> tuple[str, Any]:
        """Ask a zone's servers until one answers: which, and what.  Failed."""
        servers = list(cut.servers)
        if not servers:
            servers = await self._addresses(cut.hosts, budget, depth)
        random.shuffle(servers)
        lame = ""
        for server in servers[:MOST_SERVERS]:
            if budget.queries <= 0:
                raise Failed(UNREACHABLE, "the question takes too many others")
            budget.queries -= 1
            try:
                reply = await exchange(self._ask, server, name, type_)
            except (OSError, TimeoutError, dns.exception.DNSException, ValueError) as error:
                lame = type(error).__name__
                continue
            if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return server, reply
            lame = dns.rcode.to_text(reply.rcode())
        raise Failed(UNREACHABLE, f"no server of {cut.zone} answers for {name} ({lame})")

    def _note(
        self, budget: Budget, cut: Cut, server: str, name: Any, type_: int, said: str, reply: Any
    ) -> None:
        if len(budget.hops) >= MOST_QUERIES:
            return
        shown = reply.answer or [e for e in reply.authority if e.rdtype in (NS, DS, SOA)]
        records = [
            f"{each.name} {each.ttl} {dns.rdatatype.to_text(each.rdtype)} {rdata.to_text()}"
            for each in shown
            if each.rdtype != dns.rdatatype.RRSIG
            for rdata in each
        ]
        records = [each.lower() if " NS " in each else each for each in records]
        question = f"{name} {dns.rdatatype.to_text(dns.rdatatype.RdataType.make(type_))}"
        secure = cut.keys is not None
        budget.hops.append(
            Hop(cut.zone.to_text(), server, question, said, records, secure, budget.depth)
        )


def following(answer: list[RRset], name: dns.name.Name, type_: int) -> dns.name.Name | None:
    """The name to go on with: of a CNAME, where another type was asked for."""
    if type_ == CNAME:
        return None
    found = section_set(answer, name, CNAME)
    return found[0].target if found is not None else None


def aged(rrset: RRset, age: int) -> RRset:
    """A set as it is after some seconds in a cache."""
    left = copy(rrset)
    left.ttl = max(0, rrset.ttl - age)
    return left


def section_set(section: Iterable[RRset], name: dns.name.Name, type_: int) -> RRset | None:
    return next((each for each in section if each.name == name and each.rdtype == type_), None)
