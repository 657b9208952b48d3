"""One answer out of many: checkers, calculated checks, inversion, disabling."""

from __future__ import annotations

import time
from typing import Any

import pytest

from forecourt.platform.names import publishing
from forecourt.services.route53 import health
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import check


def says(world: World, check_id: str) -> bool:
    return world.store.read_now(publishing.health, check_id) is not False


def see(world: World, check_id: str, *verdicts: bool, ago: float = 0.0) -> None:
    """Checkers saw these, in that order."""

    def write(tx: Tx) -> None:
        tx.run("DELETE FROM route53_observation WHERE health_check = :id", id=check_id)
        for at, healthy in enumerate(verdicts):
            tx.run(
                "INSERT INTO route53_observation (health_check, checker, region, address, healthy,"
                " status, checked) VALUES (:id, :checker, 'us-east-1', '', :healthy, '', :moment)",
                id=check_id,
                checker=f"c{at}",
                healthy=healthy,
                moment=time.time() - ago,
            )
        found = health.find(tx, check_id)
        assert found is not None
        health.settle(tx, found)

    world.store.write_now(write)


@pytest.mark.parametrize(
    ("healthy", "of", "said"), [(0, 1, False), (1, 1, True), (1, 5, True), (1, 6, False), (9, 50, False), (10, 50, True)]
)  # fmt: skip
def test_more_than_eighteen_percent(
    world: World, route53: Any, healthy: int, of: int, said: bool
) -> None:
    one = check(route53)
    see(world, one, *([True] * healthy + [False] * (of - healthy)))
    assert says(world, one) == said


def test_checkers_that_are_gone_do_not_count(world: World, route53: Any) -> None:
    one = check(route53)
    see(world, one, False)
    assert not says(world, one)
    see(world, one, False, ago=1000)
    assert says(world, one)


def test_inverted_and_disabled(world: World, route53: Any) -> None:
    one = check(route53)
    see(world, one, False)
    route53.update_health_check(HealthCheckId=one, Inverted=True)
    assert says(world, one)
    route53.update_health_check(HealthCheckId=one, Disabled=True)
    assert not says(world, one)  # disabled is healthy, the other way round
    route53.update_health_check(HealthCheckId=one, Inverted=False)
    assert says(world, one)


def test_calculated(world: World, route53: Any) -> None:
    children = [check(route53, f"c{n}") for n in range(3)]
    above = check_of(route53, HealthThreshold=2, ChildHealthChecks=children)
    assert says(world, above)
    see(world, children[0], False)
    assert says(world, above)
    see(world, children[1], False)
    assert not says(world, above)
    see(world, children[1], True)
    assert says(world, above)
    route53.update_health_check(HealthCheckId=above, HealthThreshold=3)
    assert not says(world, above)
    route53.update_health_check(HealthCheckId=above, HealthThreshold=0)
    assert says(world, above)
    route53.update_health_check(HealthCheckId=above, HealthThreshold=4)
    assert not says(world, above)
    route53.update_health_check(HealthCheckId=above, HealthThreshold=3)
    route53.delete_health_check(HealthCheckId=children[0])
    assert says(world, above)  # of what is not there nothing bad is known


def check_of(route53: Any, **config: Any) -> str:
    made = route53.create_health_check(
        CallerReference="above", HealthCheckConfig={"Type": "CALCULATED", **config}
    )
    return str(made["HealthCheck"]["Id"])


@pytest.mark.parametrize(
    ("state", "said"), [("Healthy", True), ("Unhealthy", False), ("LastKnownStatus", True)]
)
def test_metrics_that_are_not_there(world: World, route53: Any, state: str, said: bool) -> None:
    made = route53.create_health_check(
        CallerReference="m",
        HealthCheckConfig={
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": "us-east-1", "Name": "alarm"},
            "InsufficientDataHealthStatus": state,
        },
    )
    assert says(world, made["HealthCheck"]["Id"]) == said


def test_a_check_that_is_enabled_again_is_seen_anew(world: World, route53: Any) -> None:
    one = check(route53)
    see(world, one, False)
    route53.update_health_check(HealthCheckId=one, Disabled=True)
    route53.update_health_check(HealthCheckId=one, Disabled=False)
    assert says(world, one)


def test_what_no_probe_settles_is_swept(world: World, route53: Any) -> None:
    """A checker that said it is ill is gone: nothing is known then."""
    one, other = check(route53), check(route53, "other")
    see(world, one, False)
    world.store.write_now(
        lambda tx: tx.run("UPDATE route53_observation SET checked = checked - 1000")
    )
    assert not says(world, one)
    assert world.store.read_now(health.unsettled) == [one]
    world.store.write_now(health.settle_by_id, one)
    assert says(world, one)
    assert says(world, other)
    assert world.store.read_now(health.unsettled) == []
