"""Traffic policies: versions, names, listings."""

from __future__ import annotations

import json
from typing import Any

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from .calls import fault
from .test_traffic_documents import document


def create(client: Any, name: str = "p", **options: Any) -> Any:
    return client.create_traffic_policy(Name=name, Document=json.dumps(document()), **options)[
        "TrafficPolicy"
    ]


def test_versions(route53: Any, stranger: Any) -> None:
    made = create(route53, Comment="first")
    assert (made["Version"], made["Type"], made["Comment"]) == (1, "A", "first")
    assert json.loads(made["Document"]) == document()
    assert fault(create, route53)[0] == "TrafficPolicyAlreadyExists"
    of = {"Id": made["Id"]}
    second = route53.create_traffic_policy_version(**of, Document=json.dumps(document("192.0.2.9")))
    assert second["TrafficPolicy"]["Version"] == 2
    changed = route53.update_traffic_policy_comment(**of, Version=1, Comment="other")
    assert changed["TrafficPolicy"]["Comment"] == "other"
    assert route53.get_traffic_policy(**of, Version=1)["TrafficPolicy"]["Comment"] == "other"
    first = route53.list_traffic_policy_versions(**of, MaxItems="1")
    assert [each["Version"] for each in first["TrafficPolicies"]] == [1]
    assert (first["IsTruncated"], first["TrafficPolicyVersionMarker"]) == (True, "2")
    rest = route53.list_traffic_policy_versions(**of, TrafficPolicyVersionMarker="2")
    assert [each["Version"] for each in rest["TrafficPolicies"]] == [2]
    (summary,) = route53.list_traffic_policies()["TrafficPolicySummaries"]
    assert (summary["LatestVersion"], summary["TrafficPolicyCount"]) == (2, 2)
    assert fault(stranger.get_traffic_policy, **of, Version=1)[0] == "NoSuchTrafficPolicy"
    route53.delete_traffic_policy(**of, Version=2)
    assert (
        route53.create_traffic_policy_version(**of, Document=json.dumps(document()))[
            "TrafficPolicy"
        ]["Version"]
        == 3
    )
    route53.delete_traffic_policy(**of, Version=1)
    route53.delete_traffic_policy(**of, Version=3)
    assert route53.list_traffic_policies()["TrafficPolicySummaries"] == []
    assert fault(route53.delete_traffic_policy, **of, Version=3)[0] == "NoSuchTrafficPolicy"


def test_listing_and_limits(world: World, route53: Any) -> None:
    made = [create(route53, f"p{n}")["Id"] for n in range(3)]
    first = route53.list_traffic_policies(MaxItems="2")
    assert [each["Id"] for each in first["TrafficPolicySummaries"]] == made[:2]
    rest = route53.list_traffic_policies(TrafficPolicyIdMarker=first["TrafficPolicyIdMarker"])
    assert [each["Id"] for each in rest["TrafficPolicySummaries"]] == made[2:]
    world.store.write_now(quotas.set_limit, FIRST, "MAX_TRAFFIC_POLICIES_BY_OWNER", 3)
    assert fault(create, route53, "more")[0] == "TooManyTrafficPolicies"
    found = route53.get_account_limit(Type="MAX_TRAFFIC_POLICIES_BY_OWNER")
    assert (found["Limit"]["Value"], found["Count"]) == (3, 3)


def test_a_document_that_is_none(route53: Any) -> None:
    code, _ = fault(route53.create_traffic_policy, Name="p", Document="{}")
    assert code == "InvalidTrafficPolicyDocument"
