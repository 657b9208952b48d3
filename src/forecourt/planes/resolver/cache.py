"""What a resolver remembers: answers and delegations, for as long as their TTLs say.

Answers that are too old are kept for a day, to be given when nobody answers any more (RFC 8767).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import dns.name
import dns.rrset

LONGEST = 86400.0  # seconds that anything is believed (RFC 8767 §4 advises a cap)
LONGEST_NEGATIVE = 3600.0  # RFC 2308 §5
STALE = 86400.0  # seconds beyond that
STALE_TTL = 30  # of answers that are (RFC 8767 §4)
FAILED = 5.0  # seconds for which a failure is remembered (RFC 9520)
OVERHEAD, OF_RRSET, OF_RDATA = 400, 200, 120  # bytes, about

SECURE, INSECURE, BOGUS = "secure", "insecure", "bogus"


@dataclass(slots=True)
class Outcome:
    """What a walk came to."""

    rcode: int = 0
    answer: list[dns.rrset.RRset] = field(default_factory=list)  # signatures included
    authority: list[dns.rrset.RRset] = field(default_factory=list)
    security: str = INSECURE
    error: tuple[int, str] | None = None  # extended (RFC 8914)
    made: float = 0.0
    expires: float = 0.0

    @property
    def size(self) -> int:
        sets = (*self.answer, *self.authority)
        return OVERHEAD + sum(OF_RRSET + OF_RDATA * len(each) for each in sets)


@dataclass(frozen=True, slots=True)
class Cut:
    """A zone as it was delegated: who serves it, and what its answers are signed with."""

    zone: dns.name.Name
    servers: tuple[str, ...]  # addresses
    hosts: tuple[dns.name.Name, ...]  # of name servers without addresses yet
    keys: dns.rrset.RRset | None  # trusted; None: not signed
    expires: float


Question = tuple[dns.name.Name, int]


class Cache:
    def __init__(self, most: int) -> None:
        """`most` bytes, about."""
        self._most, self.size = most, 0
        self._answers: OrderedDict[Question, Outcome] = OrderedDict()
        self._cuts: dict[dns.name.Name, Cut] = {}

    def get(self, question: Question, now: float, *, stale: bool = False) -> Outcome | None:
        found = self._answers.get(question)
        if found is None or now >= found.expires + (STALE if stale else 0.0):
            return None
        self._answers.move_to_end(question)
        return found

    def put(self, question: Question, outcome: Outcome, now: float) -> None:
        self._take_out(question)
        outcome.made, outcome.expires = now, now + lifetime(outcome)
        self._answers[question] = outcome
        self.size += outcome.size
        while self.size > self._most and self._answers:
            self._take_out(next(iter(self._answers)))

    def cut(self, name: dns.name.Name, now: float) -> Cut | None:
        """The closest delegation at or above a name."""
        while True:
            found = self._cuts.get(name)
            if found is not None and now < found.expires:
                return found
            if name == dns.name.root:
                return None
            name = name.parent()

    def put_cut(self, cut: Cut) -> None:
        if len(self._cuts) * OVERHEAD > self._most:
            self._cuts.clear()
        self._cuts[cut.zone] = cut

    def forget(self, question: Question) -> None:
        self._take_out(question)

    def clear(self) -> None:
        self._answers.clear()
        self._cuts.clear()
        self.size = 0

    def _take_out(self, question: Question) -> None:
        if (gone := self._answers.pop(question, None)) is not None:
            self.size -= gone.size


def lifetime(outcome: Outcome) -> float:
    """Seconds for which an outcome is believed."""
    if outcome.rcode == 2:
        return FAILED
    ttls = [each.ttl for each in (*outcome.answer, *outcome.authority)]
    most = LONGEST if outcome.answer else LONGEST_NEGATIVE
    return float(min([*ttls, most])) if ttls else FAILED
