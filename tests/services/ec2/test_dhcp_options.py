"""DHCP options."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST

from . import calls
from .calls import code, default_vpc, fault, filters, tagging


def options_of(client: Any, vpc_id: str) -> str:
    (found,) = client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return str(found["DhcpOptionsId"])


def test_from_the_start(ec2: Any, elsewhere: Any) -> None:
    for client, domain in ((ec2, "ec2.internal"), (elsewhere, "eu-central-1.compute.internal")):
        (found,) = client.describe_dhcp_options()["DhcpOptions"]
        assert found == {
            "DhcpConfigurations": [
                {"Key": "domain-name", "Values": [{"Value": domain}]},
                {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
            ],
            "DhcpOptionsId": options_of(client, default_vpc(client)["VpcId"]),
            "OwnerId": FIRST,
            "Tags": [],
        }


def test_options_from_the_cradle_to_the_grave(ec2: Any, vpc: str) -> None:
    made = ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "ntp-servers", "Values": ["10.0.0.9", "10.0.0.8"]}],
        TagSpecifications=tagging("dhcp-options", a="1"),
    )["DhcpOptions"]
    name = made["DhcpOptionsId"]
    values = [{"Value": "10.0.0.9"}, {"Value": "10.0.0.8"}]
    assert made["DhcpConfigurations"] == [{"Key": "ntp-servers", "Values": values}]
    assert made["Tags"] == [{"Key": "a", "Value": "1"}]
    for given in (filters(key="ntp-servers"), filters(value="10.0.0.8")):
        assert ec2.describe_dhcp_options(Filters=given)["DhcpOptions"] == [made]
    ec2.associate_dhcp_options(DhcpOptionsId=name, VpcId=vpc)
    assert options_of(ec2, vpc) == name
    assert fault(ec2.delete_dhcp_options, DhcpOptionsId=name) == (
        "DependencyViolation",
        f"The dhcpOptions '{name}' has dependencies and cannot be deleted.",
    )
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc)
    assert options_of(ec2, vpc) == "default"
    ec2.delete_dhcp_options(DhcpOptionsId=name)
    call = ec2.describe_dhcp_options
    assert fault(call, DhcpOptionsIds=[name]) == (
        "InvalidDhcpOptionID.NotFound",
        f"The dhcpOption ID '{name}' does not exist",
    )


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("color", ["blue"]),
        ("domain-name", []),
        ("domain-name", ["a", "b"]),
        ("ntp-servers", ["10.0.0.1"] * 5),
    ],
)
def test_options_that_cannot_be(ec2: Any, key: str, values: list[str]) -> None:
    given = [{"Key": key, "Values": values}]
    assert code(ec2.create_dhcp_options, DhcpConfigurations=given) == "InvalidParameterValue"


def test_new_vpcs_where_the_first_options_are_gone(ec2: Any, world: Any) -> None:
    client = world.client("ec2", region="af-south-1")
    assert client.describe_dhcp_options()["DhcpOptions"] == []
    one, two = calls.vpc(client), calls.vpc(client)
    (found,) = client.describe_dhcp_options()["DhcpOptions"]
    assert {options_of(client, one), options_of(client, two)} == {found["DhcpOptionsId"]}


def test_others_see_nothing_of_it(ec2: Any, stranger: Any, vpc: str) -> None:
    mine = options_of(ec2, vpc)
    assert code(stranger.delete_dhcp_options, DhcpOptionsId=mine) == "InvalidDhcpOptionID.NotFound"
    assert code(ec2.delete_dhcp_options, DhcpOptionsId="x") == "InvalidDhcpOptionsId.Malformed"
