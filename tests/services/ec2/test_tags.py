"""Tags."""

from __future__ import annotations

from typing import Any

import pytest

from . import calls
from .calls import code, fault, filters, tagging, tags


def listed(client: Any, **given: str | list[str]) -> list[tuple[str, str, str, str]]:
    found = client.describe_tags(Filters=filters(**given))["Tags"]
    return [(t["ResourceId"], t["ResourceType"], t["Key"], t["Value"]) for t in found]


def pairs(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def test_of_every_kind(ec2: Any, vpc: str, subnet: str) -> None:
    group = calls.group(ec2, vpc)
    rule = ec2.describe_security_group_rules(Filters=filters(group_id=group))
    ids = {
        "vpc": vpc,
        "subnet": subnet,
        "security-group": group,
        "security-group-rule": rule["SecurityGroupRules"][0]["SecurityGroupRuleId"],
        "route-table": calls.table(ec2, vpc),
        "internet-gateway": calls.gateway(ec2),
        "network-interface": calls.interface(ec2, subnet),
        "network-acl": calls.default_acl(ec2, vpc)["NetworkAclId"],
        "dhcp-options": ec2.describe_dhcp_options()["DhcpOptions"][0]["DhcpOptionsId"],
    }
    ec2.create_tags(Resources=list(ids.values()), Tags=pairs(a="1", b=""))
    assert sorted(listed(ec2)) == sorted(
        (id_, kind, key, value)
        for kind, id_ in ids.items()
        for key, value in (("a", "1"), ("b", ""))
    )
    assert listed(ec2, resource_type="v*", key="a") == [(vpc, "vpc", "a", "1")]
    assert listed(ec2, resource_id=vpc, value="") == [(vpc, "vpc", "b", "")]
    assert len(listed(ec2, **{"tag:a": "1"})) == len(ids)
    interfaces = ec2.describe_network_interfaces(Filters=filters(tag_key="a"))["NetworkInterfaces"]
    assert [tags(each, "TagSet") for each in interfaces] == [{"a": "1", "b": ""}]


def test_change_and_delete(ec2: Any, vpc: str) -> None:
    ec2.create_tags(Resources=[vpc], Tags=pairs(a="1", b="2", c="3", d=""))
    ec2.create_tags(Resources=[vpc], Tags=pairs(a="0"))
    gone = [{"Key": "a"}, {"Key": "b", "Value": "x"}, {"Key": "c", "Value": "3"}]
    ec2.delete_tags(Resources=[vpc], Tags=[*gone, {"Key": "none"}])
    assert [each[2:] for each in listed(ec2)] == [("b", "2"), ("d", "")]
    ec2.delete_tags(Resources=[vpc])
    assert listed(ec2) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (pairs(**{"aws:x": "1"}), "InvalidParameterValue"),
        ([{"Key": "", "Value": "1"}], "InvalidParameterValue"),
        ([{"Key": "k" * 129, "Value": "1"}], "InvalidParameterValue"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidParameterValue"),
        ([*pairs(a="1"), *pairs(a="2")], "InvalidParameterValue"),
        (pairs(**{f"k{n}": "" for n in range(51)}), "TagLimitExceeded"),
    ],
)
def test_tags_that_cannot_be(ec2: Any, vpc: str, given: list[dict[str, str]], said: str) -> None:
    assert code(ec2.create_tags, Resources=[vpc], Tags=given) == said
    specification = [{"ResourceType": "vpc", "Tags": given}]
    call = ec2.create_vpc
    assert code(call, CidrBlock="10.0.0.0/16", TagSpecifications=specification) == said
    assert listed(ec2) == []


def test_fifty_are_the_most(ec2: Any, vpc: str) -> None:
    ec2.create_tags(Resources=[vpc], Tags=pairs(**{f"k{n}": "" for n in range(50)}))
    assert fault(ec2.create_tags, Resources=[vpc], Tags=pairs(x="")) == (
        "TagLimitExceeded",
        "The maximum number of Tags for a resource has been reached.",
    )
    ec2.create_tags(Resources=[vpc], Tags=pairs(k1="again"))


def test_resources_that_are_not_there(ec2: Any, stranger: Any, vpc: str) -> None:
    """All or none are tagged."""
    call, given = ec2.create_tags, pairs(a="1")
    assert fault(call, Resources=[vpc, "x-1"], Tags=given) == (
        "InvalidID",
        "The ID 'x-1' is not valid",
    )
    assert code(call, Resources=[vpc, "vpc-00000000"], Tags=given) == "InvalidVpcID.NotFound"
    assert code(stranger.create_tags, Resources=[vpc], Tags=given) == "InvalidVpcID.NotFound"
    assert listed(ec2) == []


def test_specifications(ec2: Any, vpc: str) -> None:
    two = [*tagging("route-table", a="1"), *tagging("route-table", b="2")]
    made = ec2.create_route_table(VpcId=vpc, TagSpecifications=two)["RouteTable"]
    assert tags(made) == {"a": "1", "b": "2"}
    wrong = "'subnet' is not a valid taggable resource type for this operation."
    call = ec2.create_route_table
    assert fault(call, VpcId=vpc, TagSpecifications=tagging("subnet", a="1")) == (
        "InvalidParameterValue",
        wrong,
    )
    assert fault(call, VpcId=vpc, TagSpecifications=tagging("route-table")) == (
        "InvalidParameterValue",
        "Tag specification must have at least one tag",
    )
    twice = [*tagging("route-table", a="1"), *tagging("route-table", a="2")]
    assert code(call, VpcId=vpc, TagSpecifications=twice) == "InvalidParameterValue"


def test_pages(ec2: Any, vpc: str) -> None:
    ec2.create_tags(Resources=[vpc], Tags=pairs(**{f"k{n}": "" for n in range(7)}))
    pages = ec2.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 5})
    found = [[tag["Key"] for tag in each["Tags"]] for each in pages]
    assert found == [[f"k{n}" for n in range(5)], ["k5", "k6"]]
