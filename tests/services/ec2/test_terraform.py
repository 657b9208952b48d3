"""What Terraform's AWS provider calls for its resources, in its order.

From internal/service/ec2/vpc_*.go of the provider: what it waits for and which errors it expects.
"""

from __future__ import annotations

from typing import Any

from forecourt.platform.identity.accounts import FIRST

from .calls import code, default_vpc, filters, tagging

EVERYTHING = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}


def vpc_read(client: Any, vpc_id: str) -> dict[str, Any]:
    """aws_vpc, Read."""
    (vpc,) = client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    attributes = {
        name: client.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        for name in ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")
    }
    (acl,) = client.describe_network_acls(Filters=filters(default="true", vpc_id=vpc_id))[
        "NetworkAcls"
    ]
    (table,) = client.describe_route_tables(
        Filters=filters(association__main="true", vpc_id=vpc_id)
    )["RouteTables"]
    (group,) = client.describe_security_groups(
        Filters=filters(group_name="default", vpc_id=vpc_id)
    )["SecurityGroups"]
    return {
        "cidr_block": vpc["CidrBlock"],
        "default_network_acl_id": acl["NetworkAclId"],
        "default_route_table_id": table["RouteTableId"],
        "default_security_group_id": group["GroupId"],
        "dhcp_options_id": vpc["DhcpOptionsId"],
        "enable_dns_hostnames": attributes["enableDnsHostnames"]["EnableDnsHostnames"]["Value"],
        "enable_dns_support": attributes["enableDnsSupport"]["EnableDnsSupport"]["Value"],
        "instance_tenancy": vpc["InstanceTenancy"],
        "owner_id": vpc["OwnerId"],
        "state": vpc["State"],
        "tags": vpc["Tags"],
    }


def vpc_create(client: Any) -> str:
    """aws_vpc, Create with enable_dns_hostnames."""
    made = client.create_vpc(
        CidrBlock="10.0.0.0/16",
        AmazonProvidedIpv6CidrBlock=False,
        InstanceTenancy="default",
        TagSpecifications=tagging("vpc", Name="main"),
    )
    vpc_id = str(made["Vpc"]["VpcId"])
    client.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    return vpc_id


def test_vpc(ec2: Any) -> None:
    vpc_id = vpc_create(ec2)
    state = vpc_read(ec2, vpc_id)
    assert len({value for name, value in state.items() if name.startswith("default_")}) == 3
    assert {name: value for name, value in state.items() if not name.endswith("_id")} == {
        "cidr_block": "10.0.0.0/16",
        "enable_dns_hostnames": True,
        "enable_dns_support": True,
        "instance_tenancy": "default",
        "state": "available",
        "tags": [{"Key": "Name", "Value": "main"}],
    }
    assert state["owner_id"] == FIRST
    ec2.delete_vpc(VpcId=vpc_id)
    assert code(ec2.describe_vpcs, VpcIds=[vpc_id]) == "InvalidVpcID.NotFound"


def test_subnet(ec2: Any, vpc: str) -> None:
    """aws_subnet with map_public_ip_on_launch; lingering interfaces are looked for before Delete."""
    made = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock="10.0.1.0/24",
        AvailabilityZone="us-east-1a",
        TagSpecifications=tagging("subnet", Name="a"),
    )["Subnet"]["SubnetId"]
    (found,) = ec2.describe_subnets(SubnetIds=[made])["Subnets"]
    assert found["State"] == "available"
    ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": True})
    (found,) = ec2.describe_subnets(SubnetIds=[made])["Subnets"]
    assert found["MapPublicIpOnLaunch"]
    given = filters(subnet_id=made, description="AWS Lambda VPC ENI*")
    assert ec2.describe_network_interfaces(Filters=given)["NetworkInterfaces"] == []
    ec2.delete_subnet(SubnetId=made)
    assert code(ec2.describe_subnets, SubnetIds=[made]) == "InvalidSubnetID.NotFound"


def test_security_group_with_rules_inside(ec2: Any, vpc: str) -> None:
    """aws_security_group takes the rule that lets everything out away first."""
    made = ec2.create_security_group(
        GroupName="web",
        Description="Managed by Terraform",
        VpcId=vpc,
        TagSpecifications=tagging("security-group", Name="web"),
    )["GroupId"]
    (found,) = ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"]
    out = {**EVERYTHING, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[out])
    out6 = {**EVERYTHING, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    call = ec2.revoke_security_group_egress
    assert code(call, GroupId=made, IpPermissions=[out6]) == "InvalidPermission.NotFound"
    web = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}],
        "UserIdGroupPairs": [{"GroupId": made}],
    }
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[web])
    ec2.authorize_security_group_egress(GroupId=made, IpPermissions=[out])
    (found,) = ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"]
    (ingress,), (egress,) = found["IpPermissions"], found["IpPermissionsEgress"]
    assert (ingress["IpRanges"], ingress["UserIdGroupPairs"]) == (
        web["IpRanges"],
        [{"GroupId": made, "UserId": FIRST}],
    )
    assert (egress["IpProtocol"], egress["IpRanges"]) == ("-1", [{"CidrIp": "0.0.0.0/0"}])
    ec2.revoke_security_group_ingress(GroupId=made, IpPermissions=[web])
    ec2.delete_security_group(GroupId=made)
    assert code(ec2.describe_security_groups, GroupIds=[made]) == "InvalidGroup.NotFound"


def test_security_group_rule(ec2: Any, vpc: str) -> None:
    """aws_vpc_security_group_ingress_rule, known by its id."""
    group = ec2.create_security_group(GroupName="web", Description="x", VpcId=vpc)["GroupId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
    }
    (made,) = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[permission],
        TagSpecifications=tagging("security-group-rule", Name="ssh"),
    )["SecurityGroupRules"]
    ids = [made["SecurityGroupRuleId"]]
    read = ec2.describe_security_group_rules
    assert read(SecurityGroupRuleIds=ids)["SecurityGroupRules"] == [made]
    changed = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, "CidrIpv4": "10.0.0.0/8"}
    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": ids[0], "SecurityGroupRule": changed}],
    )
    assert read(SecurityGroupRuleIds=ids)["SecurityGroupRules"] == [{**made, "ToPort": 23}]
    ec2.create_tags(Resources=ids, Tags=[{"Key": "Name", "Value": "shell"}])
    (found,) = read(SecurityGroupRuleIds=ids)["SecurityGroupRules"]
    assert found["Tags"] == [{"Key": "Name", "Value": "shell"}]
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)
    assert code(read, SecurityGroupRuleIds=ids) == "InvalidSecurityGroupRuleId.NotFound"


def test_a_way_to_the_internet(ec2: Any, vpc: str, subnet: str) -> None:
    """aws_internet_gateway, aws_route_table, aws_route, aws_route_table_association."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    (found,) = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    assert found["Attachments"] == [{"State": "available", "VpcId": vpc}]
    table = ec2.create_route_table(VpcId=vpc, ClientToken="terraform-1")
    table = table["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    route = next(r for r in found["Routes"] if r["DestinationCidrBlock"] == "0.0.0.0/0")
    assert route == {
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": gateway,
        "Origin": "CreateRoute",
        "State": "active",
    }
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    given = filters(association__route_table_association_id=made)
    (found,) = ec2.describe_route_tables(Filters=given)["RouteTables"]
    assert found["Associations"][0]["AssociationState"] == {"State": "associated"}
    ec2.disassociate_route_table(AssociationId=made)
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    ec2.delete_route_table(RouteTableId=table)
    assert code(ec2.describe_route_tables, RouteTableIds=[table]) == "InvalidRouteTableID.NotFound"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def test_data_sources(ec2: Any) -> None:
    """aws_vpc and aws_default_vpc with default = true, aws_subnets, aws_availability_zones."""
    vpc_id = default_vpc(ec2)["VpcId"]
    (same,) = ec2.describe_vpcs(Filters=filters(isDefault="true"))["Vpcs"]
    assert same["VpcId"] == vpc_id
    assert vpc_read(ec2, vpc_id)["enable_dns_hostnames"]
    assert len(ec2.describe_subnets(Filters=filters(vpc_id=vpc_id))["Subnets"]) == 3
    zones = ec2.describe_availability_zones(
        AllAvailabilityZones=False, Filters=filters(state="available")
    )["AvailabilityZones"]
    assert [each["ZoneName"] for each in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    platforms = ec2.describe_account_attributes(AttributeNames=["supported-platforms"])
    (attribute,) = platforms["AccountAttributes"]
    assert attribute["AttributeValues"] == [{"AttributeValue": "VPC"}]
