"""Cache subnet groups: where in a VPC nodes get their addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.network import uses, vpcs
from forecourt.platform.network.zones import zones
from forecourt.store.resources import Resource

from .stored import (
    CACHES,
    SUBNET_GROUPS,
    InvalidParameterValue,
    errors,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
MOST, MOST_SUBNETS = 300, 20
DEFAULT = "default"


@ops.write
def create_cache_subnet_group(
    tx: Tx, req: t.CreateCacheSubnetGroupMessage
) -> t.CreateCacheSubnetGroupResult:
    name = checked_name(req["CacheSubnetGroupName"])
    if SUBNET_GROUPS.find(tx, name) is not None:
        raise errors.CacheSubnetGroupAlreadyExistsFault(
            f"Cache subnet group {name} already exists."
        )
    if SUBNET_GROUPS.count(tx) >= MOST:
        raise errors.CacheSubnetGroupQuotaExceededFault("Cache subnet group quota exceeded.")
    vpc, subnets = found_subnets(tx, req["SubnetIds"])
    spec = {"Description": req["CacheSubnetGroupDescription"], "Vpc": vpc, "Subnets": subnets}
    made = SUBNET_GROUPS.create(tx, name, spec, {}, tags_of(req))
    use(tx, made, subnets)
    return {"CacheSubnetGroup": document(tx, made)}


@ops.write
def modify_cache_subnet_group(
    tx: Tx, req: t.ModifyCacheSubnetGroupMessage
) -> t.ModifyCacheSubnetGroupResult:
    found = get(tx, req["CacheSubnetGroupName"])
    spec = dict(found.spec)
    if "CacheSubnetGroupDescription" in req:
        spec["Description"] = req["CacheSubnetGroupDescription"]
    if "SubnetIds" in req:
        vpc, subnets = found_subnets(tx, req["SubnetIds"])
        if vpc != spec["Vpc"]:
            raise errors.InvalidSubnet("The new subnets are in another VPC than the group.")
        if used(tx, found.name) and set(spec["Subnets"]) - set(subnets):
            raise errors.SubnetInUse("A subnet that is to be removed is in use.")
        unuse(tx, found)
        spec["Subnets"] = subnets
        use(tx, found, subnets)
    return {"CacheSubnetGroup": document(tx, SUBNET_GROUPS.change(tx, found, spec=spec))}


@ops.write
def delete_cache_subnet_group(tx: Tx, req: t.DeleteCacheSubnetGroupMessage) -> None:
    found = get(tx, req["CacheSubnetGroupName"])
    if used(tx, found.name):
        raise errors.CacheSubnetGroupInUse(
            f"Cache subnet group {found.name} is currently in use by a cache cluster."
        )
    unuse(tx, found)
    SUBNET_GROUPS.remove(tx, found)


@ops.read
def describe_cache_subnet_groups(
    tx: Tx, req: t.DescribeCacheSubnetGroupsMessage
) -> t.CacheSubnetGroupMessage:
    if name := req.get("CacheSubnetGroupName"):
        return {"CacheSubnetGroups": [document(tx, get(tx, name))]}
    return page(  # type: ignore[return-value]
        "CacheSubnetGroups",
        SUBNET_GROUPS.all(tx),
        req,
        by=lambda each: each.name,
        show=lambda each: document(tx, each),
    )


def checked_name(name: str) -> str:
    lower = name.lower()
    if not 1 <= len(name) <= 255 or not all(
        c.isascii() and (c.isalnum() or c == "-") for c in name
    ):
        raise InvalidParameterValue(
            "The parameter CacheSubnetGroupName must contain only ASCII letters, digits, and hyphens,"
            " and have at most 255 characters."
        )
    if lower == DEFAULT:
        raise InvalidParameterValue("The name default is reserved.")
    return lower


def get(tx: Tx, name: str) -> Resource:
    return SUBNET_GROUPS.get(tx, name.lower(), f"Cache Subnet Group {name} does not exist.")


def found_subnets(tx: Tx, ids: Iterable[str]) -> tuple[str, list[str]]:
    """Their VPC, and they.  InvalidSubnet."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise InvalidParameterValue("A subnet group needs at least one subnet.")
    if len(wanted) > MOST_SUBNETS:
        raise errors.CacheSubnetQuotaExceededFault(f"A group has at most {MOST_SUBNETS} subnets.")
    found = []
    for id in wanted:
        subnet = vpcs.SUBNETS.find(tx, id)
        if subnet is None:
            raise errors.InvalidSubnet(f"Some input subnets in :[{id}] are invalid.")
        found.append(subnet)
    owners = {each.spec["VpcId"] for each in found}
    if len(owners) > 1:
        raise errors.InvalidSubnet("The subnets of a group are all in one VPC.")
    return owners.pop(), wanted


def places(tx: Tx, name: str | None) -> list[tuple[str, str]]:
    """The zones that nodes of a group can be in, each with the ARN of a subnet there.

    Without a group it is the account's default VPC.
    """
    if name is None or name.lower() == DEFAULT:
        vpc = vpcs.default_vpc(tx)
        subnets = [] if vpc is None else vpcs.subnets_of(tx, vpc.name)
        if not subnets:
            raise errors.InvalidVPCNetworkStateFault(
                "There is no default VPC; give a cache subnet group."
            )
    else:
        return of_subnets(tx, get(tx, name).spec["Subnets"])
    return in_zones(tx, subnets)


def of_subnets(tx: Tx, ids: Iterable[str]) -> list[tuple[str, str]]:
    """The zones of some subnets, each with the ARN of one of them."""
    return in_zones(tx, [e for id in ids if (e := vpcs.SUBNETS.find(tx, id)) is not None])


def in_zones(tx: Tx, subnets: Iterable[Resource]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for subnet in subnets:
        found.setdefault(subnet.spec["AvailabilityZone"], subnet.arn)
    order = [zone.name for zone in zones(tx.call.region)]
    return [(zone, found[zone]) for zone in order if zone in found]


def used(tx: Tx, name: str) -> bool:
    return any(each.spec.get("SubnetGroup") == name for kind in CACHES for each in kind.all(tx))


def use(tx: Tx, group: Resource, subnets: Iterable[str]) -> None:
    for id in subnets:
        if (subnet := vpcs.SUBNETS.find(tx, id)) is not None:
            uses.record(tx, group.arn, subnet.arn)


def unuse(tx: Tx, group: Resource) -> None:
    for id in group.spec["Subnets"]:
        if (subnet := vpcs.SUBNETS.find(tx, id)) is not None:
            uses.drop(tx, group.arn, subnet.arn)


def document(tx: Tx, found: Resource) -> Any:
    subnets = [vpcs.SUBNETS.find(tx, id) for id in found.spec["Subnets"]]
    return {
        "CacheSubnetGroupName": found.name,
        "CacheSubnetGroupDescription": found.spec["Description"],
        "VpcId": found.spec["Vpc"],
        "Subnets": [
            {
                "SubnetIdentifier": each.name,
                "SubnetAvailabilityZone": {"Name": each.spec["AvailabilityZone"]},
                "SupportedNetworkTypes": ["ipv4"],
            }
            for each in subnets
            if each is not None
        ],
        "ARN": found.arn,
        "SupportedNetworkTypes": ["ipv4"],
    }
