"""The kinds of resources there are: how their ids look, and what is said of those that are not there.

    VPC.get(tx, "vpc-0123456789abcdef0")    the caller's, or the error AWS answers

An id is a prefix and 17 hexadecimal digits, the first of them 0; AWS once gave ids of 8 digits and
still reads them.  The codes of the errors go by no rule:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError, common
from forecourt.platform.network.interfaces import INTERFACES
from forecourt.platform.network.vpcs import RULES, SECURITY_GROUPS, SUBNETS, VPCS
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

DIGITS = re.compile(r"[0-9a-f]{8}(?:[0-9a-f]{9})?")

InvalidParameterValue = common("InvalidParameterValue", 400)
InvalidParameterCombination = common("InvalidParameterCombination", 400)
MissingParameter = common("MissingParameter", 400)
DependencyViolation = common("DependencyViolation", 400)
UnsupportedOperation = common("UnsupportedOperation", 400)
AlreadyAssociated = common("Resource.AlreadyAssociated", 400)


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of resource, and how AWS speaks of it."""

    kind: Kind
    prefix: str
    malformed: type[AwsError]
    absent: str  # what is said of an id that is not there

    def new_id(self) -> str:
        return new_id(self.prefix)

    def get(self, tx: Tx, given: str) -> Resource:
        """The caller's, by id."""
        self.check([given])
        return self.kind.get(tx, given, self.absent.format(given))

    def check(self, ids: Iterable[str]) -> None:
        """Refuse what is no id of this kind."""
        for given in ids:
            start, _, rest = given.partition("-")
            if start != self.prefix or not DIGITS.fullmatch(rest):
                raise self.malformed(f'Invalid id: "{given}" (expecting "{self.prefix}-...")')

    def missing(self, given: str) -> AwsError:
        return self.kind.missing(self.absent.format(given))


def kind(name: str, missing: str) -> Kind:
    return Kind("ec2", name, common(missing, 400))


def type_(kind: Kind, prefix: str, malformed: str, absent: str) -> Type:
    return Type(kind, prefix, common(malformed, 400), absent)


def new_id(prefix: str) -> str:
    return f"{prefix}-0{secrets.token_hex(8)}"


ROUTE_TABLES = kind("route-table", "InvalidRouteTableID.NotFound")
INTERNET_GATEWAYS = kind("internet-gateway", "InvalidInternetGatewayID.NotFound")
NETWORK_ACLS = kind("network-acl", "InvalidNetworkAclID.NotFound")
DHCP_OPTIONS = kind("dhcp-options", "InvalidDhcpOptionID.NotFound")

VPC = type_(VPCS, "vpc", "InvalidVpcID.Malformed", "The vpc ID '{}' does not exist")
SUBNET = type_(SUBNETS, "subnet", "InvalidSubnetID.Malformed", "The subnet ID '{}' does not exist")
SECURITY_GROUP = type_(
    SECURITY_GROUPS, "sg", "InvalidGroupId.Malformed", "The security group '{}' does not exist"
)
RULE = type_(
    RULES,
    "sgr",
    "InvalidSecurityGroupRuleId.Malformed",
    "The security group rule ID '{}' does not exist",
)
ROUTE_TABLE = type_(
    ROUTE_TABLES,
    "rtb",
    "InvalidRouteTableId.Malformed",
    "The routeTable ID '{}' does not exist",
)
INTERNET_GATEWAY = type_(
    INTERNET_GATEWAYS,
    "igw",
    "InvalidInternetGatewayId.Malformed",
    "The internetGateway ID '{}' does not exist",
)
INTERFACE = type_(
    INTERFACES,
    "eni",
    "InvalidNetworkInterfaceId.Malformed",
    "The networkInterface ID '{}' does not exist",
)
NETWORK_ACL = type_(
    NETWORK_ACLS,
    "acl",
    "InvalidNetworkAclId.Malformed",
    "The networkAcl ID '{}' does not exist",
)
DHCP_OPTION = type_(
    DHCP_OPTIONS,
    "dopt",
    "InvalidDhcpOptionsId.Malformed",
    "The dhcpOption ID '{}' does not exist",
)
TYPES = {
    each.prefix: each
    for each in (
        VPC,
        SUBNET,
        SECURITY_GROUP,
        RULE,
        ROUTE_TABLE,
        INTERNET_GATEWAY,
        INTERFACE,
        NETWORK_ACL,
        DHCP_OPTION,
    )
}
