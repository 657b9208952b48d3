"""Network interfaces: made, described, changed, and their private addresses.

There are no instances to attach them to.  Those that services attach (platform/network/interfaces.py)
are shown, and not deleted by their user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from itertools import islice
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform.network import interfaces, uses, vpcs
from forecourt.store.resources import Resource

from . import initial
from .describing import answer, select
from .idempotency import made_before, remembered
from .kinds import (
    INTERFACE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
    DependencyViolation,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from .tags import at_creation, shown
from .vpcs import refuse

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

GROUPS = 5  # of an interface
InUse = common("InvalidIPAddress.InUse", 400)
InterfaceInUse = common("InvalidNetworkInterface.InUse", 400)
NoFreeAddresses = common("InsufficientFreeAddressesInSubnet", 400)
GroupsExceeded = common("SecurityGroupsPerInterfaceLimitExceeded", 400)
OperationNotPermitted = common("OperationNotPermitted", 400)
UNSUPPORTED = (
    "ConnectionTrackingSpecification",
    "EnablePrimaryIpv6",
    "Ipv4PrefixCount",
    "Ipv4Prefixes",
    "Ipv6AddressCount",
    "Ipv6Addresses",
    "Ipv6PrefixCount",
    "Ipv6Prefixes",
    "Operator",
)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
FILTERS = {
    "addresses.association.owner-id": "PrivateIpAddresses[].Association.IpOwnerId",
    "addresses.association.public-ip": "PrivateIpAddresses[].Association.PublicIp",
    "addresses.primary": "PrivateIpAddresses[].Primary",
    "addresses.private-ip-address": "PrivateIpAddresses[].PrivateIpAddress",
    "association.allocation-id": "Association.AllocationId",
    "association.association-id": "Association.AssociationId",
    "association.ip-owner-id": "Association.IpOwnerId",
    "association.public-dns-name": "Association.PublicDnsName",
    "association.public-ip": "Association.PublicIp",
    "attachment.attach-time": "Attachment.AttachTime",
    "attachment.attachment-id": "Attachment.AttachmentId",
    "attachment.delete-on-termination": "Attachment.DeleteOnTermination",
    "attachment.device-index": "Attachment.DeviceIndex",
    "attachment.instance-id": "Attachment.InstanceId",
    "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
    "attachment.status": "Attachment.Status",
    "availability-zone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "description": "Description",
    "group-id": "Groups[].GroupId",
    "group-name": "Groups[].GroupName",
    "interface-type": "InterfaceType",
    "ipv6-addresses.ipv6-address": "Ipv6Addresses[].Ipv6Address",
    "mac-address": "MacAddress",
    "network-interface-id": "NetworkInterfaceId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "owner-id": "OwnerId",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "PrivateIpAddress",
    "requester-id": "RequesterId",
    "requester-managed": "RequesterManaged",
    "source-dest-check": "SourceDestCheck",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


@ops.write
def create_network_interface(
    tx: Tx, req: t.CreateNetworkInterfaceRequest
) -> t.CreateNetworkInterfaceResult:
    """An interface with one private address or more."""
    refuse(req, (*UNSUPPORTED, "InterfaceType"))
    subnet = SUBNET.get(tx, req["SubnetId"])
    groups = groups_of(tx, subnet.spec["VpcId"], req.get("Groups"))
    tags = at_creation(req, INTERFACE)
    made = made_before(tx, INTERFACE.kind, req)
    if made is None:
        private = addresses_for(tx, subnet, req)
        name = INTERFACE.new_id()
        spec = interfaces.document(subnet, name, private, req.get("Description", ""), groups)
        made = INTERFACE.kind.create(tx, name, spec, remembered(req), tags)
    result: t.CreateNetworkInterfaceResult = {"NetworkInterface": View(tx).document(made)}
    if "ClientToken" in req:
        result["ClientToken"] = req["ClientToken"]
    return result


@ops.read
def describe_network_interfaces(
    tx: Tx, req: t.DescribeNetworkInterfacesRequest
) -> t.DescribeNetworkInterfacesResult:
    view = View(tx)
    documents = [view.document(each) for each in INTERFACE.kind.all(tx)]
    ids = req.get("NetworkInterfaceIds")
    found = select(INTERFACE, FILTERS, documents, req, ids, "NetworkInterfaceId")
    page: t.DescribeNetworkInterfacesResult = answer("NetworkInterfaces", found)
    return page


@ops.write
def delete_network_interface(tx: Tx, req: t.DeleteNetworkInterfaceRequest) -> None:
    interface = INTERFACE.get(tx, req["NetworkInterfaceId"])
    if interface.spec["RequesterManaged"]:
        raise InterfaceInUse(f"Network interface '{interface.name}' is currently in use.")
    if uses.users(tx, interface.arn):
        raise DependencyViolation(f"resource {interface.name} has a dependent object")
    INTERFACE.kind.remove(tx, interface)


@ops.write
def modify_network_interface_attribute(
    tx: Tx, req: t.ModifyNetworkInterfaceAttributeRequest
) -> None:
    """Change an interface's description, groups or source/destination check."""
    refuse(
        req,
        (
            "AssociatePublicIpAddress",
            "AssociatedSubnetIds",
            "ConnectionTrackingSpecification",
            "EnaSrdSpecification",
            "EnablePrimaryIpv6",
        ),
    )
    interface = modifiable(tx, req["NetworkInterfaceId"])
    if "Attachment" in req:
        raise common("InvalidAttachmentID.NotFound", 400)(
            f"The attachment ID '{req['Attachment'].get('AttachmentId', '')}' does not exist"
        )
    changed: dict[str, Any] = {}
    if "Description" in req:
        changed["Description"] = req["Description"].get("Value", "")
    if "SourceDestCheck" in req:
        changed["SourceDestCheck"] = req["SourceDestCheck"].get("Value", False)
    if "Groups" in req:
        groups = groups_of(tx, interface.spec["VpcId"], req["Groups"])
        changed["Groups"] = [group.name for group in groups]
    if len(changed) != 1:
        wrong = InvalidParameterCombination if changed else MissingParameter
        raise wrong("Exactly one attribute of a network interface is modified by a request.")
    INTERFACE.kind.change(tx, interface, spec={**interface.spec, **changed})


@ops.write
def reset_network_interface_attribute(tx: Tx, req: t.ResetNetworkInterfaceAttributeRequest) -> None:
    """Switch the source/destination check on again, the only attribute that can be reset."""
    interface = modifiable(tx, req["NetworkInterfaceId"])
    INTERFACE.kind.change(tx, interface, spec={**interface.spec, "SourceDestCheck": True})


@ops.read
def describe_network_interface_attribute(
    tx: Tx, req: t.DescribeNetworkInterfaceAttributeRequest
) -> t.DescribeNetworkInterfaceAttributeResult:
    interface = INTERFACE.get(tx, req["NetworkInterfaceId"])
    shown_interface = View(tx).document(interface)
    attributes: dict[str, dict[str, Any]] = {
        "associatePublicIpAddress": {"AssociatePublicIpAddress": False},
        "attachment": {},
        "description": {"Description": {"Value": interface.spec["Description"]}},
        "groupSet": {"Groups": shown_interface.get("Groups", [])},
        "sourceDestCheck": {"SourceDestCheck": {"Value": interface.spec["SourceDestCheck"]}},
    }
    if "Attribute" not in req:
        raise MissingParameter("The request must contain the parameter attribute")
    asked: Any = {"NetworkInterfaceId": interface.name, **attributes[req["Attribute"]]}
    result: t.DescribeNetworkInterfaceAttributeResult = asked
    return result


@ops.write
def assign_private_ip_addresses(
    tx: Tx, req: t.AssignPrivateIpAddressesRequest
) -> t.AssignPrivateIpAddressesResult:
    """Give an interface secondary addresses: those named, or as many as asked for.

    With AllowReassignment, ones that are secondary elsewhere move.
    """
    refuse(req, ("Ipv4PrefixCount", "Ipv4Prefixes"))
    interface = modifiable(tx, req["NetworkInterfaceId"])
    subnet = SUBNET.get(tx, interface.spec["SubnetId"])
    named, count = req.get("PrivateIpAddresses"), req.get("SecondaryPrivateIpAddressCount")
    if bool(named) == bool(count):
        wrong = InvalidParameterCombination if named else MissingParameter
        raise wrong(
            "Exactly one of privateIpAddresses and secondaryPrivateIpAddressCount is given."
        )
    if named and req.get("AllowReassignment"):
        take_from_others(tx, interface, named)
    added = named_free(tx, subnet, named) if named else next_free(tx, subnet, count or 0)
    assigned = [{"PrivateIpAddress": str(each), "Primary": False} for each in added]
    put_addresses(tx, interface, [*interface.spec["PrivateIpAddresses"], *assigned])
    return {
        "NetworkInterfaceId": interface.name,
        "AssignedPrivateIpAddresses": [{"PrivateIpAddress": str(each)} for each in added],
        "AssignedIpv4Prefixes": [],
    }


@ops.write
def unassign_private_ip_addresses(tx: Tx, req: t.UnassignPrivateIpAddressesRequest) -> None:
    """Take secondary addresses away from an interface."""
    refuse(req, ("Ipv4Prefixes",))
    interface = modifiable(tx, req["NetworkInterfaceId"])
    there = {each["PrivateIpAddress"]: each for each in interface.spec["PrivateIpAddresses"]}
    for given in req.get("PrivateIpAddresses", []):
        if given not in there or there[given]["Primary"]:
            raise InvalidParameterValue(
                f"Some of the specified addresses are not assigned to interface {interface.name}"
            )
        del there[given]
    put_addresses(tx, interface, list(there.values()))


def modifiable(tx: Tx, given: str) -> Resource:
    """An interface that is its user's to change."""
    interface = INTERFACE.get(tx, given)
    if interface.spec["RequesterManaged"]:
        raise OperationNotPermitted(
            f"You are not allowed to manage '{interface.name}': it belongs to a service."
        )
    return interface


def groups_of(tx: Tx, vpc_id: str, given: Sequence[str] | None) -> list[Resource]:
    """The security groups of an interface: those named, of its VPC, or the default one."""
    if not given:
        return [vpcs.default_group(tx, vpc_id)]
    if len(given) > GROUPS:
        raise GroupsExceeded(
            "The maximum number of security groups per interface has been reached."
        )
    groups = [SECURITY_GROUP.get(tx, each) for each in dict.fromkeys(given)]
    for group in groups:
        if group.spec["VpcId"] != vpc_id:
            raise InvalidParameterValue(
                "You have specified two resources that belong to different networks."
            )
    return groups


def addresses_for(tx: Tx, subnet: Resource, req: Mapping[str, Any]) -> list[IPv4Address]:
    """A new interface's private addresses, the primary one first."""
    listed = req.get("PrivateIpAddresses", [])
    primary = [each for each in listed if each.get("Primary")]
    if len(primary) > 1 or (primary and "PrivateIpAddress" in req):
        raise InvalidParameterCombination("Only one primary private IP address can be specified.")
    first = [req["PrivateIpAddress"]] if "PrivateIpAddress" in req else []
    first += [each.get("PrivateIpAddress", "") for each in primary]
    rest = [each.get("PrivateIpAddress", "") for each in listed if not each.get("Primary")]
    count = req.get("SecondaryPrivateIpAddressCount", 0)
    if rest and count:
        raise InvalidParameterCombination(
            "The parameters privateIpAddresses and secondaryPrivateIpAddressCount cannot be used"
            " together."
        )
    named = named_free(tx, subnet, first + rest)
    wanted = count + (not first)
    found = [each for each in next_free(tx, subnet, wanted + len(named)) if each not in named]
    return [*named[: len(first)], *found[: not first], *named[len(first) :], *found[not first :]][
        : len(named) + wanted
    ]


def named_free(tx: Tx, subnet: Resource, given: Iterable[str]) -> list[IPv4Address]:
    """Addresses that were named, if they can be had."""
    network = IPv4Network(subnet.spec["CidrBlock"])
    usable = range(interfaces.RESERVED_FIRST, network.num_addresses - 1)
    taken = interfaces.addresses(interfaces.of_subnet(tx, subnet.name))
    found: list[IPv4Address] = []
    for each in given:
        try:
            address = IPv4Address(each)
        except AddressValueError:
            raise InvalidParameterValue(f"invalid value for parameter address: {each}") from None
        if address not in network:
            raise InvalidParameterValue("Address does not fall within the subnet's address range")
        if int(address) - int(network.network_address) not in usable:
            raise InvalidParameterValue(f"Address {each} is in subnet's reserved address range")
        if address in taken or address in found:
            raise InUse(f"Address {each} is in use.")
        found.append(address)
    return found


def next_free(tx: Tx, subnet: Resource, count: int) -> list[IPv4Address]:
    try:
        return list(islice(interfaces.free(tx, subnet), count))
    except interfaces.NoFreeAddress:
        raise NoFreeAddresses(
            "The specified subnet does not have enough free addresses to satisfy the request."
        ) from None


def take_from_others(tx: Tx, interface: Resource, given: Sequence[str]) -> None:
    """Let addresses that are secondary on other interfaces be free."""
    for other in interfaces.of_subnet(tx, interface.spec["SubnetId"]):
        there = other.spec["PrivateIpAddresses"]
        kept = [each for each in there if each["Primary"] or each["PrivateIpAddress"] not in given]
        if other.name != interface.name and len(kept) < len(there):
            put_addresses(tx, other, kept)


def put_addresses(tx: Tx, interface: Resource, private: list[dict[str, Any]]) -> None:
    INTERFACE.kind.change(tx, interface, spec={**interface.spec, "PrivateIpAddresses": private})


class View:
    """Interfaces as they are shown: with the names of their groups, and host names by their VPC."""

    def __init__(self, tx: Tx) -> None:
        self.account = tx.call.account
        self.domain = initial.internal_domain(tx.call.region)
        groups = SECURITY_GROUP.kind.all(tx)
        self.groups = {group.name: group.spec["GroupName"] for group in groups}
        self.named = {vpc.name for vpc in VPC.kind.all(tx) if vpc.spec["EnableDnsHostnames"]}

    def document(self, interface: Resource) -> t.NetworkInterface:
        spec = interface.spec
        private = [self.private(spec, each) for each in spec["PrivateIpAddresses"]]
        shown_interface: Any = {
            **spec,
            "Groups": [
                {"GroupId": each, "GroupName": self.groups[each]} for each in spec["Groups"]
            ],
            "Ipv6Addresses": [],
            "NetworkInterfaceId": interface.name,
            "Operator": {"Managed": False},
            "OwnerId": self.account,
            **{k: v for k, v in private[0].items() if k != "Primary"},
            "PrivateIpAddresses": private,
            "TagSet": shown(interface.tags),
        }
        document: t.NetworkInterface = shown_interface
        return document

    def private(self, spec: Mapping[str, Any], address: Mapping[str, Any]) -> dict[str, Any]:
        if spec["VpcId"] not in self.named:
            return dict(address)
        host = address["PrivateIpAddress"].replace(".", "-")
        return {**address, "PrivateDnsName": f"ip-{host}.{self.domain}"}
