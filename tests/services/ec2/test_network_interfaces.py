"""Network interfaces."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform.identity.accounts import FIRST
from forecourt.platform.network import interfaces, uses
from forecourt.platform.network.vpcs import SUBNETS
from forecourt.store.tx import Call, Tx
from tests.harness import World

from . import calls
from .calls import code, default_group, fault, filters, tagging

CALL = Call("elbv2", "CreateLoadBalancer", FIRST)


def shown(client: Any, interface: str) -> dict[str, Any]:
    given = {"NetworkInterfaceIds": [interface]}
    (found,) = client.describe_network_interfaces(**given)["NetworkInterfaces"]
    return dict(found)


def addresses(client: Any, interface: str) -> list[str]:
    """The private addresses, the primary one first."""
    found = shown(client, interface)["PrivateIpAddresses"]
    assert [each["Primary"] for each in found] == [True] + [False] * (len(found) - 1)
    return [each["PrivateIpAddress"] for each in found]


def attach(world: World, subnet: str) -> str:
    """An interface such as a load balancer's."""

    def change(tx: Tx, _: Any) -> str:
        found = SUBNETS.find(tx, subnet)
        assert found is not None
        return interfaces.attach(tx, found, "amazon-elb", "ELB app/a/1", []).name

    import anyio

    return str(anyio.run(world.store.write_for, CALL, change, None))


def test_create_and_describe(ec2: Any, vpc: str, subnet: str) -> None:
    made = ec2.create_network_interface(
        SubnetId=subnet,
        Description="a port",
        TagSpecifications=tagging("network-interface", a="1"),
    )["NetworkInterface"]
    name, mac = made["NetworkInterfaceId"], made["MacAddress"]
    assert re.fullmatch(r"eni-0[0-9a-f]{16}", name)
    assert re.fullmatch(r"02(:[0-9a-f]{2}){5}", mac)
    assert made == {
        "AvailabilityZone": "us-east-1a",
        "AvailabilityZoneId": "use1-az1",
        "Description": "a port",
        "Groups": [{"GroupId": default_group(ec2, vpc), "GroupName": "default"}],
        "InterfaceType": "interface",
        "Ipv6Addresses": [],
        "MacAddress": mac,
        "NetworkInterfaceId": name,
        "Operator": {"Managed": False},
        "OwnerId": FIRST,
        "PrivateIpAddress": "10.0.1.4",
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.1.4"}],
        "RequesterManaged": False,
        "SourceDestCheck": True,
        "Status": "available",
        "SubnetId": subnet,
        "TagSet": [{"Key": "a", "Value": "1"}],
        "VpcId": vpc,
    }
    assert shown(ec2, name) == made
    ec2.delete_network_interface(NetworkInterfaceId=name)
    assert fault(shown, ec2, name) == (
        "InvalidNetworkInterfaceID.NotFound",
        f"The networkInterface ID '{name}' does not exist",
    )


def test_host_names(ec2: Any, vpc: str, subnet: str) -> None:
    name = calls.interface(ec2, subnet)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    found = shown(ec2, name)
    assert found["PrivateDnsName"] == "ip-10-0-1-4.ec2.internal"
    assert found["PrivateIpAddresses"][0]["PrivateDnsName"] == "ip-10-0-1-4.ec2.internal"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["10.0.1.5"]),
        ({"PrivateIpAddress": "10.0.1.9"}, ["10.0.1.9"]),
        ({"SecondaryPrivateIpAddressCount": 2}, ["10.0.1.5", "10.0.1.6", "10.0.1.7"]),
        (
            {"PrivateIpAddress": "10.0.1.6", "SecondaryPrivateIpAddressCount": 2},
            ["10.0.1.6", "10.0.1.5", "10.0.1.7"],
        ),
        (
            {
                "PrivateIpAddresses": [
                    {"PrivateIpAddress": "10.0.1.8", "Primary": False},
                    {"PrivateIpAddress": "10.0.1.254", "Primary": True},
                ]
            },
            ["10.0.1.254", "10.0.1.8"],
        ),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.5"}]}, ["10.0.1.6", "10.0.1.5"]),
    ],
)
def test_addresses(ec2: Any, subnet: str, given: dict[str, Any], found: list[str]) -> None:
    calls.interface(ec2, subnet)
    made = calls.interface(ec2, subnet, **given)
    assert addresses(ec2, made) == found
    assert shown(ec2, made)["PrivateIpAddress"] == found[0]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.1.4", ("InvalidIPAddress.InUse", "Address 10.0.1.4 is in use.")),
        (
            "10.0.2.4",
            ("InvalidParameterValue", "Address does not fall within the subnet's address range"),
        ),
        (
            "10.0.1.3",
            ("InvalidParameterValue", "Address 10.0.1.3 is in subnet's reserved address range"),
        ),
        (
            "10.0.1.255",
            ("InvalidParameterValue", "Address 10.0.1.255 is in subnet's reserved address range"),
        ),
        ("x", ("InvalidParameterValue", "invalid value for parameter address: x")),
    ],
)
def test_addresses_that_cannot_be(
    ec2: Any, subnet: str, address: str, said: tuple[str, str]
) -> None:
    calls.interface(ec2, subnet)
    assert fault(calls.interface, ec2, subnet, PrivateIpAddress=address) == said


def test_a_subnet_that_is_full(ec2: Any, vpc: str) -> None:
    small = calls.subnet(ec2, vpc, "10.0.2.0/28")
    made = calls.interface(ec2, small, SecondaryPrivateIpAddressCount=10)
    assert fault(calls.interface, ec2, small) == (
        "InsufficientFreeAddressesInSubnet",
        "The specified subnet does not have enough free addresses to satisfy the request.",
    )
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=made, PrivateIpAddresses=["10.0.2.7"])
    assert addresses(ec2, calls.interface(ec2, small)) == ["10.0.2.7"]


@pytest.mark.parametrize(
    "given",
    [
        {"PrivateIpAddress": "10.0.1.5",
         "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.6", "Primary": True}]},
        {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.6"}],
         "SecondaryPrivateIpAddressCount": 1},
    ],
)  # fmt: skip
def test_combinations_that_cannot_be(ec2: Any, subnet: str, given: dict[str, Any]) -> None:
    assert code(calls.interface, ec2, subnet, **given) == "InvalidParameterCombination"


@pytest.mark.parametrize("given", [{"Ipv6AddressCount": 1}, {"InterfaceType": "efa"}])
def test_what_cannot_be_had_is_refused(ec2: Any, subnet: str, given: dict[str, Any]) -> None:
    assert code(calls.interface, ec2, subnet, **given) == "UnsupportedOperation"


def test_secondary_addresses(ec2: Any, subnet: str) -> None:
    name, other = calls.interface(ec2, subnet), calls.interface(ec2, subnet)
    call = ec2.assign_private_ip_addresses
    answered = call(NetworkInterfaceId=name, SecondaryPrivateIpAddressCount=2)
    assert answered["AssignedPrivateIpAddresses"] == [
        {"PrivateIpAddress": "10.0.1.6"},
        {"PrivateIpAddress": "10.0.1.7"},
    ]
    assert addresses(ec2, name) == ["10.0.1.4", "10.0.1.6", "10.0.1.7"]
    given = {"NetworkInterfaceId": other, "PrivateIpAddresses": ["10.0.1.7"]}
    assert code(call, **given) == "InvalidIPAddress.InUse"
    call(**given, AllowReassignment=True)
    assert addresses(ec2, name) == ["10.0.1.4", "10.0.1.6"]
    assert addresses(ec2, other) == ["10.0.1.5", "10.0.1.7"]
    primary = {"NetworkInterfaceId": other, "PrivateIpAddresses": ["10.0.1.4"]}
    assert code(call, **primary, AllowReassignment=True) == "InvalidIPAddress.InUse"
    assert code(call, NetworkInterfaceId=name) == "MissingParameter"
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=name, PrivateIpAddresses=["10.0.1.6"])
    assert addresses(ec2, name) == ["10.0.1.4"]
    for address in ("10.0.1.4", "10.0.1.7"):
        assert fault(
            ec2.unassign_private_ip_addresses,
            NetworkInterfaceId=name,
            PrivateIpAddresses=[address],
        ) == (
            "InvalidParameterValue",
            f"Some of the specified addresses are not assigned to interface {name}",
        )


def test_attributes(ec2: Any, vpc: str, subnet: str) -> None:
    name, group = calls.interface(ec2, subnet), calls.group(ec2, vpc)
    modify = ec2.modify_network_interface_attribute
    modify(NetworkInterfaceId=name, Description={"Value": "new"})
    modify(NetworkInterfaceId=name, SourceDestCheck={"Value": False})
    modify(NetworkInterfaceId=name, Groups=[group])

    def shown_attribute(attribute: str) -> dict[str, Any]:
        call = ec2.describe_network_interface_attribute
        found = call(NetworkInterfaceId=name, Attribute=attribute)
        assert found.pop("NetworkInterfaceId") == name
        del found["ResponseMetadata"]
        return dict(found)

    assert shown_attribute("description") == {"Description": {"Value": "new"}}
    assert shown_attribute("sourceDestCheck") == {"SourceDestCheck": {"Value": False}}
    assert shown_attribute("groupSet") == {"Groups": [{"GroupId": group, "GroupName": "web"}]}
    assert shown_attribute("attachment") == {}
    ec2.reset_network_interface_attribute(NetworkInterfaceId=name, SourceDestCheck="true")
    assert shown_attribute("sourceDestCheck") == {"SourceDestCheck": {"Value": True}}
    assert code(modify, NetworkInterfaceId=name) == "MissingParameter"
    two = {"Description": {"Value": "x"}, "SourceDestCheck": {"Value": False}}
    assert code(modify, NetworkInterfaceId=name, **two) == "InvalidParameterCombination"
    attachment = {"AttachmentId": "eni-attach-0", "DeleteOnTermination": True}
    assert code(modify, NetworkInterfaceId=name, Attachment=attachment) == (
        "InvalidAttachmentID.NotFound"
    )


def test_groups(ec2: Any, vpc: str, subnet: str) -> None:
    groups = [calls.group(ec2, vpc, f"g{n}") for n in range(6)]
    made = calls.interface(ec2, subnet, Groups=groups[:5])
    assert [each["GroupId"] for each in shown(ec2, made)["Groups"]] == groups[:5]
    given = filters(group_name="g4")
    assert len(ec2.describe_network_interfaces(Filters=given)["NetworkInterfaces"]) == 1
    assert code(calls.interface, ec2, subnet, Groups=groups) == (
        "SecurityGroupsPerInterfaceLimitExceeded"
    )
    foreign = calls.group(ec2, calls.vpc(ec2, "10.1.0.0/16"))
    assert fault(calls.interface, ec2, subnet, Groups=[foreign]) == (
        "InvalidParameterValue",
        "You have specified two resources that belong to different networks.",
    )


def test_interfaces_of_services(world: World, ec2: Any, subnet: str) -> None:
    """They are shown, and are not their user's to change."""
    name = attach(world, subnet)
    found = shown(ec2, name)
    assert (found["RequesterId"], found["RequesterManaged"]) == ("amazon-elb", True)
    assert (found["Status"], found["PrivateIpAddress"]) == ("in-use", "10.0.1.4")
    given = {"NetworkInterfaceId": name}
    assert fault(ec2.delete_network_interface, **given) == (
        "InvalidNetworkInterface.InUse",
        f"Network interface '{name}' is currently in use.",
    )
    modify = ec2.modify_network_interface_attribute
    assert code(modify, **given, Description={"Value": "x"}) == "OperationNotPermitted"
    assert code(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"


def test_an_interface_that_a_service_uses_stays(world: World, ec2: Any, subnet: str) -> None:
    name = calls.interface(ec2, subnet)
    arn = f"arn:aws:ec2:us-east-1:{FIRST}:network-interface/{name}"
    world.store.write_now(uses.record, "arn:user", arn)
    assert code(ec2.delete_network_interface, NetworkInterfaceId=name) == "DependencyViolation"


def test_others_see_nothing_of_it(ec2: Any, stranger: Any, subnet: str) -> None:
    name = calls.interface(ec2, subnet)
    assert code(shown, stranger, name) == "InvalidNetworkInterfaceID.NotFound"
    assert code(calls.interface, stranger, subnet) == "InvalidSubnetID.NotFound"
    assert code(shown, ec2, "eni-1") == "InvalidNetworkInterfaceId.Malformed"
