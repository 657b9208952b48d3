"""DHCP options: what the machines of a VPC are told of names, time and NetBIOS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource, insert

from . import initial
from .describing import answer, select
from .kinds import DHCP_OPTION, VPC, DependencyViolation, InvalidParameterValue
from .tags import at_creation, shown

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html
MOST = {  # values of an option
    "domain-name": 1,
    "domain-name-servers": 4,
    "ipv6-address-preferred-lease-time": 1,
    "netbios-name-servers": 4,
    "netbios-node-type": 1,
    "ntp-servers": 4,
}
FILTERS = {
    "dhcp-options-id": "DhcpOptionsId",
    "key": "DhcpConfigurations[].Key",
    "owner-id": "OwnerId",
    "value": "DhcpConfigurations[].Values[].Value",
}
NONE = "default"  # in place of an id: no options


@ops.write
def create_dhcp_options(tx: Tx, req: t.CreateDhcpOptionsRequest) -> t.CreateDhcpOptionsResult:
    configurations = {
        each.get("Key", ""): each.get("Values", []) for each in req["DhcpConfigurations"]
    }
    for key, values in configurations.items():
        check(key, values)
    name, tags = DHCP_OPTION.new_id(), at_creation(req, DHCP_OPTION)
    made = DHCP_OPTION.kind.create(tx, name, {"Configurations": configurations}, {}, tags)
    return {"DhcpOptions": document(tx, made)}


@ops.read
def describe_dhcp_options(tx: Tx, req: t.DescribeDhcpOptionsRequest) -> t.DescribeDhcpOptionsResult:
    documents = [document(tx, each) for each in DHCP_OPTION.kind.all(tx)]
    found = select(DHCP_OPTION, FILTERS, documents, req, req.get("DhcpOptionsIds"), "DhcpOptionsId")
    page: t.DescribeDhcpOptionsResult = answer("DhcpOptions", found)
    return page


@ops.write
def delete_dhcp_options(tx: Tx, req: t.DeleteDhcpOptionsRequest) -> None:
    found = DHCP_OPTION.get(tx, req["DhcpOptionsId"])
    if any(vpc.spec["DhcpOptionsId"] == found.name for vpc in VPC.kind.all(tx)):
        raise DependencyViolation(
            f"The dhcpOptions '{found.name}' has dependencies and cannot be deleted."
        )
    DHCP_OPTION.kind.remove(tx, found)


@ops.write
def associate_dhcp_options(tx: Tx, req: t.AssociateDhcpOptionsRequest) -> None:
    """Let a VPC use other options; `default` takes them away."""
    options = req["DhcpOptionsId"]
    if options != NONE:
        options = DHCP_OPTION.get(tx, options).name
    vpc = VPC.get(tx, req["VpcId"])
    VPC.kind.change(tx, vpc, spec={**vpc.spec, "DhcpOptionsId": options})


def check(key: str, values: list[str]) -> None:
    if key not in MOST:
        raise InvalidParameterValue(
            f"Value ({key}) for parameter name is invalid. Unknown DHCP option"
        )
    if not 0 < len(values) <= MOST[key]:
        raise InvalidParameterValue(
            f"Value ({', '.join(values)}) for parameter value is invalid."
            f" {key} takes 1 to {MOST[key]} values"
        )


def initial_set(tx: Tx) -> str:
    """The id of the options the region had from the start, made where they are gone."""
    for each in DHCP_OPTION.kind.all(tx):
        if each.spec.get("Initial"):
            return each.name
    place = initial.Place(tx, tx.call.account, tx.call.region)
    name, row = initial.dhcp_options(place)
    insert(tx, [row])
    return name


def document(tx: Tx, options: Resource) -> t.DhcpOptions:
    configurations: Mapping[str, list[str]] = options.spec["Configurations"]
    return {
        "DhcpOptionsId": options.name,
        "OwnerId": tx.call.account,
        "DhcpConfigurations": [
            {"Key": key, "Values": [{"Value": value} for value in values]}
            for key, values in configurations.items()
        ],
        "Tags": shown(options.tags),
    }
