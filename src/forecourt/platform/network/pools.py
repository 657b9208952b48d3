"""Real addresses: what has an address of its own in a VPC has one in `--network` to listen on.

A VPC and a subnet own a block of 64 addresses each, from when one is first needed until they are
deleted.  Of a VPC's block the third address is its resolver's (AWS's "+2"); of a subnet's, load
balancers and cache nodes `take` addresses one by one and `give_back` them.  Kept are offsets, which
`address` places in the network of the instance.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store.resources import Kind, at

from .addresses import Exhausted, Pool

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

BLOCK = 64
BLOCKS = Pool(0x2000, 0x10000)  # 127.53.32.0 to 127.53.255.255
RESOLVER = 2  # its place in the block of its VPC

OWNED = Kind("network", "block", AwsError, is_global=True, is_shared=True)  # by the owner's ARN
TAKEN = Kind("network", "address", AwsError, is_global=True, is_shared=True)  # by offset


def resolver(tx: Tx, vpc: str) -> int:
    """The offset of the resolver of a VPC, given by its ARN.  Exhausted."""
    return block(tx, vpc) + RESOLVER


def resolvers(tx: Tx) -> dict[str, int]:
    """The offsets of all resolvers that have one, by the ARN of their VPC."""
    return {
        each.name: start_of(each.spec["Number"]) + RESOLVER
        for each in OWNED.all(tx)
        if ":vpc/" in each.name
    }


def take(tx: Tx, subnet: str, user: str) -> int:
    """An offset out of a subnet's block, for whoever `user` names.  Exhausted."""
    start = block(tx, subnet)
    taken = {int(each.name) for each in TAKEN.between(tx, name(start), name(start + BLOCK))}
    for offset in range(start, start + BLOCK):
        if offset not in taken:
            TAKEN.create(tx, name(offset), {"Subnet": subnet, "User": user}, {})
            return offset
    raise Exhausted(f"all {BLOCK} addresses of {subnet} are taken")


def give_back(tx: Tx, offset: int) -> None:
    """Let an address be taken again."""
    if found := TAKEN.find(tx, name(offset)):
        TAKEN.remove(tx, found)


def release(tx: Tx, owner: str) -> None:
    """Give back the block of a VPC or subnet that is no more, and what was taken of it."""
    if (found := OWNED.find(tx, owner)) is None:
        return
    start = start_of(found.spec["Number"])
    for each in TAKEN.between(tx, name(start), name(start + BLOCK)):
        TAKEN.remove(tx, each)
    OWNED.remove(tx, found)
    tx.publish(TOPIC, ["sources:"])


def address(network: IPv4Network, offset: int) -> IPv4Address:
    """Where an offset is in a network.  Exhausted where the network ends before it."""
    if offset >= network.num_addresses - 1:
        raise Exhausted(f"{network} is too small for VPCs; give --network a /16")
    return network.network_address + offset


def block(tx: Tx, owner: str) -> int:
    """The first offset of the block of a VPC or subnet, made its own when first asked for."""
    if found := OWNED.find(tx, owner):
        return start_of(found.spec["Number"])
    assert at(tx, owner) is not None, f"{owner} does not exist"
    used = {each.spec["Number"] for each in OWNED.all(tx)}
    number = next(n for n in range(len(used) + 1) if n not in used)
    if start_of(number) + BLOCK > BLOCKS.end:
        raise Exhausted(f"all {len(used)} blocks of addresses belong to VPCs and subnets")
    OWNED.create(tx, owner, {"Number": number}, {})
    tx.publish(TOPIC, ["sources:"])
    return start_of(number)


def networks(tx: Tx, vpcs: Iterable[str], network: IPv4Network) -> dict[str, list[IPv4Network]]:
    """From where VPCs, given by their ARNs, ask: their CIDR blocks, and their real addresses."""
    blocks = {each.name: start_of(each.spec["Number"]) for each in OWNED.all(tx)}
    found: dict[str, list[IPv4Network]] = {}
    for vpc in vpcs:
        if (resource := at(tx, vpc)) is None:
            continue
        cidrs = [each["CidrBlock"] for each in resource.spec["CidrBlockAssociationSet"]]
        found[vpc] = [IPv4Network(each) for each in cidrs]
        owners = [vpc, *(owner for owner in blocks if is_subnet_of(tx, owner, vpc))]
        for owner in owners:
            if owner in blocks and blocks[owner] + BLOCK <= network.num_addresses:
                start = network.network_address + blocks[owner]
                found[vpc].append(IPv4Network((start, 26)))
    return found


def is_subnet_of(tx: Tx, arn: str, vpc: str) -> bool:
    if ":subnet/" not in arn or (subnet := at(tx, arn)) is None:
        return False
    return vpc.endswith(f"/{subnet.spec['VpcId']}")


def start_of(number: int) -> int:
    return BLOCKS.start + number * BLOCK


def name(offset: int) -> str:
    return f"{offset:05}"
