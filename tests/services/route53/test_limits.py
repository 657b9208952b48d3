"""Quotas as the API tells them, and the number of record sets a zone may have."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from .calls import a, bare, change, complaint, create, fault

DEFAULTS = {
    "MAX_HOSTED_ZONES_BY_OWNER": 500,
    "MAX_HEALTH_CHECKS_BY_OWNER": 200,
    "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER": 100,
    "MAX_TRAFFIC_POLICIES_BY_OWNER": 50,
    "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER": 5,
}


@pytest.mark.parametrize("type_", DEFAULTS)
def test_limits_of_an_account(world: World, route53: Any, stranger: Any, type_: str) -> None:
    def shown(client: Any) -> tuple[str, int, int]:
        found = client.get_account_limit(Type=type_)
        return found["Limit"]["Type"], found["Limit"]["Value"], found["Count"]

    assert shown(route53) == (type_, DEFAULTS[type_], 0)
    create(route53, "a.example")
    create(route53, "b.example")
    route53.create_reusable_delegation_set(CallerReference="1")
    world.store.write_now(quotas.set_limit, FIRST, type_, 7)
    count = {"MAX_HOSTED_ZONES_BY_OWNER": 2, "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER": 1}
    assert shown(route53) == (type_, 7, count.get(type_, 0))
    assert shown(stranger) == (type_, DEFAULTS[type_], 0)


def test_limits_of_a_zone(route53: Any, zone: str) -> None:
    found = route53.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_RRSETS_BY_ZONE")
    assert found["Limit"] == {"Type": "MAX_RRSETS_BY_ZONE", "Value": 10_000}
    assert found["Count"] == 2
    call = route53.get_hosted_zone_limit
    code, _ = fault(call, HostedZoneId=zone, Type="MAX_VPCS_ASSOCIATED_BY_ZONE")
    assert code == "HostedZoneNotPrivate"


@pytest.mark.parametrize(
    ("operation", "others"),
    [("get_account_limit", {}), ("get_hosted_zone_limit", {"HostedZoneId": "Z"})],
)
def test_limits_that_do_not_exist(route53: Any, operation: str, others: dict[str, str]) -> None:
    code, message = fault(getattr(route53, operation), Type="MAX_FUN", **others)
    assert code == "InvalidInput"
    assert "Value 'MAX_FUN' at 'type' failed to satisfy constraint" in message


def test_a_full_zone(world: World, route53: Any, zone: str) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_RRSETS_BY_ZONE", 4)
    one, two, three = (("CREATE", a(f"{n}.example.com")) for n in (1, 2, 3))
    full = f"[Exceeded limit MAX_RRSETS_BY_ZONE for zone: {zone}]"
    assert complaint(route53, zone, one, two, three) == full
    change(route53, zone, one, two)
    assert complaint(route53, zone, three) == full
    change(route53, zone, ("UPSERT", a("1.example.com", "192.0.2.9")))
    change(route53, zone, ("DELETE", a("2.example.com")), three)
    found = route53.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_RRSETS_BY_ZONE")
    assert (found["Limit"]["Value"], found["Count"]) == (4, 4)
    other = bare(create(route53, "example.net"))
    change(route53, other, ("CREATE", a("example.net")))


def test_a_zone_above_a_lowered_quota_may_shrink(world: World, route53: Any, zone: str) -> None:
    change(route53, zone, *(("CREATE", a(f"{n}.example.com")) for n in range(3)))
    world.store.write_now(quotas.set_limit, FIRST, "MAX_RRSETS_BY_ZONE", 3)
    change(route53, zone, ("DELETE", a("1.example.com")))
    assert route53.get_hosted_zone(Id=zone)["HostedZone"]["ResourceRecordSetCount"] == 4
