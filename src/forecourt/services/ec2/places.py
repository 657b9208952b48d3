"""Regions, availability zones, and what an account is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.network import vpcs
from forecourt.platform.network.zones import BY_DEFAULT, Zone, regions, zones

from .describing import matching
from .kinds import InvalidParameterValue

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

ZONE_FILTERS = {
    "group-name": "GroupName",
    "message": "Messages[].Message",
    "opt-in-status": "OptInStatus",
    "parent-zone-id": "ParentZoneId",
    "parent-zone-name": "ParentZoneName",
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
}
REGION_FILTERS = {
    "endpoint": "Endpoint",
    "opt-in-status": "OptInStatus",
    "region-name": "RegionName",
}
# What there is no more than: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
GROUPS_BY_INTERFACE = 5


@ops.read
def describe_availability_zones(
    tx: Tx, req: t.DescribeAvailabilityZonesRequest
) -> t.DescribeAvailabilityZonesResult:
    found = [zone_document(each) for each in zones(tx.call.region)]
    for member, given in (("ZoneName", req.get("ZoneNames")), ("ZoneId", req.get("ZoneIds"))):
        if given:
            known: list[Any] = [each.get(member) for each in found]
            for name in given:
                if name not in known:
                    raise InvalidParameterValue(f"Invalid availability zone: [{name}]")
            found = [each for each in found if each.get(member) in given]
    return {"AvailabilityZones": matching(found, ZONE_FILTERS, {**req})}


@ops.read
def describe_regions(tx: Tx, req: t.DescribeRegionsRequest) -> t.DescribeRegionsResult:
    """All regions: every one answers here, also those that AWS asks to opt in to."""
    found = [region_document(each) for each in regions()]
    if wanted := req.get("RegionNames"):
        known = [each.get("RegionName") for each in found]
        for name in wanted:
            if name not in known:
                raise InvalidParameterValue(f"Invalid region: [{name}]")
        found = [each for each in found if each.get("RegionName") in wanted]
    return {"Regions": matching(found, REGION_FILTERS, {**req})}


@ops.read
def describe_account_attributes(
    tx: Tx, req: t.DescribeAccountAttributesRequest
) -> t.DescribeAccountAttributesResult:
    vpc = vpcs.default_vpc(tx)
    attributes: dict[Any, str] = {
        "supported-platforms": "VPC",
        "default-vpc": vpc.name if vpc else "none",
        "vpc-max-security-groups-per-interface": str(GROUPS_BY_INTERFACE),
    }
    wanted = req.get("AttributeNames") or list(attributes)
    return {
        "AccountAttributes": [
            {"AttributeName": name, "AttributeValues": [{"AttributeValue": value}]}
            for name, value in attributes.items()
            if name in wanted
        ]
    }


def zone_document(zone: Zone) -> t.AvailabilityZone:
    return {
        "GroupName": f"{zone.region}-zg-1",
        "Messages": [],
        "NetworkBorderGroup": zone.region,
        "OptInStatus": "opt-in-not-required",
        "RegionName": zone.region,
        "State": "available",
        "ZoneId": zone.id,
        "ZoneName": zone.name,
        "ZoneType": "availability-zone",
    }


def region_document(region: str) -> t.Region:
    return {
        "Endpoint": f"ec2.{region}.amazonaws.com",
        "OptInStatus": "opt-in-not-required" if region in BY_DEFAULT else "opted-in",
        "RegionName": region,
    }
