"""GetChange: PENDING until every name server answers by the change, then INSYNC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forecourt.platform.names.server_sets import TOPIC
from tests.harness import World

from .calls import a, bare, change, create, fault


def status(route53: Any, change_id: str) -> str:
    return str(route53.get_change(Id=change_id)["ChangeInfo"]["Status"])


@pytest.mark.parametrize("what", ["create", "change", "delete"])
def test_pending_then_insync(world: World, route53: Any, zone: str, what: str) -> None:
    world.follow()
    match what:
        case "create":
            info = create(route53, "example.net")["ChangeInfo"]
        case "change":
            info = change(route53, zone, ("CREATE", a("www.example.com")))
        case _:
            info = route53.delete_hosted_zone(Id=zone)["ChangeInfo"]
    assert re.fullmatch(r"/change/C[0-9A-Z]{20}", info["Id"])
    assert (info["Status"], status(route53, info["Id"])) == ("PENDING", "PENDING")
    assert abs(datetime.now(UTC) - info["SubmittedAt"]) < timedelta(minutes=1)
    world.follow()
    assert route53.get_change(Id=info["Id"])["ChangeInfo"] == {**info, "Status": "INSYNC"}


def test_the_slowest_name_server_counts(world: World, route53: Any, zone: str) -> None:
    world.follow()
    followers = world.store.followers
    behind = followers.reached(TOPIC)
    assert followers.report(TOPIC, "slow", behind, joining=True)
    try:
        info = change(route53, zone, ("CREATE", a("www.example.com")))
        world.follow()
        assert followers.report(TOPIC, "slow", behind)
        assert status(route53, info["Id"]) == "PENDING"
    finally:
        followers.leave(TOPIC, "slow")
    world.follow()
    assert status(route53, info["Id"]) == "INSYNC"


def test_later_changes_do_not_hold_up_earlier_ones(world: World, route53: Any, zone: str) -> None:
    first = change(route53, zone, ("CREATE", a("a.example.com")))
    world.follow()
    second = change(route53, zone, ("CREATE", a("b.example.com")))
    assert [status(route53, each["Id"]) for each in (first, second)] == ["INSYNC", "PENDING"]


def test_a_comment_stays_with_its_change(route53: Any, zone: str) -> None:
    info = change(route53, zone, ("CREATE", a("www.example.com")), Comment="caf\u00e9 <1>")
    assert info["Comment"] == "caf\u00e9 <1>"
    assert route53.get_change(Id=info["Id"])["ChangeInfo"]["Comment"] == "caf\u00e9 <1>"
    assert "Comment" not in change(route53, zone, ("CREATE", a("x.example.com")))


def test_a_repeated_upsert_is_a_change_too(world: World, route53: Any, zone: str) -> None:
    ids = {change(route53, zone, ("UPSERT", a("www.example.com")))["Id"] for _ in range(3)}
    assert len(ids) == 3
    world.follow()
    assert {status(route53, each) for each in ids} == {"INSYNC"}


def test_the_waiter_waits(world: World, route53: Any, zone: str) -> None:
    info = change(route53, zone, ("CREATE", a("www.example.com")))
    world.follow()
    waiter = route53.get_waiter("resource_record_sets_changed")
    waiter.wait(Id=info["Id"], WaiterConfig={"MaxAttempts": 1})


def test_a_change_is_its_accounts_own(route53: Any, stranger: Any) -> None:
    info = create(route53, "example.com")["ChangeInfo"]
    change_id = info["Id"].removeprefix("/change/")
    expected = ("NoSuchChange", f"Could not find resource with ID: {change_id}")
    assert fault(stranger.get_change, Id=change_id) == expected
    assert fault(route53.get_change, Id="C0404")[1] == "Could not find resource with ID: C0404"


def test_a_failed_batch_makes_no_change(world: World, route53: Any) -> None:
    zone = bare(create(route53, "example.com"))
    before = world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM route53_change"))
    fault(change, route53, zone, ("DELETE", a("www.example.com")))
    after = world.store.read_now(lambda tx: tx.value("SELECT count(*) FROM route53_change"))
    assert after == before
