"""Short ways to say what the tests of EC2 say often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from tests.harness import World


def fault(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
    """The code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(*args, **params)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def code(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    return fault(call, *args, **params)[0]


def limit(world: World, name: str, value: int) -> None:
    world.store.write_now(quotas.set_limit, FIRST, name, value)


def filters(**given: str | list[str]) -> list[dict[str, Any]]:
    """Filters by name; underscores are hyphens, two of them a dot."""
    return [
        {
            "Name": name.replace("__", ".").replace("_", "-"),
            "Values": [values] if isinstance(values, str) else values,
        }
        for name, values in given.items()
    ]


def tagging(kind: str, **tags: str) -> list[dict[str, Any]]:
    """TagSpecifications."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": kind, "Tags": listed}]


def tags(document: dict[str, Any], member: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in document.get(member, [])}


def vpc(client: Any, block: str = "10.0.0.0/16", **options: Any) -> str:
    """A new VPC's id."""
    return str(client.create_vpc(CidrBlock=block, **options)["Vpc"]["VpcId"])


def subnet(client: Any, vpc_id: str, block: str = "10.0.1.0/24", **options: Any) -> str:
    made = client.create_subnet(VpcId=vpc_id, CidrBlock=block, **options)
    return str(made["Subnet"]["SubnetId"])


def group(client: Any, vpc_id: str, name: str = "web", **options: Any) -> str:
    made = client.create_security_group(
        GroupName=name, Description=f"{name} servers", VpcId=vpc_id, **options
    )
    return str(made["GroupId"])


def gateway(client: Any, vpc_id: str | None = None) -> str:
    """A new internet gateway's id, attached to a VPC."""
    made = str(client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    if vpc_id:
        client.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc_id)
    return made


def table(client: Any, vpc_id: str) -> str:
    made = client.create_route_table(VpcId=vpc_id)
    return str(made["RouteTable"]["RouteTableId"])


def interface(client: Any, subnet_id: str, **options: Any) -> str:
    made = client.create_network_interface(SubnetId=subnet_id, **options)
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def default_vpc(client: Any) -> dict[str, Any]:
    (found,) = client.describe_vpcs(Filters=filters(is_default="true"))["Vpcs"]
    return dict(found)


def default_group(client: Any, vpc_id: str) -> str:
    given = filters(vpc_id=vpc_id, group_name="default")
    (found,) = client.describe_security_groups(Filters=given)["SecurityGroups"]
    return str(found["GroupId"])


def main_table(client: Any, vpc_id: str) -> dict[str, Any]:
    given = filters(vpc_id=vpc_id, association__main="true")
    (found,) = client.describe_route_tables(Filters=given)["RouteTables"]
    return dict(found)


def default_acl(client: Any, vpc_id: str) -> dict[str, Any]:
    given = filters(vpc_id=vpc_id, default="true")
    (found,) = client.describe_network_acls(Filters=given)["NetworkAcls"]
    return dict(found)
