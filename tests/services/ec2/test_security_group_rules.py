"""Rules of security groups."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from . import calls
from .calls import code, default_vpc, fault, filters, tagging
from .test_security_groups import OUT, shown

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
EMPTY: dict[str, list[Any]] = {
    "IpRanges": [],
    "Ipv6Ranges": [],
    "PrefixListIds": [],
    "UserIdGroupPairs": [],
}


@pytest.fixture
def group(ec2: Any, vpc: str) -> str:
    return calls.group(ec2, vpc)


def rules(client: Any, group: str, *, egress: bool = False) -> dict[str, dict[str, Any]]:
    """A group's rules of one direction, by id."""
    given = filters(group_id=group)
    found = client.describe_security_group_rules(Filters=given)["SecurityGroupRules"]
    return {each["SecurityGroupRuleId"]: each for each in found if each["IsEgress"] == egress}


def allow(client: Any, group: str, *permissions: dict[str, Any], **more: Any) -> list[Any]:
    answered = client.authorize_security_group_ingress(
        GroupId=group, IpPermissions=list(permissions), **more
    )
    assert answered["Return"]
    return list(answered["SecurityGroupRules"])


def test_authorize(ec2: Any, group: str) -> None:
    """One permission makes a rule of each of its sources."""
    permission = {
        **SSH,
        "IpRanges": [{"CidrIp": "192.0.2.7/24", "Description": "office"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::1/32"}],
        "UserIdGroupPairs": [{"GroupId": group, "Description": "ourselves"}],
    }
    specification = tagging("security-group-rule", a="1")
    made = allow(ec2, group, permission, TagSpecifications=specification)
    ids = [each["SecurityGroupRuleId"] for each in made]
    assert all(re.fullmatch(r"sgr-0[0-9a-f]{16}", each) for each in ids)
    common = {
        "FromPort": 22,
        "GroupId": group,
        "GroupOwnerId": FIRST,
        "IpProtocol": "tcp",
        "IsEgress": False,
        "Tags": [{"Key": "a", "Value": "1"}],
        "ToPort": 22,
    }
    sources: list[dict[str, Any]] = [
        {"CidrIpv4": "192.0.2.0/24", "Description": "office"},
        {"CidrIpv6": "2001:db8::/32"},
        {
            "ReferencedGroupInfo": {"GroupId": group, "UserId": FIRST},
            "Description": "ourselves",
        },
    ]
    arn = f"arn:aws:ec2:us-east-1:{FIRST}:security-group-rule/"
    assert made == [
        {**common, **source, "SecurityGroupRuleId": id_, "SecurityGroupRuleArn": arn + id_}
        for id_, source in zip(ids, sources, strict=True)
    ]
    assert rules(ec2, group) == dict(zip(ids, made, strict=True))
    assert shown(ec2, group)["IpPermissions"] == [
        {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "office"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
            "PrefixListIds": [],
            "UserIdGroupPairs": [{"GroupId": group, "UserId": FIRST, "Description": "ourselves"}],
        }
    ]


def test_a_rule_in_single_parameters(ec2: Any, group: str) -> None:
    flat = {"IpProtocol": "17", "FromPort": 53, "ToPort": 53, "CidrIp": "0.0.0.0/0"}
    ec2.authorize_security_group_ingress(GroupId=group, **flat)
    (made,) = rules(ec2, group).values()
    assert (made["IpProtocol"], made["FromPort"], made["CidrIpv4"]) == ("udp", 53, "0.0.0.0/0")
    ec2.revoke_security_group_ingress(GroupId=group, **flat)
    assert rules(ec2, group) == {}


def test_names_of_groups_in_the_default_vpc(ec2: Any) -> None:
    for name in ("a", "b"):
        ec2.create_security_group(GroupName=name, Description="x")
    ec2.authorize_security_group_ingress(GroupName="a", SourceSecurityGroupName="b")
    (a,) = ec2.describe_security_groups(GroupNames=["a"])["SecurityGroups"]
    (b,) = ec2.describe_security_groups(GroupNames=["b"])["SecurityGroups"]
    pair = {"GroupId": b["GroupId"], "UserId": FIRST}
    assert a["IpPermissions"] == [{**EMPTY, "IpProtocol": "-1", "UserIdGroupPairs": [pair]}]


def test_egress(ec2: Any, group: str) -> None:
    """Ports mean nothing where all protocols are allowed."""
    everything = {
        "IpProtocol": "-1",
        "FromPort": 0,
        "ToPort": 0,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    ((id_, out),) = rules(ec2, group, egress=True).items()
    assert (out["FromPort"], out["ToPort"]) == (-1, -1)
    revoked = ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert revoked["RevokedSecurityGroupRules"] == [
        {
            "CidrIpv4": "0.0.0.0/0",
            "FromPort": -1,
            "GroupId": group,
            "IpProtocol": "-1",
            "IsEgress": True,
            "SecurityGroupRuleId": id_,
            "ToPort": -1,
        }
    ]
    assert shown(ec2, group)["IpPermissionsEgress"] == []
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert shown(ec2, group)["IpPermissionsEgress"] == [OUT]
    assert shown(ec2, group)["IpPermissions"] == []


def test_a_rule_twice(ec2: Any, group: str) -> None:
    allow(ec2, group, SSH)
    said = (
        "InvalidPermission.Duplicate",
        (
            'the specified rule "peer: 192.0.2.0/24, TCP, from port: 22, to port: 22, ALLOW" already'
            " exists"
        ),
    )
    web = {**SSH, "FromPort": 80, "ToPort": 80}
    assert fault(allow, ec2, group, web, SSH) == said
    assert code(allow, ec2, group, web, web) == "InvalidPermission.Duplicate"
    assert len(rules(ec2, group)) == 1  # all or none
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[SSH])


def test_revoke(ec2: Any, group: str) -> None:
    allow(ec2, group, SSH)
    ((id_, _),) = rules(ec2, group).items()
    web = {**SSH, "FromPort": 80, "ToPort": 80}
    call = ec2.revoke_security_group_ingress
    absent = (
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
    )
    assert fault(call, GroupId=group, IpPermissions=[SSH, web]) == absent
    assert len(rules(ec2, group)) == 1
    assert code(call, GroupId=group) == "MissingParameter"
    both = {"SecurityGroupRuleIds": [id_], "IpPermissions": [SSH]}
    assert code(call, GroupId=group, **both) == "InvalidParameterCombination"
    by_id = {"GroupId": group, "SecurityGroupRuleIds": [id_]}
    assert code(ec2.revoke_security_group_egress, **by_id) == "InvalidParameterValue"
    assert call(**by_id)["Return"]
    assert rules(ec2, group) == {}
    assert fault(call, **by_id) == (
        "InvalidSecurityGroupRuleId.NotFound",
        f"The security group rule ID '{id_}' does not exist",
    )


def test_in_the_default_vpc_unknown_rules_are_told(ec2: Any) -> None:
    group = calls.group(ec2, default_vpc(ec2)["VpcId"])
    answered = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[SSH])
    assert answered["UnknownIpPermissions"] == [{**EMPTY, **SSH}]
    assert answered["RevokedSecurityGroupRules"] == []


def test_modify(ec2: Any, group: str) -> None:
    (made,) = allow(ec2, group, SSH, TagSpecifications=tagging("security-group-rule", a="1"))
    id_ = made["SecurityGroupRuleId"]
    wanted = {
        "IpProtocol": "udp",
        "FromPort": 53,
        "ToPort": 53,
        "ReferencedGroupId": group,
        "Description": "names",
    }
    update = {"SecurityGroupRuleId": id_, "SecurityGroupRule": wanted}
    call = ec2.modify_security_group_rules
    assert call(GroupId=group, SecurityGroupRules=[update])["Return"]
    del made["CidrIpv4"]
    assert rules(ec2, group)[id_] == {
        **made,
        "Description": "names",
        "FromPort": 53,
        "IpProtocol": "udp",
        "ReferencedGroupInfo": {"GroupId": group, "UserId": FIRST},
        "ToPort": 53,
    }
    allow(ec2, group, SSH)
    same = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "192.0.2.0/24"}
    update = {"SecurityGroupRuleId": id_, "SecurityGroupRule": same}
    assert code(call, GroupId=group, SecurityGroupRules=[update]) == "InvalidPermission.Duplicate"
    two = {**same, "FromPort": 1, "CidrIpv6": "::/0"}
    update = {"SecurityGroupRuleId": id_, "SecurityGroupRule": two}
    assert code(call, GroupId=group, SecurityGroupRules=[update]) == "InvalidParameterCombination"


def test_rules_of_other_groups(ec2: Any, vpc: str, group: str) -> None:
    (made,) = allow(ec2, group, SSH)
    id_, other = made["SecurityGroupRuleId"], calls.group(ec2, vpc, "other")
    by_id = {"GroupId": other, "SecurityGroupRuleIds": [id_]}
    gone = "InvalidSecurityGroupRuleId.NotFound"
    assert code(ec2.revoke_security_group_ingress, **by_id) == gone
    update = {"SecurityGroupRuleId": id_, "SecurityGroupRule": {"IpProtocol": "-1"}}
    call = ec2.modify_security_group_rules
    assert code(call, GroupId=other, SecurityGroupRules=[update]) == gone
    assert rules(ec2, group) == {id_: made}


def test_descriptions(ec2: Any, group: str) -> None:
    (made,) = allow(ec2, group, SSH)
    id_ = made["SecurityGroupRuleId"]
    described = {**SSH, "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "office"}]}
    call = ec2.update_security_group_rule_descriptions_ingress
    assert call(GroupId=group, IpPermissions=[described])["Return"]
    assert rules(ec2, group)[id_]["Description"] == "office"
    update = {"SecurityGroupRuleId": id_, "Description": "home"}
    call(GroupId=group, SecurityGroupRuleDescriptions=[update])
    assert rules(ec2, group)[id_]["Description"] == "home"
    call(GroupId=group, IpPermissions=[SSH])
    assert rules(ec2, group) == {id_: made}
    egress = ec2.update_security_group_rule_descriptions_egress
    assert code(egress, GroupId=group, IpPermissions=[SSH]) == "InvalidPermission.NotFound"
    out = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    egress(GroupId=group, IpPermissions=[out])
    assert [r["Description"] for r in rules(ec2, group, egress=True).values()] == ["all"]
    assert code(call, GroupId=group) == "MissingParameter"


def test_quota(world: World, ec2: Any, group: str) -> None:
    calls.limit(world, "MAX_RULES_BY_SECURITY_GROUP", 1)
    allow(ec2, group, SSH)
    web = {**SSH, "FromPort": 80, "ToPort": 80}
    assert code(allow, ec2, group, web) == "RulesPerSecurityGroupLimitExceeded"
    assert len(rules(ec2, group)) == 1
