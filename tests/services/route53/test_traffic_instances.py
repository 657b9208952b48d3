"""Traffic policy instances: what they answer, show and leave behind."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import dns.rcode
import pytest

from tests.harness import World

from .calls import a, answered, change, check, complaint, fault, listing, names
from .test_traffic_documents import RULES, document


def policy(client: Any, given: dict[str, Any], name: str = "p") -> str:
    made = client.create_traffic_policy(Name=name, Document=json.dumps(given))
    return str(made["TrafficPolicy"]["Id"])


def instance(
    client: Any, zone: str, policy_id: str, name: str = "www.example.com", **more: Any
) -> Any:
    given = {"TTL": 60, "TrafficPolicyVersion": 1, **more}
    return client.create_traffic_policy_instance(
        HostedZoneId=zone, Name=name, TrafficPolicyId=policy_id, **given
    )["TrafficPolicyInstance"]


def tree(check_id: str = "") -> dict[str, Any]:
    """Latency above weights."""
    found: dict[str, Any] = json.loads(json.dumps(RULES["weighted"]))
    if check_id:
        found["Rules"]["r"]["Items"][0]["HealthCheck"] = check_id
    far = {"EndpointReference": "b", "Region": "eu-west-1"}
    near = {"RuleReference": "r", "Region": "us-east-1", "EvaluateTargetHealth": True}
    found["Rules"]["top"] = {"RuleType": "latency", "Regions": [near, far]}
    found["StartRule"] = "top"
    return found


def test_a_tree_answers(world: World, route53: Any, zone: str) -> None:
    one = check(route53)
    made = instance(route53, zone, policy(route53, tree(one)))
    assert (made["Name"], made["TrafficPolicyType"], made["Message"]) == (
        "www.example.com.",
        "A",
        "",
    )
    found = Counter(answered(world.ask("www.example.com"))[0][2][0] for _ in range(200))
    assert set(found) == {"192.0.2.1", "192.0.2.2"}
    route53.update_health_check(HealthCheckId=one, Inverted=True)
    found = Counter(answered(world.ask("www.example.com"))[0][2][0] for _ in range(50))
    assert set(found) == {"192.0.2.2"}
    assert (
        route53.get_traffic_policy_instance(Id=made["Id"])["TrafficPolicyInstance"]["State"]
        == "Applied"
    )


def test_what_the_zone_shows(world: World, route53: Any, zone: str) -> None:
    made = instance(route53, zone, policy(route53, tree()))
    (shown,) = [each for each in listing(route53, zone) if each["Type"] == "A"]
    assert shown["TrafficPolicyInstanceId"] == made["Id"]
    assert "TTL" not in shown
    assert route53.get_hosted_zone(Id=zone)["HostedZone"]["ResourceRecordSetCount"] == 3
    assert fault(route53.delete_hosted_zone, Id=zone)[0] == "HostedZoneNotEmpty"
    route53.delete_traffic_policy_instance(Id=made["Id"])
    assert len(names(route53, zone)) == 2
    assert world.ask("www.example.com").rcode() == dns.rcode.NXDOMAIN
    (zone_served,) = world.responder().names.zones.values()
    assert len(zone_served.nodes) == 1  # nothing hidden is left


def test_update(world: World, route53: Any, zone: str) -> None:
    one = policy(route53, tree())
    made = instance(route53, zone, one)
    two = policy(route53, document("192.0.2.9"), "q")
    of = {"Id": made["Id"], "TTL": 5, "TrafficPolicyId": two}
    changed = route53.update_traffic_policy_instance(**of, TrafficPolicyVersion=1)
    assert changed["TrafficPolicyInstance"]["TTL"] == 5
    assert answered(world.ask("www.example.com")) == [("www.example.com.", 5, ["192.0.2.9"])]
    (zone_served,) = world.responder().names.zones.values()
    assert len(zone_served.nodes) == 2
    other = policy(route53, {**document('"t"'), "RecordType": "TXT"}, "t")
    code, _ = fault(
        route53.update_traffic_policy_instance,
        **{**of, "TrafficPolicyId": other},
        TrafficPolicyVersion=1,
    )
    assert code == "ConflictingTypes"
    assert fault(route53.delete_traffic_policy, Id=two, Version=1) == (
        "TrafficPolicyInUse", "Policy is in use for at least one instance"
    )  # fmt: skip


@pytest.mark.parametrize("name", ["www.example.net", "a..example.com"])
def test_names_that_cannot_be(route53: Any, zone: str, name: str) -> None:
    assert fault(instance, route53, zone, policy(route53, document()), name)[0] == "InvalidInput"


def test_what_is_taken(route53: Any, zone: str) -> None:
    one = policy(route53, document())
    change(route53, zone, ("CREATE", a("www.example.com")))
    assert fault(instance, route53, zone, one)[0] == "TrafficPolicyInstanceAlreadyExists"
    instance(route53, zone, one, "x.example.com")
    assert (
        fault(instance, route53, zone, one, "x.example.com")[0]
        == "TrafficPolicyInstanceAlreadyExists"
    )
    assert fault(instance, route53, zone, "none")[0] == "NoSuchTrafficPolicy"
    unknown = policy(route53, tree("no-such-check"), "u")
    assert fault(instance, route53, zone, unknown, "y.example.com")[0] == "InvalidInput"


def test_listings(world: World, route53: Any, stranger: Any, zone: str) -> None:
    one = policy(route53, document())
    made = [instance(route53, zone, one, f"{n}.example.com")["Id"] for n in "abc"]
    assert route53.get_traffic_policy_instance_count()["TrafficPolicyInstanceCount"] == 3
    for list_, of in (
        (route53.list_traffic_policy_instances, {}),
        (route53.list_traffic_policy_instances_by_hosted_zone, {"HostedZoneId": zone}),
        (
            route53.list_traffic_policy_instances_by_policy,
            {"TrafficPolicyId": one, "TrafficPolicyVersion": 1},
        ),
    ):
        first = list_(**of, MaxItems="2")
        assert [each["Id"] for each in first["TrafficPolicyInstances"]] == made[:2]
        assert first["IsTruncated"]
        markers = {k: v for k, v in first.items() if k.endswith("Marker")}
        rest = list_(**of, **markers)
        assert [each["Id"] for each in rest["TrafficPolicyInstances"]] == made[2:]
    assert stranger.list_traffic_policy_instances()["TrafficPolicyInstances"] == []
    for n in "de":
        instance(route53, zone, one, f"{n}.example.com")
    assert (
        fault(instance, route53, zone, one, "f.example.com")[0] == "TooManyTrafficPolicyInstances"
    )


def test_its_record_set_is_not_changed_by_hand(world: World, route53: Any, zone: str) -> None:
    made = instance(route53, zone, policy(route53, document()))
    (shown,) = [each for each in listing(route53, zone) if each["Type"] == "A"]
    for action in ("UPSERT", "DELETE"):
        assert f"instance {made['Id']}" in complaint(route53, zone, (action, a("www.example.com")))
        assert fault(change, route53, zone, (action, shown))[0] == "InvalidInput"
    assert answered(world.ask("www.example.com"))[0][2] == ["192.0.2.1"]
