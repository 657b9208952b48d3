"""Traffic policies: whose mail an ingress point lets in.

https://docs.aws.amazon.com/ses/latest/dg/eb-filters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import mm_stored
from .contacts import moment
from .mm_conditions import Facts, Unserved, all_hold, check
from .mm_stored import INGRESS_POINTS, POLICIES, errors, invalid

if TYPE_CHECKING:
    from forecourt.aws.types import mailmanager as t
    from forecourt.store.tx import Tx

ops = Operations("mailmanager")
MOST_STATEMENTS = 20
LARGEST = 40 * 1024 * 1024  # bytes of a message


@ops.write
def create_traffic_policy(tx: Tx, req: t.CreateTrafficPolicyRequest) -> Any:
    made = mm_stored.create(tx, POLICIES, spec_of(req), req)
    return {"TrafficPolicyId": made.name}


@ops.read
def get_traffic_policy(tx: Tx, req: t.GetTrafficPolicyRequest) -> Any:
    found = mm_stored.get(tx, POLICIES, req["TrafficPolicyId"])
    return {
        "TrafficPolicyId": found.name,
        "TrafficPolicyArn": found.arn,
        "TrafficPolicyName": found.spec["Name"],
        "PolicyStatements": found.spec["Statements"],
        "DefaultAction": found.spec["Default"],
        "MaxMessageSizeBytes": found.spec["Most"],
        "CreatedTimestamp": found.created,
        "LastUpdatedTimestamp": moment(found.status["Updated"]),
    }


@ops.read
def list_traffic_policies(tx: Tx, req: t.ListTrafficPoliciesRequest) -> Any:
    found, more = mm_stored.page(tx, POLICIES, req)
    shown = [
        {
            "TrafficPolicyId": each.name,
            "TrafficPolicyName": each.spec["Name"],
            "DefaultAction": each.spec["Default"],
        }
        for each in found
    ]
    return {"TrafficPolicies": shown, **more}


@ops.write
def update_traffic_policy(tx: Tx, req: t.UpdateTrafficPolicyRequest) -> Any:
    found = mm_stored.get(tx, POLICIES, req["TrafficPolicyId"])
    now = {
        "TrafficPolicyName": found.spec["Name"], "PolicyStatements": found.spec["Statements"],
        "DefaultAction": found.spec["Default"], "MaxMessageSizeBytes": found.spec["Most"],
    }  # fmt: skip
    mm_stored.change(tx, POLICIES, found, spec_of({**now, **req}))
    return {}


@ops.write
def delete_traffic_policy(tx: Tx, req: t.DeleteTrafficPolicyRequest) -> Any:
    id = req["TrafficPolicyId"]
    if any(each.spec["TrafficPolicyId"] == id for each in INGRESS_POINTS.all(tx)):
        raise errors.ConflictException(f"{id} is used by an ingress point.")
    POLICIES.remove(tx, mm_stored.get(tx, POLICIES, id))
    return {}


def spec_of(req: Mapping[str, Any]) -> dict[str, Any]:
    statements, most = req["PolicyStatements"], req.get("MaxMessageSizeBytes", LARGEST)
    if len(statements) > MOST_STATEMENTS:
        raise invalid(f"A policy has at most {MOST_STATEMENTS} statements.")
    if not 1 <= most <= LARGEST:
        raise invalid(f"MaxMessageSizeBytes must be at most {LARGEST}.")
    for each in statements:
        try:
            check(each["Conditions"])
        except Unserved as unserved:
            raise invalid(f"{unserved} are not served here.") from None
        except ValueError as wrong:
            raise invalid(str(wrong)) from None
    return {
        "Name": req["TrafficPolicyName"], "Statements": statements,
        "Default": req["DefaultAction"], "Most": most,
    }  # fmt: skip


def allows(policy: Mapping[str, Any], facts: Facts) -> bool:
    """The first statement whose conditions all hold decides, or the default."""
    for each in policy["Statements"]:
        if all_hold(each["Conditions"], facts):
            return bool(each["Action"] == "ALLOW")
    return bool(policy["Default"] == "ALLOW")
