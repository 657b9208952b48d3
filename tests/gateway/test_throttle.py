"""Token buckets: a burst, then the rate; each account and service for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.throttle import Throttle, Throttled
from forecourt.store.tx import Call
from tests.gateway.several import answer, ask
from tests.harness import World


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def call(service: str = "route53", account: str = "1") -> Call:
    return Call(service, "X", account)


def taken(throttle: Throttle, asked: Call, times: int) -> int:
    """How many of so many requests pass."""
    passed = 0
    for _ in range(times):
        try:
            throttle.take(asked)
        except Throttled:
            continue
        passed += 1
    return passed


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    throttle = Throttle({"route53": 4.0}, clock)
    assert taken(throttle, call(), 20) == 4
    clock.now += 0.5
    assert taken(throttle, call(), 20) == 2
    clock.now += 3600
    assert taken(throttle, call(), 20) == 4


def test_less_than_one_a_second() -> None:
    clock = Clock()
    throttle = Throttle({"route53": 0.5}, clock)
    assert taken(throttle, call(), 3) == 1
    clock.now += 1
    assert taken(throttle, call(), 3) == 0
    clock.now += 1
    assert taken(throttle, call(), 3) == 1


def test_accounts_and_services_have_buckets_of_their_own() -> None:
    throttle = Throttle({"route53": 1.0, "sts": 1.0}, Clock())
    for asked in (call(), call(account="2"), call("sts")):
        assert taken(throttle, asked, 3) == 1


def test_off_unless_configured() -> None:
    assert taken(Throttle({"sts": 1.0}, Clock()), call(), 100) == 100


@given(st.lists(st.floats(0, 2), min_size=1, max_size=30), st.floats(1, 20))
def test_never_more_than_a_burst_above_the_rate(waits: list[float], rate: float) -> None:
    clock = Clock()
    throttle, passed, start = Throttle({"route53": rate}, clock), 0, clock.now
    for wait in waits:
        clock.now += wait
        passed += taken(throttle, call(), 5)
    assert passed <= rate + (clock.now - start) * rate + 1e-6


@pytest.mark.parametrize(
    ("protocol", "service", "code", "status"),
    [
        ("query", "sts", "Throttling", 400),
        ("rest-xml", "route53", "Throttling", 400),
        ("json", "kms", "ThrottlingException", 400),
        ("rest-json", "lambda", "ThrottlingException", 429),
        ("ec2", "ec2", "RequestLimitExceeded", 503),
    ],
)
def test_the_error_in_each_protocol(
    world: World, protocol: str, service: str, code: str, status: int
) -> None:
    given_back = answer(world, ask(world, protocol), Throttle({service: 0.0}))
    assert (given_back.code, given_back.status) == (code, status)


def test_a_request_that_is_not_the_accounts_takes_nothing_of_it(world: World) -> None:
    throttle = Throttle({"sts": 1.0}, Clock())
    forged = ask(world, "query")
    forged.headers = {**forged.headers, "authorization": forged.headers["authorization"] + "0"}
    assert answer(world, forged, throttle).status == 403
    assert answer(world, ask(world, "query"), throttle).status == 200
