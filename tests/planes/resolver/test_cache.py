"""Memory: as long as TTLs say, as much as it may."""

from __future__ import annotations

import dns.name
import dns.rrset

from forecourt.planes.resolver.cache import (
    FAILED,
    LONGEST,
    LONGEST_NEGATIVE,
    STALE,
    Cache,
    Cut,
    Outcome,
    lifetime,
)


def name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


def outcome(ttl: int, answer: bool = True) -> Outcome:
    found = dns.rrset.from_text("x.test.", ttl, "IN", "A", "192.0.2.1")
    return Outcome(answer=[found]) if answer else Outcome(authority=[found])


def test_lifetimes() -> None:
    assert lifetime(outcome(60)) == 60
    assert lifetime(outcome(10**7)) == LONGEST
    assert lifetime(outcome(10**7, answer=False)) == LONGEST_NEGATIVE
    assert lifetime(Outcome(rcode=2)) == FAILED


def test_old_answers_are_only_given_when_asked_for() -> None:
    cache = Cache(10**6)
    cache.put((name("x.test"), 1), outcome(60), 1000.0)
    assert cache.get((name("X.TEST"), 1), 1059.0)
    assert cache.get((name("x.test"), 1), 1060.0) is None
    assert cache.get((name("x.test"), 1), 1060.0, stale=True)
    assert cache.get((name("x.test"), 1), 1060.0 + STALE, stale=True) is None
    assert cache.get((name("x.test"), 28), 1000.0) is None


def test_it_is_bounded() -> None:
    cache = Cache(20_000)
    for n in range(1000):
        cache.put((name(f"n{n}.test"), 1), outcome(60), 0.0)
        cache.put_cut(Cut(name(f"n{n}.test"), (), (), None, 100.0))
        assert cache.size <= 20_000
    assert cache.get((name("n999.test"), 1), 1.0)
    assert cache.get((name("n0.test"), 1), 1.0) is None
    assert len(cache._cuts) < 100
    cache.clear()
    assert cache.size == 0


def test_the_closest_delegation() -> None:
    cache = Cache(10**6)
    for at, expires in ((".", 100.0), ("kr", 100.0), ("co.kr", 10.0)):
        cache.put_cut(Cut(name(at), ("192.0.2.1",), (), None, expires))
    cases: tuple[tuple[float, str | None], ...] = ((5.0, "co.kr."), (50.0, "kr."), (150.0, None))
    for when, zone in cases:
        found = cache.cut(name("www.jpub.co.kr"), when)
        assert (found and found.zone.to_text()) == zone
