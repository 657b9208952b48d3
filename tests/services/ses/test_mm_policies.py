"""Traffic policies: statements in order, then the default."""

from __future__ import annotations

from typing import Any

from forecourt.services.ses.mm_conditions import Facts
from forecourt.services.ses.mm_policies import allows

from .calls import fault
from .managing import ingress_point, policy, rule_set


def statement(action: str, recipient: str) -> dict[str, Any]:
    condition = {
        "StringExpression": {
            "Evaluate": {"Attribute": "RECIPIENT"}, "Operator": "EQUALS", "Values": [recipient],
        }
    }  # fmt: skip
    return {"Action": action, "Conditions": [condition]}


def test_what_a_policy_lets_in() -> None:
    given = {
        "Statements": [statement("DENY", "a@x.test"), statement("ALLOW", "a@x.test")],
        "Default": "ALLOW",
    }
    assert not allows(given, Facts("a@x.test", "192.0.2.1", ""))
    assert allows(given, Facts("b@x.test", "192.0.2.1", ""))
    assert not allows({"Statements": [], "Default": "DENY"}, Facts("b@x.test", "192.0.2.1", ""))


def test_a_policy(manager: Any) -> None:
    id = policy(manager, statement("DENY", "a@x.test"))
    found = manager.get_traffic_policy(TrafficPolicyId=id)
    assert found["PolicyStatements"] == [statement("DENY", "a@x.test")]
    assert (found["DefaultAction"], found["MaxMessageSizeBytes"]) == ("ALLOW", 40 * 1024 * 1024)
    manager.update_traffic_policy(TrafficPolicyId=id, MaxMessageSizeBytes=10, DefaultAction="DENY")
    found = manager.get_traffic_policy(TrafficPolicyId=id)
    assert (found["DefaultAction"], found["MaxMessageSizeBytes"]) == ("DENY", 10)
    assert found["PolicyStatements"] == [statement("DENY", "a@x.test")]
    (listed,) = manager.list_traffic_policies()["TrafficPolicies"]
    assert (listed["TrafficPolicyName"], listed["DefaultAction"]) == ("policy", "DENY")
    manager.delete_traffic_policy(TrafficPolicyId=id)
    assert fault(manager.get_traffic_policy, TrafficPolicyId=id)[0] == "ResourceNotFoundException"


def test_what_is_refused(manager: Any) -> None:
    many = [statement("DENY", "a@x.test")] * 21
    assert fault(policy, manager, *many)[0] == "ValidationException"
    wrong = {
        "IpExpression": {
            "Evaluate": {"Attribute": "SENDER_IP"}, "Operator": "CIDR_MATCHES", "Values": ["1.2.3/4"],
        }
    }  # fmt: skip
    assert fault(policy, manager, {"Action": "DENY", "Conditions": [wrong]})[0] == (
        "ValidationException"
    )
    used = policy(manager)
    ingress_point(manager, used, rule_set(manager))
    assert fault(manager.delete_traffic_policy, TrafficPolicyId=used)[0] == "ConflictException"
