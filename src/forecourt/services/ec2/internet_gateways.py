"""Internet gateways, each attached to one VPC at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.store.resources import Resource

from .describing import answer, select
from .kinds import (
    INTERNET_GATEWAY,
    INTERNET_GATEWAYS,
    VPC,
    AlreadyAssociated,
    DependencyViolation,
    InvalidParameterValue,
)
from .tags import at_creation, shown

if TYPE_CHECKING:
    from forecourt.aws.types import ec2 as t
    from forecourt.store.tx import Tx

ops = Operations("ec2")

NotAttached = common("Gateway.NotAttached", 400)
LimitExceeded = common("InternetGatewayLimitExceeded", 400)
FILTERS = {
    "attachment.state": "Attachments[].State",
    "attachment.vpc-id": "Attachments[].VpcId",
    "internet-gateway-id": "InternetGatewayId",
    "owner-id": "OwnerId",
}


@ops.write
def create_internet_gateway(
    tx: Tx, req: t.CreateInternetGatewayRequest
) -> t.CreateInternetGatewayResult:
    tags = at_creation(req, INTERNET_GATEWAY)
    if INTERNET_GATEWAYS.count(tx) >= quotas.limit(tx, "MAX_INTERNET_GATEWAYS_BY_REGION"):
        raise LimitExceeded("The maximum number of internet gateways has been reached.")
    made = INTERNET_GATEWAYS.create(tx, INTERNET_GATEWAY.new_id(), {"VpcId": None}, {}, tags)
    return {"InternetGateway": document(tx, made)}


@ops.read
def describe_internet_gateways(
    tx: Tx, req: t.DescribeInternetGatewaysRequest
) -> t.DescribeInternetGatewaysResult:
    documents = [document(tx, each) for each in INTERNET_GATEWAYS.all(tx)]
    ids = req.get("InternetGatewayIds")
    found = select(INTERNET_GATEWAY, FILTERS, documents, req, ids, "InternetGatewayId")
    page: t.DescribeInternetGatewaysResult = answer("InternetGateways", found)
    return page


@ops.write
def attach_internet_gateway(tx: Tx, req: t.AttachInternetGatewayRequest) -> None:
    gateway = INTERNET_GATEWAY.get(tx, req["InternetGatewayId"])
    vpc = VPC.get(tx, req["VpcId"])
    if attached := gateway.spec["VpcId"]:
        raise AlreadyAssociated(
            f"resource {gateway.name} is already attached to network {attached}"
        )
    if any(each.spec["VpcId"] == vpc.name for each in INTERNET_GATEWAYS.all(tx)):
        raise InvalidParameterValue(f"Network {vpc.name} already has an internet gateway attached")
    INTERNET_GATEWAYS.change(tx, gateway, spec={"VpcId": vpc.name})


@ops.write
def detach_internet_gateway(tx: Tx, req: t.DetachInternetGatewayRequest) -> None:
    gateway = INTERNET_GATEWAY.get(tx, req["InternetGatewayId"])
    vpc = VPC.get(tx, req["VpcId"])
    if gateway.spec["VpcId"] != vpc.name:
        raise NotAttached(f"resource {gateway.name} is not attached to network {vpc.name}")
    INTERNET_GATEWAYS.change(tx, gateway, spec={"VpcId": None})


@ops.write
def delete_internet_gateway(tx: Tx, req: t.DeleteInternetGatewayRequest) -> None:
    gateway = INTERNET_GATEWAY.get(tx, req["InternetGatewayId"])
    if gateway.spec["VpcId"]:
        raise DependencyViolation(
            f"The internetGateway '{gateway.name}' has dependencies and cannot be deleted."
        )
    INTERNET_GATEWAYS.remove(tx, gateway)


def document(tx: Tx, gateway: Resource) -> t.InternetGateway:
    """A gateway as it is shown; attached ones are `available`, which no enum of the model has."""
    attached = gateway.spec["VpcId"]
    shown_gateway: Any = {
        "Attachments": [{"State": "available", "VpcId": attached}] if attached else [],
        "InternetGatewayId": gateway.name,
        "OwnerId": tx.call.account,
        "Tags": shown(gateway.tags),
    }
    document: t.InternetGateway = shown_gateway
    return document
