"""Reusable delegation sets."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from .calls import a, answered, bare, change, create, fault

TAKEN = "A delegation set has already been created with the specified caller reference."
IN_USE = "The specified delegation set contains associated hosted zones."


def new_set(client: Any, reference: str, **options: str) -> Any:
    made = client.create_reusable_delegation_set(CallerReference=reference, **options)
    return made["DelegationSet"]


def set_id(delegation_set: Any) -> str:
    return str(delegation_set["Id"].removeprefix("/delegationset/"))


def number(world: World, zone: str) -> int:
    """The number of the server set a zone is on."""
    return int(
        world.store.read_now(
            lambda tx: tx.value("SELECT server_set FROM route53_zone WHERE id = :id", id=zone)
        )
    )


def test_create_get_delete(route53: Any) -> None:
    made = route53.create_reusable_delegation_set(CallerReference="once")
    shown = made["DelegationSet"]
    assert re.fullmatch(r"/delegationset/N[0-9A-Z]{20}", shown["Id"])
    assert (shown["CallerReference"], len(shown["NameServers"])) == ("once", 4)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["Location"] == f"https://route53.amazonaws.com/2013-04-01{shown['Id']}"
    found = route53.get_reusable_delegation_set(Id=shown["Id"])["DelegationSet"]
    assert found == shown
    route53.delete_reusable_delegation_set(Id=shown["Id"])
    assert fault(route53.get_reusable_delegation_set, Id=shown["Id"])[0] == "NoSuchDelegationSet"
    assert fault(new_set, route53, "once") == ("DelegationSetAlreadyCreated", TAKEN)


def test_zones_on_a_set_of_ones_own(world: World, route53: Any) -> None:
    shared = new_set(route53, "once")
    made = [create(route53, n, DelegationSetId=set_id(shared)) for n in ("a.example", "b.example")]
    assert [each["DelegationSet"] for each in made] == [shared, shared]
    assert route53.get_hosted_zone(Id=bare(made[0]))["DelegationSet"] == shared
    listed = route53.list_hosted_zones(DelegationSetId=set_id(shared))["HostedZones"]
    create(route53, "c.example")
    assert {zone["Name"] for zone in listed} == {"a.example.", "b.example."}
    change(route53, bare(made[1]), ("CREATE", a("www.b.example")))
    reply = world.ask("www.b.example", view=number(world, bare(made[1])))
    assert answered(reply) == [("www.b.example.", 60, ["192.0.2.1"])]


def test_others_get_no_server_of_it(route53: Any, stranger: Any) -> None:
    servers = set(new_set(route53, "once")["NameServers"])
    for client in (route53, stranger):
        assert servers.isdisjoint(create(client, "a.example")["DelegationSet"]["NameServers"])


@pytest.mark.parametrize("name", ["a.example", "www.a.example", "x.y.a.example"])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_set_holds_no_name_twice(route53: Any, name: str, swapped: bool) -> None:
    shared = set_id(new_set(route53, "once"))
    first, second = (name, "a.example") if swapped else ("a.example", name)
    create(route53, first, "1", DelegationSetId=shared)
    code, message = fault(create, route53, second, "2", DelegationSetId=shared)
    assert code == "ConflictingDomainExists"
    assert message == (
        f"Cannot create hosted zone with DelegationSetId DelegationSetId:{shared} as the DNSName"
        f" {second}. conflicts with existing ones sharing the delegation set"
    )


def test_the_set_of_a_zone_becomes_reusable(route53: Any, zone: str) -> None:
    servers = route53.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]
    made = new_set(route53, "once", HostedZoneId=zone)
    assert made["NameServers"] == servers
    assert route53.get_hosted_zone(Id=zone)["DelegationSet"] == made
    again = fault(new_set, route53, "twice", HostedZoneId=zone)
    assert again[0] == "DelegationSetAlreadyReusable"
    assert set(create(route53, "a.example")["DelegationSet"]["NameServers"]).isdisjoint(servers)
    joined = create(route53, "b.example", DelegationSetId=set_id(made))
    assert joined["DelegationSet"]["NameServers"] == servers


def test_a_reusable_set_stays_reserved(route53: Any) -> None:
    """Whatever becomes of other zones that were put on the same servers before."""
    first, second = (bare(create(route53, name)) for name in ("a.example", "b.example"))
    made = new_set(route53, "1", HostedZoneId=first)
    with contextlib.suppress(route53.exceptions.DelegationSetAlreadyReusable):
        other = new_set(route53, "2", HostedZoneId=second)
        route53.delete_hosted_zone(Id=second)
        route53.delete_reusable_delegation_set(Id=set_id(other))
    later = create(route53, "c.example")["DelegationSet"]["NameServers"]
    assert set(later).isdisjoint(made["NameServers"])


def test_a_zone_that_is_not_there(route53: Any, stranger: Any, zone: str) -> None:
    assert fault(new_set, route53, "1", HostedZoneId="Z0404")[0] == "HostedZoneNotFound"
    assert fault(new_set, stranger, "1", HostedZoneId=zone)[0] == "HostedZoneNotFound"
    new_set(route53, "1")  # the reference was not used up


def test_a_set_in_use_stays(route53: Any) -> None:
    made = new_set(route53, "once")
    zone = bare(create(route53, "a.example", DelegationSetId=set_id(made)))
    expected = ("DelegationSetInUse", IN_USE)
    assert fault(route53.delete_reusable_delegation_set, Id=made["Id"]) == expected
    route53.delete_hosted_zone(Id=zone)
    route53.delete_reusable_delegation_set(Id=made["Id"])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 101])
def test_pages(route53: Any, stranger: Any, size: int) -> None:
    made = sorted(set_id(new_set(route53, str(n))) for n in range(3))
    new_set(stranger, "theirs")
    page = route53.list_reusable_delegation_sets(MaxItems=str(size))
    assert [set_id(each) for each in page["DelegationSets"]] == made[:size]
    assert (page["IsTruncated"], page["MaxItems"]) == (size < 3, str(min(size, 100)))
    assert page.get("NextMarker") == (made[size] if size < 3 else None)
    rest = route53.list_reusable_delegation_sets(Marker=made[1])
    assert [set_id(each) for each in rest["DelegationSets"]] == made[1:]


def test_quotas(world: World, route53: Any) -> None:
    world.store.write_now(quotas.set_limit, FIRST, "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER", 1)
    world.store.write_now(quotas.set_limit, FIRST, "MAX_ZONES_BY_REUSABLE_DELEGATION_SET", 1)
    made = set_id(new_set(route53, "1"))
    assert fault(new_set, route53, "2")[0] == "LimitsExceeded"
    create(route53, "a.example", DelegationSetId=made)
    code, message = fault(create, route53, "b.example", DelegationSetId=made)
    assert code == "TooManyHostedZones"
    assert message.startswith("Limits Exceeded: MAX_ZONES_BY_REUSABLE_DELEGATION_SET")
    found = route53.get_reusable_delegation_set_limit(
        DelegationSetId=made, Type="MAX_ZONES_BY_REUSABLE_DELEGATION_SET"
    )
    assert (found["Limit"]["Value"], found["Count"]) == (1, 1)


@pytest.mark.parametrize(
    ("operation", "member", "others"),
    [
        ("get_reusable_delegation_set", "Id", {}),
        ("delete_reusable_delegation_set", "Id", {}),
        ("list_hosted_zones", "DelegationSetId", {}),
        ("create_hosted_zone", "DelegationSetId", {"Name": "a.test", "CallerReference": "1"}),
        (
            "get_reusable_delegation_set_limit",
            "DelegationSetId",
            {"Type": "MAX_ZONES_BY_REUSABLE_DELEGATION_SET"},
        ),
    ],
)
def test_sets_that_are_not_there(
    route53: Any, stranger: Any, operation: str, member: str, others: dict[str, str]
) -> None:
    mine = set_id(new_set(route53, "mine"))
    for client, given in ((route53, "N0404"), (stranger, mine)):
        code, message = fault(getattr(client, operation), **{member: given}, **others)
        assert code == "NoSuchDelegationSet"
        assert given in message
    assert route53.get_reusable_delegation_set(Id=mine)
