"""Internet gateways."""

from __future__ import annotations

from typing import Any

from forecourt.platform.identity.accounts import FIRST
from tests.harness import World

from . import calls
from .calls import code, fault, filters, tagging


def test_a_gateway_from_the_cradle_to_the_grave(ec2: Any, vpc: str) -> None:
    specification = tagging("internet-gateway", Name="a")
    made = ec2.create_internet_gateway(TagSpecifications=specification)["InternetGateway"]
    name = made["InternetGatewayId"]
    assert made == {
        "Attachments": [],
        "InternetGatewayId": name,
        "OwnerId": FIRST,
        "Tags": [{"Key": "Name", "Value": "a"}],
    }
    both = {"InternetGatewayId": name, "VpcId": vpc}
    said = f"resource {name} is not attached to network {vpc}"
    assert fault(ec2.detach_internet_gateway, **both) == ("Gateway.NotAttached", said)
    ec2.attach_internet_gateway(**both)
    attached = {**made, "Attachments": [{"State": "available", "VpcId": vpc}]}
    given = filters(attachment__vpc_id=vpc, attachment__state="available")
    assert ec2.describe_internet_gateways(Filters=given)["InternetGateways"] == [attached]
    said = f"The internetGateway '{name}' has dependencies and cannot be deleted."
    gone = {"InternetGatewayId": name}
    assert fault(ec2.delete_internet_gateway, **gone) == ("DependencyViolation", said)
    ec2.detach_internet_gateway(**both)
    found = ec2.describe_internet_gateways(InternetGatewayIds=[name])["InternetGateways"]
    assert found == [made]
    ec2.delete_internet_gateway(**gone)
    said = f"The internetGateway ID '{name}' does not exist"
    assert fault(ec2.delete_internet_gateway, **gone) == ("InvalidInternetGatewayID.NotFound", said)


def test_one_gateway_for_one_vpc(ec2: Any, vpc: str) -> None:
    other = calls.vpc(ec2, "10.1.0.0/16")
    first, second = calls.gateway(ec2, vpc), calls.gateway(ec2)
    call = ec2.attach_internet_gateway
    assert fault(call, InternetGatewayId=first, VpcId=other) == (
        "Resource.AlreadyAssociated",
        f"resource {first} is already attached to network {vpc}",
    )
    assert fault(call, InternetGatewayId=second, VpcId=vpc) == (
        "InvalidParameterValue",
        f"Network {vpc} already has an internet gateway attached",
    )
    call(InternetGatewayId=second, VpcId=other)


def test_others_see_nothing_of_it(ec2: Any, stranger: Any, vpc: str) -> None:
    made = calls.gateway(ec2, vpc)
    call = stranger.describe_internet_gateways
    assert code(call, InternetGatewayIds=[made]) == "InvalidInternetGatewayID.NotFound"
    assert code(ec2.describe_internet_gateways, InternetGatewayIds=["igw"]) == (
        "InvalidInternetGatewayId.Malformed"
    )


def test_quota(world: World, ec2: Any) -> None:
    calls.limit(world, "MAX_INTERNET_GATEWAYS_BY_REGION", 1)
    assert code(ec2.create_internet_gateway) == "InternetGatewayLimitExceeded"
