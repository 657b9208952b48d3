"""Mail Manager, as tests set it up."""

from __future__ import annotations

from typing import Any

PASSWORD = "Secret-Passw0rd"


def policy(manager: Any, *statements: Any, default: str = "ALLOW", name: str = "policy") -> str:
    return str(
        manager.create_traffic_policy(
            TrafficPolicyName=name, DefaultAction=default, PolicyStatements=list(statements)
        )["TrafficPolicyId"]
    )


def rule_set(manager: Any, *rules: Any, name: str = "rules") -> str:
    return str(manager.create_rule_set(RuleSetName=name, Rules=list(rules))["RuleSetId"])


def ingress_point(manager: Any, policy: str, rules: str, **more: Any) -> str:
    given = {
        "IngressPointName": "point", "Type": "AUTH", "TlsPolicy": "OPTIONAL",
        "IngressPointConfiguration": {"SmtpPassword": PASSWORD},
        "RuleSetId": rules, "TrafficPolicyId": policy, **more,
    }  # fmt: skip
    return str(manager.create_ingress_point(**given)["IngressPointId"])
