"""VPCs and what is in them, for EC2's operations and for every service that lives in a VPC.

Operations find the caller's by id (`VPCS.find(tx, id)`), in the region of the call; reconcilers and
global services find anybody's by ARN (`resources.at`, `arn`).  Documents are spelled as EC2 spells
them, without owner, id and tags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.arns import Arn
from forecourt.aws.errors import common
from forecourt.store.resources import COLUMNS, Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

VPCS = Kind("ec2", "vpc", common("InvalidVpcID.NotFound", 400))
SUBNETS = Kind("ec2", "subnet", common("InvalidSubnetID.NotFound", 400))
SECURITY_GROUPS = Kind("ec2", "security-group", common("InvalidGroup.NotFound", 400))
RULES = Kind("ec2", "security-group-rule", common("InvalidSecurityGroupRuleId.NotFound", 400))


def arn(kind: Kind, region: str, account: str, name: str) -> str:
    return str(Arn(kind.service, region, account, f"{kind.name}/{name}"))


def find_anybodys(tx: Tx, region: str, vpc_id: str) -> Resource | None:
    """A VPC by its id, whosever it is."""
    row = tx.one(
        f"SELECT {COLUMNS} FROM resource WHERE service = 'ec2' AND kind = 'vpc'"
        " AND region = :region AND name = :name",
        region=region,
        name=vpc_id,
    )
    return Resource.of(row) if row else None


def default_vpc(tx: Tx) -> Resource | None:
    """The caller's default VPC in the region of the call."""
    return next((each for each in VPCS.all(tx) if each.spec["IsDefault"]), None)


def subnets_of(tx: Tx, vpc_id: str) -> list[Resource]:
    return [each for each in SUBNETS.all(tx) if each.spec["VpcId"] == vpc_id]


def groups_of(tx: Tx, vpc_id: str) -> list[Resource]:
    """A VPC's security groups."""
    return [each for each in SECURITY_GROUPS.all(tx) if each.spec["VpcId"] == vpc_id]


def default_group(tx: Tx, vpc_id: str) -> Resource:
    """The security group that every VPC has."""
    return next(each for each in groups_of(tx, vpc_id) if each.spec["GroupName"] == "default")


def rules_of(tx: Tx, group_id: str) -> list[Resource]:
    return [each for each in RULES.all(tx) if each.spec["GroupId"] == group_id]
