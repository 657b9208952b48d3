"""Further blocks of VPCs."""

from __future__ import annotations

from typing import Any

from . import calls
from .calls import code, fault, main_table


def blocks(client: Any, vpc_id: str) -> dict[str, str]:
    """A VPC's blocks, and the ids of their associations."""
    (vpc,) = client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return {each["CidrBlock"]: each["AssociationId"] for each in vpc["CidrBlockAssociationSet"]}


def test_associate_and_disassociate(ec2: Any, vpc: str) -> None:
    answered = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/16")
    association = answered["CidrBlockAssociation"]
    assert (answered["VpcId"], association["CidrBlock"]) == (vpc, "100.64.0.0/16")
    assert blocks(ec2, vpc) == {
        "10.0.0.0/16": blocks(ec2, vpc)["10.0.0.0/16"],
        "100.64.0.0/16": association["AssociationId"],
    }
    routes = [each["DestinationCidrBlock"] for each in main_table(ec2, vpc)["Routes"]]
    assert routes == ["10.0.0.0/16", "100.64.0.0/16"]
    made = calls.subnet(ec2, vpc, "100.64.1.0/24")
    gone = {"AssociationId": association["AssociationId"]}
    assert code(ec2.disassociate_vpc_cidr_block, **gone) == "DependencyViolation"
    ec2.delete_subnet(SubnetId=made)
    answered = ec2.disassociate_vpc_cidr_block(**gone)
    assert answered["CidrBlockAssociation"]["CidrBlockState"]["State"] == "disassociating"
    assert list(blocks(ec2, vpc)) == ["10.0.0.0/16"]


def test_the_primary_block_stays(ec2: Any, vpc: str) -> None:
    given = blocks(ec2, vpc)["10.0.0.0/16"]
    call = ec2.disassociate_vpc_cidr_block
    assert code(call, AssociationId=given) == "OperationNotPermitted"


def test_blocks_that_cannot_be(world: Any, ec2: Any, vpc: str) -> None:
    call = ec2.associate_vpc_cidr_block
    assert code(call, VpcId=vpc, CidrBlock="10.0.128.0/20") == "InvalidVpc.Range"
    assert code(call, VpcId=vpc, CidrBlock="10.2.0.0/8") == "InvalidVpc.Range"
    assert code(call, VpcId=vpc) == "MissingParameter"
    ipv6 = {"AmazonProvidedIpv6CidrBlock": True}
    assert code(call, VpcId=vpc, **ipv6) == "UnsupportedOperation"
    calls.limit(world, "MAX_CIDR_BLOCKS_BY_VPC", 1)
    assert fault(call, VpcId=vpc, CidrBlock="10.1.0.0/16") == (
        "CidrLimitExceeded",
        f"This network '{vpc}' has met its maximum number of allowed CIDRs: 1",
    )


def test_associations_that_are_not_there(ec2: Any, stranger: Any, vpc: str) -> None:
    added = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")
    given = added["CidrBlockAssociation"]["AssociationId"]
    for client, id_ in ((stranger, given), (ec2, "vpc-cidr-assoc-0123")):
        assert fault(client.disassociate_vpc_cidr_block, AssociationId=id_) == (
            "InvalidVpcCidrBlockAssociationID.NotFound",
            f"The vpc CIDR block association ID '{id_}' does not exist",
        )
    assert len(blocks(ec2, vpc)) == 2
