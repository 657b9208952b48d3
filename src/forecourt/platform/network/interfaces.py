"""Network interfaces: what is in a subnet, with a private address there.

Callers make their own by EC2's API.  A service that puts something into a subnet `attach`es one for
it: the API shows its private address, and `listening` is the offset of the real one (pools.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.store.resources import Kind, Resource

from . import pools

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

INTERFACES = Kind("ec2", "network-interface", common("InvalidNetworkInterfaceID.NotFound", 400))
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED_FIRST, RESERVED = 4, 5  # the first four addresses of a subnet and its last


class NoFreeAddress(Exception):
    """A subnet has no private address left."""


def attach(
    tx: Tx,
    subnet: Resource,
    requester: str,
    description: str,
    groups: Sequence[Resource],
    interface_type: str = "interface",
) -> Resource:
    """An interface for something that a service runs in a subnet of the caller's.

    NoFreeAddress, Exhausted.
    """
    interface = new_id()
    return INTERFACES.create(
        tx,
        interface,
        document(subnet, interface, [next(free(tx, subnet))], description, groups)
        | {
            "InterfaceType": interface_type,
            "RequesterId": requester,
            "RequesterManaged": True,
            "Status": "in-use",
            "Listening": pools.take(tx, subnet.arn, interface),
        },
        {},
    )


def detach(tx: Tx, interface: Resource) -> None:
    """Take away an interface that was attached."""
    pools.give_back(tx, listening(interface))
    INTERFACES.remove(tx, interface)


def listening(interface: Resource) -> int:
    """The offset of the address that an attached interface listens on."""
    offset: int = interface.spec["Listening"]
    return offset


def of_subnet(tx: Tx, subnet_id: str) -> list[Resource]:
    return [each for each in INTERFACES.all(tx) if each.spec["SubnetId"] == subnet_id]


def addresses(interfaces: Iterable[Resource]) -> set[IPv4Address]:
    """The private addresses that are taken."""
    return {
        IPv4Address(each["PrivateIpAddress"])
        for interface in interfaces
        for each in interface.spec["PrivateIpAddresses"]
    }


def free(tx: Tx, subnet: Resource) -> Iterator[IPv4Address]:
    """A subnet's free addresses, the lowest first.  NoFreeAddress at their end."""
    network = IPv4Network(subnet.spec["CidrBlock"])
    taken = addresses(of_subnet(tx, subnet.name))
    for offset in range(RESERVED_FIRST, network.num_addresses - 1):
        if (address := network[offset]) not in taken:
            yield address
    raise NoFreeAddress(subnet.name)


def capacity(network: IPv4Network) -> int:
    """How many addresses a subnet has to give."""
    return network.num_addresses - RESERVED


def new_id() -> str:
    return f"eni-0{secrets.token_hex(8)}"


def document(
    subnet: Resource,
    interface: str,
    private: Sequence[IPv4Address],
    description: str,
    groups: Sequence[Resource],
) -> dict[str, Any]:
    """A new interface's document; the first private address is the primary one."""
    digits = interface.removeprefix("eni-0")[:10]
    return {
        "AvailabilityZone": subnet.spec["AvailabilityZone"],
        "AvailabilityZoneId": subnet.spec["AvailabilityZoneId"],
        "Description": description,
        "Groups": [group.name for group in groups],
        "InterfaceType": "interface",
        "MacAddress": ":".join(["02", *(digits[at : at + 2] for at in range(0, 10, 2))]),
        "PrivateIpAddresses": [
            {"PrivateIpAddress": str(each), "Primary": at == 0} for at, each in enumerate(private)
        ],
        "RequesterManaged": False,
        "SourceDestCheck": True,
        "Status": "available",
        "SubnetId": subnet.name,
        "VpcId": subnet.spec["VpcId"],
    }
