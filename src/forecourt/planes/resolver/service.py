"""Messages in, messages out: a resolver's address.

What the view of the client's network holds is answered from there; the rest is resolved, for clients of
our own network alone.  An answer is written once a second at most, and kept as it was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
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
ONE_WITH_OPT = b"\0\1\0\0\0\0\0\1"  # counts
OPT_START = b"\0\0\x29"
MOST_READY = 100_000
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
        self._ready: dict[tuple[bytes, bool], tuple[int, bytes]] = {}
        self.queries = 0

    def at_once(self, data: bytes, client: str) -> bytes | None:
        """The answer to an ordinary query with EDNS, where it was written this second."""
        try:
            end = data.index(0, 12) + 5
            wants = bool(data[end + 7] & 0x80)
            asked = data[12 : end - 4].lower() + data[end - 4 : end]
        except (ValueError, IndexError):
            return None
        found = self._ready.get((asked, wants))
        if found is None or found[0] != int(self._clock()):
            return None
        ordinary = not data[2] & ~RD and not data[3] and data[4:12] == ONE_WITH_OPT
        if not ordinary or data[end : end + 3] != OPT_START or len(data) != end + 11:
            return None
        size = data[end + 3] << 8 | data[end + 4]
        head, body = found[1][:10], found[1][10:]
        if 12 + len(body) + end - 12 > min(OUR_SIZE, max(512, size)):
            return None
        if not self._allowed(client) or self._is_ours(asked[:-4], client):
            return None
        self.queries += 1
        return data[:2] + bytes((head[0] | data[2] & RD,)) + head[1:] + data[12:end] + body

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
        except Malformed:
            return failure(data, FORMERR)
        if self._is_ours(asked[:-4], client) or asked[-2:] != b"\0\1":
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
        reply = self._written(data, name, type_, outcome, wants, edns)
        limit = STREAM if stream else min(OUR_SIZE, max(512, edns.size)) if edns else 512
        if len(reply) > limit and not stream:
            return reply[:2] + bytes((reply[2] | 2, reply[3])) + b"\0\1" + bytes(6) + data[12:end]
        ordinary = not data[3] and edns is not None and outcome.error is None
        if ordinary and outcome.rcode in (0, 3):
            self._keep(asked, wants, reply, end)
        return reply

    def _is_ours(self, name: bytes, client: str) -> bool:
        return self._responder_of(client).names.find(name) is not None

    def _written(
        self, data: bytes, name: Any, type_: int, outcome: Outcome, wants: bool, edns: Any
    ) -> bytes:
        query = dns.message.from_wire(data, ignore_trailing=True)
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
        wire = reply.to_wire(max_size=STREAM)
        end = data.index(0, 12) + 5
        return wire[:12] + data[12:end] + wire[end:]  # the question as it came

    def _keep(self, asked: bytes, wants: bool, reply: bytes, end: int) -> None:
        if len(self._ready) >= MOST_READY:
            self._ready.clear()
        head = bytes((reply[2] & ~RD,)) + reply[3:12]
        self._ready[asked, wants] = int(self._clock()), head + reply[end:]
