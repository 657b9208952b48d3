"""Route 53 as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on

from . import domain_names
from .health_checks import checks

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def zone_of(member: str, **more: Any) -> Action:
    return on(f"arn:aws:route53:::hostedzone/{{{member}}}", **more)


def tagged(name: str) -> Action:
    """On what the ResourceType of a tagging operation says."""

    def resources(tx: Tx, req: Params) -> list[str]:
        ids = req.get("ResourceIds") or [req["ResourceId"]]
        return [f"arn:aws:route53:::{req['ResourceType']}/{each}" for each in ids]

    return Action(resources, name)


def change_keys(tx: Tx, req: Params) -> Values:
    """What a batch touches, each key with every value in it; names are normalized."""
    sets = [change["ResourceRecordSet"] for change in req["ChangeBatch"]["Changes"]]
    names = (normalized(each["Name"]) for each in sets)
    return {
        "route53:changeresourcerecordsetsactions": unique(
            change["Action"] for change in req["ChangeBatch"]["Changes"]
        ),
        "route53:changeresourcerecordsetsnormalizedrecordnames": unique(names),
        "route53:changeresourcerecordsetsrecordtypes": unique(each["Type"] for each in sets),
    }


def normalized(name: str) -> str:
    """A name without its final dot, however it was escaped."""
    try:
        return domain_names.parse(name).text.rstrip(".")
    except domain_names.BadName:
        return name  # which the operation refuses


def unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def vpc_keys(tx: Tx, req: Params) -> Values:
    vpc = req.get("VPC") or {}
    if "VPCId" not in vpc:
        return {}
    return {"route53:vpcs": (f"VPCId={vpc['VPCId']},VPCRegion={vpc.get('VPCRegion', '')}",)}


def by_vpc_keys(tx: Tx, req: Params) -> Values:
    return vpc_keys(tx, {"VPC": req})


SET = on("arn:aws:route53:::delegationset/{Id}")
CHECK = on("arn:aws:route53:::healthcheck/{HealthCheckId}")
COLLECTION = on("arn:aws:route53:::cidrcollection/{Id}")
POLICY = on("arn:aws:route53:::trafficpolicy/{Id}")
INSTANCE = on("arn:aws:route53:::trafficpolicyinstance/{Id}")
LOG = on("arn:aws:route53:::queryloggingconfig/{Id}")
ACTIONS: dict[str, Action] = {
    "ActivateKeySigningKey": zone_of("HostedZoneId"),
    "AssociateVPCWithHostedZone": zone_of("HostedZoneId", keys=vpc_keys),
    "ChangeCidrCollection": COLLECTION,
    "CreateCidrCollection": on("*"),
    "CreateHealthCheck": on("*"),
    "CreateKeySigningKey": zone_of("HostedZoneId"),
    "CreateQueryLoggingConfig": zone_of("HostedZoneId"),
    "CreateTrafficPolicy": on("*"),
    "CreateTrafficPolicyInstance": zone_of("HostedZoneId"),
    "CreateTrafficPolicyVersion": POLICY,
    "CreateVPCAssociationAuthorization": zone_of("HostedZoneId", keys=vpc_keys),
    "DeactivateKeySigningKey": zone_of("HostedZoneId"),
    "DeleteCidrCollection": COLLECTION,
    "DeleteHealthCheck": CHECK,
    "DeleteKeySigningKey": zone_of("HostedZoneId"),
    "DeleteQueryLoggingConfig": LOG,
    "DeleteTrafficPolicy": POLICY,
    "DeleteTrafficPolicyInstance": INSTANCE,
    "DeleteVPCAssociationAuthorization": zone_of("HostedZoneId", keys=vpc_keys),
    "DisableHostedZoneDNSSEC": zone_of("HostedZoneId"),
    "DisassociateVPCFromHostedZone": zone_of("HostedZoneId", keys=vpc_keys),
    "EnableHostedZoneDNSSEC": zone_of("HostedZoneId"),
    "GetCheckerIpRanges": on("*"),
    "GetDNSSEC": zone_of("HostedZoneId"),
    "GetGeoLocation": on("*"),
    "GetHealthCheck": CHECK,
    "GetHealthCheckCount": on("*"),
    "GetHealthCheckLastFailureReason": CHECK,
    "GetHealthCheckStatus": CHECK,
    "GetQueryLoggingConfig": LOG,
    "GetTrafficPolicy": POLICY,
    "GetTrafficPolicyInstance": INSTANCE,
    "GetTrafficPolicyInstanceCount": on("*"),
    "ListCidrBlocks": on("arn:aws:route53:::cidrcollection/{CollectionId}"),
    "ListCidrCollections": on("*"),
    "ListCidrLocations": on("arn:aws:route53:::cidrcollection/{CollectionId}"),
    "ListGeoLocations": on("*"),
    "ListHostedZonesByVPC": on("*", keys=by_vpc_keys),
    "ListQueryLoggingConfigs": on("*"),
    "ListTrafficPolicies": on("*"),
    "ListTrafficPolicyInstances": on("*"),
    "ListTrafficPolicyInstancesByHostedZone": zone_of("HostedZoneId"),
    "ListTrafficPolicyInstancesByPolicy": on("arn:aws:route53:::trafficpolicy/{TrafficPolicyId}"),
    "ListTrafficPolicyVersions": POLICY,
    "ListVPCAssociationAuthorizations": zone_of("HostedZoneId"),
    "TestDNSAnswer": on("*"),
    "UpdateHealthCheck": CHECK,
    "UpdateTrafficPolicyComment": POLICY,
    "UpdateTrafficPolicyInstance": INSTANCE,
    "ChangeResourceRecordSets": zone_of("HostedZoneId", keys=change_keys),
    "ChangeTagsForResource": tagged("ChangeTagsForResource"),
    "CreateHostedZone": on("*", keys=vpc_keys),
    "CreateResourceRecordSetProtections": zone_of("HostedZoneId"),
    "CreateReusableDelegationSet": on("*"),
    "DeleteHostedZone": zone_of("Id"),
    "DeleteResourceRecordSetProtections": zone_of("HostedZoneId"),
    "DeleteReusableDelegationSet": SET,
    "GetAccountLimit": on("*"),
    "GetChange": on("arn:aws:route53:::change/{Id}"),
    "GetHostedZone": zone_of("Id"),
    "GetHostedZoneCount": on("*"),
    "GetHostedZoneLimit": zone_of("HostedZoneId"),
    "GetReusableDelegationSet": SET,
    "GetReusableDelegationSetLimit": on("arn:aws:route53:::delegationset/{DelegationSetId}"),
    "ListHealthChecks": on("*"),
    "ListHostedZones": on("*"),
    "ListHostedZonesByName": on("*"),
    "ListResourceRecordSetProtections": zone_of("HostedZoneId"),
    "ListResourceRecordSets": zone_of("HostedZoneId"),
    "ListReusableDelegationSets": on("*"),
    "ListTagsForResource": tagged("ListTagsForResource"),
    "ListTagsForResources": tagged("ListTagsForResources"),
    "UpdateHostedZoneComment": zone_of("Id"),
    "UpdateHostedZoneFeatures": zone_of("HostedZoneId"),
}


def tags_of(tx: Tx, arn: str) -> Mapping[str, str]:
    """A hosted zone's tags, or a health check's."""
    if ":healthcheck/" in arn:
        check = checks.find(tx, arn.rpartition("/")[2])
        return check.tags if check is not None else {}
    found = tx.value(
        "SELECT tags FROM route53_zone WHERE id = :id AND account = :account",
        id=arn.rpartition("/")[2],
        account=tx.call.account,
    )
    return json.loads(found) if found else {}


AUTHORIZATION = Authorization("route53", ACTIONS, tags_of)
