"""EC2, as far as it is about networks: VPCs and what is in them.  There are no instances."""

from forecourt.services.ec2 import (
    dhcp_options,
    internet_gateways,
    network_acls,
    network_interfaces,
    places,
    route_tables,
    routes,
    security_group_rules,
    security_groups,
    subnets,
    tags,
    vpc_attributes,
    vpc_cidr_blocks,
    vpcs,
)
from forecourt.services.ec2.actions import AUTHORIZATION
from forecourt.services.ec2.dry_run import honouring

__all__ = ("AUTHORIZATION", "TABLES")

TABLES = tuple(
    honouring(module.ops)
    for module in (
        dhcp_options,
        internet_gateways,
        network_acls,
        network_interfaces,
        places,
        route_tables,
        routes,
        security_group_rules,
        security_groups,
        subnets,
        tags,
        vpc_attributes,
        vpc_cidr_blocks,
        vpcs,
    )
)
