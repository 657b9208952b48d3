"""Quotas, and how much of them is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.names import publishing

from . import delegation_sets, traffic_policies
from .health_checks import checks
from .zones import errors, get_zone

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")


@ops.read
def get_account_limit(tx: Tx, req: t.GetAccountLimitRequest) -> t.GetAccountLimitResponse:
    type_ = req["Type"]
    count = 0
    if type_ == "MAX_HOSTED_ZONES_BY_OWNER":
        count = tx.value(
            "SELECT count(*) FROM route53_zone WHERE account = :account", account=tx.call.account
        )
    elif type_ == "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER":
        count = delegation_sets.sets.count(tx)
    elif type_ == "MAX_HEALTH_CHECKS_BY_OWNER":
        count = checks.count(tx)
    elif type_ == "MAX_TRAFFIC_POLICIES_BY_OWNER":
        count = traffic_policies.count(tx)
    elif type_ == "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER":
        count = traffic_policies.instances.count(tx)
    return {"Limit": {"Type": type_, "Value": quotas.limit(tx, type_)}, "Count": count}


@ops.read
def get_hosted_zone_limit(tx: Tx, req: t.GetHostedZoneLimitRequest) -> t.GetHostedZoneLimitResponse:
    zone = get_zone(tx, req["HostedZoneId"])
    if req["Type"] == "MAX_VPCS_ASSOCIATED_BY_ZONE" and not zone.private:
        raise errors.HostedZoneNotPrivate("The specified hosted zone is a public hosted zone.")
    count = zone.record_sets
    if req["Type"] == "MAX_VPCS_ASSOCIATED_BY_ZONE":
        count = len(publishing.vpcs_of(tx, zone.id))
    return {"Limit": {"Type": req["Type"], "Value": quotas.limit(tx, req["Type"])}, "Count": count}
