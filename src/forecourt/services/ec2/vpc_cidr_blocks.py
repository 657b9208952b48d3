"""Further IPv4 blocks of VPCs."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.network import vpcs

from . import cidrs, initial
from .kinds import VPC, DependencyViolation, MissingParameter
from .vpcs import UNSUPPORTED, blocks, refuse

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

CidrLimitExceeded = common("CidrLimitExceeded", 400)
OperationNotPermitted = common("OperationNotPermitted", 400)
AssociationNotFound = common("InvalidVpcCidrBlockAssociationID.NotFound", 400)


@ops.write
def associate_vpc_cidr_block(
    tx: Tx, req: t.AssociateVpcCidrBlockRequest
) -> t.AssociateVpcCidrBlockResult:
    """Give a VPC a further IPv4 block."""
    vpc = VPC.get(tx, req["VpcId"])
    refuse(req, UNSUPPORTED)
    if "CidrBlock" not in req:
        raise MissingParameter("Either 'cidrBlock' or 'ipv6CidrBlock' must be provided.")
    block = cidrs.of_vpc(req["CidrBlock"])
    existing = vpc.spec["CidrBlockAssociationSet"]
    if any(block.overlaps(IPv4Network(each)) for each in blocks(vpc)):
        raise cidrs.InvalidVpcRange(f"The CIDR '{block}' conflicts with another CIDR of the VPC.")
    if len(existing) >= (most := quotas.limit(tx, "MAX_CIDR_BLOCKS_BY_VPC")):
        raise CidrLimitExceeded(
            f"This network '{vpc.name}' has met its maximum number of allowed CIDRs: {most}"
        )
    added = initial.cidr_association(str(block))
    VPC.kind.change(tx, vpc, spec={**vpc.spec, "CidrBlockAssociationSet": [*existing, added]})
    association: Any = {**added, "CidrBlockState": {"State": "associating"}}
    return {"VpcId": vpc.name, "CidrBlockAssociation": association}


@ops.write
def disassociate_vpc_cidr_block(
    tx: Tx, req: t.DisassociateVpcCidrBlockRequest
) -> t.DisassociateVpcCidrBlockResult:
    """Take a further block away from a VPC, once no subnet lies in it."""
    given = req["AssociationId"]
    for vpc in VPC.kind.all(tx):
        associations = vpc.spec["CidrBlockAssociationSet"]
        found = next((each for each in associations if each["AssociationId"] == given), None)
        if found is not None:
            break
    else:
        raise AssociationNotFound(f"The vpc CIDR block association ID '{given}' does not exist")
    if found["CidrBlock"] == vpc.spec["CidrBlock"]:
        raise OperationNotPermitted(
            f"The vpc CIDR block with association ID {given} may not be disassociated. It is the"
            " primary IPv4 CIDR block of the VPC"
        )
    block = IPv4Network(found["CidrBlock"])
    subnets = vpcs.subnets_of(tx, vpc.name)
    if any(IPv4Network(each.spec["CidrBlock"]).subnet_of(block) for each in subnets):
        raise DependencyViolation(
            f"The vpc CIDR block with association ID {given} has dependencies and cannot be"
            " disassociated."
        )
    kept = [each for each in associations if each is not found]
    VPC.kind.change(tx, vpc, spec={**vpc.spec, "CidrBlockAssociationSet": kept})
    association: Any = {**found, "CidrBlockState": {"State": "disassociating"}}
    return {"VpcId": vpc.name, "CidrBlockAssociation": association}
