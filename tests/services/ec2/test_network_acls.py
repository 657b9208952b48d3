"""Network ACLs."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from . import calls
from .calls import code, default_acl, fault, filters, tagging

LAST = {
    "CidrBlock": "0.0.0.0/0",
    "Protocol": "-1",
    "RuleAction": "deny",
    "RuleNumber": 32767,
}


@pytest.fixture
def acl(ec2: Any, vpc: str) -> str:
    return str(ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"])


def shown(client: Any, acl: str) -> dict[str, Any]:
    (found,) = client.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return dict(found)


def rule(number: int = 100, **given: Any) -> dict[str, Any]:
    return {
        "RuleNumber": number,
        "Protocol": "tcp",
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "192.0.2.0/24",
        "PortRange": {"From": 80, "To": 81},
        **given,
    }


def test_create_and_delete(ec2: Any, vpc: str) -> None:
    made = ec2.create_network_acl(VpcId=vpc, TagSpecifications=tagging("network-acl", a="1"))
    acl = made["NetworkAcl"]
    assert acl == {
        "Associations": [],
        "Entries": [{**LAST, "Egress": True}, {**LAST, "Egress": False}],
        "IsDefault": False,
        "NetworkAclId": acl["NetworkAclId"],
        "OwnerId": FIRST,
        "Tags": [{"Key": "a", "Value": "1"}],
        "VpcId": vpc,
    }
    assert shown(ec2, acl["NetworkAclId"]) == acl
    ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])
    assert fault(shown, ec2, acl["NetworkAclId"]) == (
        "InvalidNetworkAclID.NotFound",
        f"The networkAcl ID '{acl['NetworkAclId']}' does not exist",
    )


def test_entries(ec2: Any, acl: str) -> None:
    ec2.create_network_acl_entry(NetworkAclId=acl, **rule(200))
    ec2.create_network_acl_entry(NetworkAclId=acl, **rule(CidrBlock="192.0.2.9/25"))
    ec2.create_network_acl_entry(NetworkAclId=acl, **rule(Egress=True))
    shown_rule = {**rule(), "Protocol": "6"}
    out, last_out, first, second, last_in = shown(ec2, acl)["Entries"]
    assert (out, last_out) == ({**shown_rule, "Egress": True}, {**LAST, "Egress": True})
    assert first == {**shown_rule, "CidrBlock": "192.0.2.0/25"}
    assert (second, last_in) == ({**shown_rule, "RuleNumber": 200}, {**LAST, "Egress": False})
    assert fault(ec2.create_network_acl_entry, NetworkAclId=acl, **rule()) == (
        "NetworkAclEntryAlreadyExists",
        "The network acl entry identified by 100 already exists.",
    )
    ping = {
        "RuleNumber": 100,
        "Protocol": "icmp",
        "RuleAction": "deny",
        "Egress": False,
        "Ipv6CidrBlock": "2001:db8::/32",
        "IcmpTypeCode": {"Type": 8, "Code": -1},
    }
    ec2.replace_network_acl_entry(NetworkAclId=acl, **ping)
    assert shown(ec2, acl)["Entries"][2] == {**ping, "Protocol": "1"}
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=False)
    assert shown(ec2, acl)["Entries"][2] == second
    for call, given in (
        (ec2.delete_network_acl_entry, {"RuleNumber": 100, "Egress": False}),
        (ec2.replace_network_acl_entry, ping),
    ):
        assert fault(call, NetworkAclId=acl, **given) == (
            "InvalidNetworkAclEntry.NotFound",
            f"The specified ingress rule number 100 does not exist in network acl {acl}",
        )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rule(32767), "InvalidParameterValue"),
        (rule(0), "InvalidParameterValue"),
        (rule(Protocol="x"), "InvalidParameterValue"),
        (rule(CidrBlock="x"), "InvalidParameterValue"),
        (rule(PortRange={"From": 2, "To": 1}), "InvalidParameterValue"),
        (rule(PortRange={"From": 2}), "MissingParameter"),
        (rule(Ipv6CidrBlock="::/0"), "InvalidParameterCombination"),
        (rule(Protocol="icmp"), "MissingParameter"),
        ({k: v for k, v in rule().items() if k != "CidrBlock"}, "MissingParameter"),
    ],
)
def test_entries_that_cannot_be(ec2: Any, acl: str, given: dict[str, Any], said: str) -> None:
    assert code(ec2.create_network_acl_entry, NetworkAclId=acl, **given) == said
    assert len(shown(ec2, acl)["Entries"]) == 2


def test_associations(ec2: Any, vpc: str, subnet: str, acl: str) -> None:
    (association,) = default_acl(ec2, vpc)["Associations"]
    assert association["SubnetId"] == subnet
    given = {"AssociationId": association["NetworkAclAssociationId"], "NetworkAclId": acl}
    new = ec2.replace_network_acl_association(**given)["NewAssociationId"]
    assert shown(ec2, acl)["Associations"] == [
        {"NetworkAclAssociationId": new, "NetworkAclId": acl, "SubnetId": subnet}
    ]
    assert default_acl(ec2, vpc)["Associations"] == []
    assert fault(ec2.delete_network_acl, NetworkAclId=acl) == (
        "DependencyViolation",
        f"The networkAcl '{acl}' has dependencies and cannot be deleted.",
    )
    assert code(ec2.replace_network_acl_association, **given) == "InvalidAssociationID.NotFound"
    found = ec2.describe_network_acls(Filters=filters(association__subnet_id=subnet))["NetworkAcls"]
    assert [each["NetworkAclId"] for each in found] == [acl]
    other = ec2.create_network_acl(VpcId=calls.vpc(ec2, "10.1.0.0/16"))["NetworkAcl"]
    given = {"AssociationId": new, "NetworkAclId": other["NetworkAclId"]}
    assert code(ec2.replace_network_acl_association, **given) == "InvalidParameterValue"


def test_the_default_acl_stays(ec2: Any, vpc: str) -> None:
    name = default_acl(ec2, vpc)["NetworkAclId"]
    assert fault(ec2.delete_network_acl, NetworkAclId=name) == (
        "InvalidParameterValue",
        f"cannot delete default network ACL {name}",
    )


def test_quotas(world: World, ec2: Any, vpc: str, acl: str) -> None:
    calls.limit(world, "MAX_NETWORK_ACLS_BY_VPC", 2)
    calls.limit(world, "MAX_ENTRIES_BY_NETWORK_ACL", 1)
    assert code(ec2.create_network_acl, VpcId=vpc) == "NetworkAclLimitExceeded"
    call = ec2.create_network_acl_entry
    call(NetworkAclId=acl, **rule())
    call(NetworkAclId=acl, **rule(Egress=True))
    assert code(call, NetworkAclId=acl, **rule(101)) == "NetworkAclEntryLimitExceeded"
