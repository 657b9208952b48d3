"""Messages in, messages out: a resolver's address.

What the view of the client's network holds is answered from there; the rest is resolved, for clients of
our own network alone.  An answer is kept as it was written, for queries like the one that it answered; once
a second, at most, its TTLs are counted down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from struct import Struct
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from forecourt.planes.dns.protocol import (
    OUR_SIZE,
    STREAM,
    Malformed,
    Responder,
    failure,
    read_additional,
    read_question,
)
from forecourt.planes.dns.wire import FORMERR, NOTIMP, QR, RD, REFUSED
from forecourt.planes.resolver.cache import BOGUS, SECURE, STALE_TTL, Outcome
from forecourt.planes.resolver.walk import Walker

RA, AD, CD = 0x80, 0x20, 0x10  # in the second byte of the flags
OPT, OPT_SIZE = b"\0\x29", 11  # its type; bytes of one without options
POINTER = 0xC0  # of a compressed name (RFC 1035 §4.1.4)
UINT16, UINT32 = Struct(">H"), Struct(">I")
MOST_READY = 100_000
PREFETCH = 0.1  # the last part of an answer's time, in which it is resolved anew
WITHIN = 8.0  # seconds for an answer


class Service:
    def __init__(
        self,
        walker: Walker,
        responder_of: Callable[[str], Responder],
        allowed: Callable[[str], bool],
        clock: Callable[[], float],
    ) -> None:
        """`responder_of` a client is what its network's view answers by; `allowed` says who may have
        names resolved.
        """
        self._walker, self._responder_of = walker, responder_of
        self._allowed, self._clock = allowed, clock
        self._ready: dict[bytes, Ready] = {}  # by what follows a query's id, names in lower case
        self.queries = 0

    def at_once(self, data: bytes, client: str) -> bytes | None:
        """The answer to an ordinary query, where one like it was answered and is not too old."""
        try:
            end = data.index(0, 12) + 5
        except ValueError:
            return None
        name = data[12 : end - 4].lower()
        found = self._ready.get(name + data[end - 4 :] + data[2:12])
        if found is None:
            return None
        now = int(self._clock())
        if now != found.second:
            if now >= found.until:
                return None
            found.age(now)
        if not self._allowed(client) or self._is_ours(name, client):
            return None
        if now >= found.soon:
            found.soon = found.until
            type_ = int.from_bytes(data[end - 4 : end - 2], "big")
            self._walker.prefetch(dns.name.from_wire(name, 0)[0], type_)
        self.queries += 1
        return data[:2] + found.head + data[12:end] + found.body

    def forget(self, names: Iterable[bytes] = ()) -> None:
        """Nothing that was answered of some names, in wire form, holds any more; of none: of any."""
        if not (some := tuple(names)):
            self._ready.clear()
        for key in [each for each in self._ready if each.startswith(some)]:
            del self._ready[key]

    async def message(self, data: bytes, client: str, *, stream: bool = False) -> bytes | None:
        """The answer to a message; None where there is to be none."""
        if len(data) < 12 or data[2] & QR:
            return None
        self.queries += 1
        if data[2] & 0x78:
            return failure(data, NOTIMP)
        try:
            asked, end = read_question(data)
            edns = read_additional(data, end)
            query = dns.message.from_wire(data, ignore_trailing=True)
        except (Malformed, dns.exception.DNSException, ValueError):
            return failure(data, FORMERR)
        by_the_book = asked[-2:] != b"\0\1" or (edns is not None and edns.version)
        if by_the_book or self._is_ours(asked[:-4], client):
            most = STREAM if stream else OUR_SIZE
            reply = self._responder_of(client).message(data, client, most)
            return reply and reply[:3] + bytes((reply[3] | RA,)) + reply[4:]
        if not self._allowed(client):
            return (
                data[:2] + bytes((QR | data[2] & RD, REFUSED)) + b"\0\1" + bytes(6) + data[12:end]
            )
        name, _ = dns.name.from_wire(asked[:-4], 0)
        type_ = int.from_bytes(asked[-4:-2], "big")
        if not data[2] & RD or type_ in (251, 252):
            return data[:2] + bytes((QR, RA | REFUSED)) + b"\0\1" + bytes(6) + data[12:end]
        try:
            async with asyncio.timeout(WITHIN):
                outcome = await self._walker.resolve(name, type_)
        except TimeoutError:
            outcome = Outcome(int(dns.rcode.SERVFAIL), error=(22, "no answer in time"))
        wants = edns is not None and edns.dnssec_ok
        reply = self._written(data, query, type_, outcome, wants, edns)
        limit = STREAM if stream else min(OUR_SIZE, max(512, edns.size)) if edns else 512
        if len(reply) > limit and not stream:
            return reply[:2] + bytes((reply[2] | 2, reply[3])) + b"\0\1" + bytes(6) + data[12:end]
        ordinary = len(data) - end in (0, OPT_SIZE) and data.index(0, 12) + 5 == end
        if ordinary and not stream and outcome.error is None and outcome.rcode in (0, 3):
            self._keep(asked[:-4] + data[end - 4 :] + data[2:12], reply, end, outcome.expires)
        return reply

    def _is_ours(self, name: bytes, client: str) -> bool:
        names = self._responder_of(client).names
        return bool(names.zones) and names.find(name) is not None

    def _written(
        self, data: bytes, query: Any, type_: int, outcome: Outcome, wants: bool, edns: Any
    ) -> bytes:
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags &= ~(dns.flags.AD | dns.flags.AA)
        checking = not query.flags & dns.flags.CD
        if outcome.security == BOGUS and checking:
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            reply.set_rcode(dns.rcode.Rcode(outcome.rcode))
            age = int(max(0.0, self._clock() - outcome.made))
            for section, sets in (
                (reply.answer, outcome.answer),
                (reply.authority, outcome.authority),
            ):
                for rrset in sets:
                    proof = rrset.rdtype in (
                        dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3
                    )  # fmt: skip
                    if proof and not wants and rrset.rdtype != type_:
                        continue
                    shown: Any = copy(rrset)
                    shown.ttl = STALE_TTL if outcome.error == (3, "") else max(0, rrset.ttl - age)
                    section.append(shown)
            if outcome.security == SECURE and (wants or query.flags & dns.flags.AD):
                reply.flags |= dns.flags.AD
        if edns is not None:
            options: list[dns.edns.Option] = []
            if outcome.error is not None:
                options.append(
                    dns.edns.EDEOption(
                        dns.edns.EDECode.make(outcome.error[0]), outcome.error[1] or None
                    )
                )
            reply.use_edns(0, dns.flags.DO if wants else 0, OUR_SIZE, options=options)
        try:
            wire = reply.to_wire(max_size=STREAM)
        except dns.exception.TooBig:  # for any transport
            for section in reply.sections[1:]:
                section.clear()
            reply.set_rcode(dns.rcode.SERVFAIL)
            wire = reply.to_wire()
        end = data.index(0, 12) + 5
        return wire[:12] + data[12:end] + wire[end:]  # the question as it came

    def _keep(self, asked: bytes, reply: bytes, end: int, until: float) -> None:
        if len(self._ready) >= MOST_READY:
            self._ready.clear()
        body = reply[end:]
        second = int(self._clock())
        soon = until - PREFETCH * (until - second)
        self._ready[asked] = Ready(second, until, soon, reply[2:12], body, ttls_in(reply, end))


@dataclass(slots=True)
class Ready:
    """An answer as it was written: what follows the id, and what follows the question."""

    second: int  # of its TTLs
    until: float
    soon: float  # when it is resolved anew, if it is asked for
    head: bytes
    body: bytes
    ttls: tuple[int, ...]  # where they are in the body

    def age(self, now: int) -> None:
        """Count the TTLs down."""
        body, passed = bytearray(self.body), now - self.second
        for at in self.ttls:
            (ttl,) = UINT32.unpack_from(body, at)
            UINT32.pack_into(body, at, max(0, ttl - passed))
        self.body, self.second = bytes(body), now


def ttls_in(reply: bytes, end: int) -> tuple[int, ...]:
    """Where the TTLs of a message's records are, from the end of its question on."""
    found = []
    at = end
    for _ in range(sum(UINT16.unpack_from(reply, each)[0] for each in (6, 8, 10))):
        while reply[at] and reply[at] < POINTER:
            at += reply[at] + 1
        at += 2 if reply[at] else 1
        if reply[at : at + 2] != OPT:
            found.append(at + 4 - end)
        at += 10 + UINT16.unpack_from(reply, at + 8)[0]
    return tuple(found)
