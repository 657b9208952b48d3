"""What is kept as it was said, and changes nothing here: pools of addresses, tenants, endpoints of regions.

There is one address that mail leaves from, and one region's servers: no pool has an address, and an
endpoint's routes lead to the same place.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Kind, Resource, at

from .configuration_sets import NAME
from .contacts import moment
from .stored import BAD, EXISTS, NOT_FOUND, Complaint, answering, keep_setting, page_size, v2

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
POOLS = Kind("ses", "dedicated-ip-pool", v2.NotFoundException)
TENANTS = Kind("ses", "tenant", v2.NotFoundException)
ENDPOINTS = Kind("ses", "multi-region-endpoint", v2.NotFoundException)
TYPES = {
    "identity": "EMAIL_IDENTITY", "configuration-set": "CONFIGURATION_SET",
    "template": "EMAIL_TEMPLATE",
}  # fmt: skip


def made(
    tx: Tx, kind: Kind, name: str, spec: Mapping[str, Any], req: Any, status: Any = None
) -> Resource:
    if NAME.match(name) is None:
        raise Complaint(BAD, f"Invalid name {name}.")
    if kind.find(tx, name) is not None:
        raise Complaint(EXISTS, f"{name} already exists.")
    tags = {each["Key"]: each["Value"] for each in req.get("Tags", [])}
    return kind.create(tx, name, spec, status or {}, tags)


def known(tx: Tx, kind: Kind, name: str) -> Resource:
    found = kind.find(tx, name)
    if found is None:
        raise Complaint(NOT_FOUND, f"{name} does not exist.")
    return found


def listed(tx: Tx, kind: Kind, req: Any) -> tuple[list[Resource], dict[str, str]]:
    """A page, and the token of the next."""
    size = page_size(req.get("PageSize", 100), 1000)
    found = kind.page(tx, req.get("NextToken", ""), size)
    return found[:size], {"NextToken": found[size].name} if len(found) > size else {}


# ----- pools


@ops.write
@answering(1)
def create_dedicated_ip_pool(tx: Tx, req: t.CreateDedicatedIpPoolRequest) -> Any:
    made(tx, POOLS, req["PoolName"], {"ScalingMode": req.get("ScalingMode", "STANDARD")}, req)
    return {}


@ops.read
@answering(1)
def get_dedicated_ip_pool(tx: Tx, req: t.GetDedicatedIpPoolRequest) -> Any:
    found = known(tx, POOLS, req["PoolName"])
    return {"DedicatedIpPool": {"PoolName": found.name, **found.spec}}


@ops.read
def list_dedicated_ip_pools(tx: Tx, req: t.ListDedicatedIpPoolsRequest) -> Any:
    found, more = listed(tx, POOLS, req)
    return {"DedicatedIpPools": [each.name for each in found], **more}


@ops.write
@answering(1)
def put_dedicated_ip_pool_scaling_attributes(
    tx: Tx, req: t.PutDedicatedIpPoolScalingAttributesRequest
) -> Any:
    found = known(tx, POOLS, req["PoolName"])
    POOLS.change(tx, found, spec={"ScalingMode": req["ScalingMode"]})
    return {}


@ops.write
@answering(1)
def delete_dedicated_ip_pool(tx: Tx, req: t.DeleteDedicatedIpPoolRequest) -> Any:
    POOLS.remove(tx, known(tx, POOLS, req["PoolName"]))
    return {}


@ops.read
@answering(1)
def get_dedicated_ips(tx: Tx, req: t.GetDedicatedIpsRequest) -> Any:
    if req.get("PoolName"):
        known(tx, POOLS, req["PoolName"])
    return {"DedicatedIps": []}


@ops.read
@answering(1)
def get_dedicated_ip(tx: Tx, req: t.GetDedicatedIpRequest) -> Any:
    raise no_address(req["Ip"])


@ops.write
@answering(1)
def put_dedicated_ip_in_pool(tx: Tx, req: t.PutDedicatedIpInPoolRequest) -> Any:
    raise no_address(req["Ip"])


@ops.write
@answering(1)
def put_dedicated_ip_warmup_attributes(tx: Tx, req: t.PutDedicatedIpWarmupAttributesRequest) -> Any:
    raise no_address(req["Ip"])


def no_address(ip: str) -> Complaint:
    return Complaint(NOT_FOUND, f"The dedicated IP address {ip} does not exist.")


@ops.write
def put_account_dedicated_ip_warmup_attributes(
    tx: Tx, req: t.PutAccountDedicatedIpWarmupAttributesRequest
) -> Any:
    keep_setting(tx, AutoWarmup=req.get("AutoWarmupEnabled", False))
    return {}


@ops.write
def put_account_vdm_attributes(tx: Tx, req: t.PutAccountVdmAttributesRequest) -> Any:
    keep_setting(tx, Vdm=dict(req["VdmAttributes"]))
    return {}


# ----- tenants


@ops.write
@answering(1)
def create_tenant(tx: Tx, req: t.CreateTenantRequest) -> Any:
    spec: dict[str, Any] = {"Resources": {}}
    status = {"Id": f"tn-{secrets.token_hex(14)}", "SendingStatus": "ENABLED"}
    return tenant(made(tx, TENANTS, req["TenantName"], spec, req, status))


@ops.read
@answering(1)
def get_tenant(tx: Tx, req: t.GetTenantRequest) -> Any:
    return {"Tenant": tenant(known(tx, TENANTS, req["TenantName"]))}


@ops.read
def list_tenants(tx: Tx, req: t.ListTenantsRequest) -> Any:
    found, more = listed(tx, TENANTS, req)
    return {"Tenants": [tenant(each) for each in found], **more}


@ops.write
@answering(1)
def delete_tenant(tx: Tx, req: t.DeleteTenantRequest) -> Any:
    TENANTS.remove(tx, known(tx, TENANTS, req["TenantName"]))
    return {}


@ops.write
@answering(1)
def create_tenant_resource_association(
    tx: Tx, req: t.CreateTenantResourceAssociationRequest
) -> Any:
    found, arn = known(tx, TENANTS, req["TenantName"]), req["ResourceArn"]
    if at(tx, arn) is None or not arn.startswith(own(tx)) or type_of(arn) is None:
        raise Complaint(NOT_FOUND, f"There is no such resource: {arn}")
    if arn in found.spec["Resources"]:
        raise Complaint(EXISTS, f"{arn} is associated with {found.name} already.")
    resources = {**found.spec["Resources"], arn: tx.now.timestamp()}
    TENANTS.change(tx, found, spec={"Resources": resources})
    return {}


@ops.write
@answering(1)
def delete_tenant_resource_association(
    tx: Tx, req: t.DeleteTenantResourceAssociationRequest
) -> Any:
    found = known(tx, TENANTS, req["TenantName"])
    left = {arn: when for arn, when in found.spec["Resources"].items() if arn != req["ResourceArn"]}
    if len(left) == len(found.spec["Resources"]):
        raise Complaint(NOT_FOUND, f"{req['ResourceArn']} is not associated with {found.name}.")
    TENANTS.change(tx, found, spec={"Resources": left})
    return {}


@ops.read
@answering(1)
def list_tenant_resources(tx: Tx, req: t.ListTenantResourcesRequest) -> Any:
    wanted = req.get("Filter", {}).get("RESOURCE_TYPE")
    return {
        "TenantResources": [
            {"ResourceType": type_of(arn), "ResourceArn": arn}
            for arn in known(tx, TENANTS, req["TenantName"]).spec["Resources"]
            if wanted in (None, type_of(arn))
        ]
    }


@ops.read
def list_resource_tenants(tx: Tx, req: t.ListResourceTenantsRequest) -> Any:
    arn = req["ResourceArn"]
    return {
        "ResourceTenants": [
            {
                "TenantName": each.name,
                "TenantId": each.status["Id"],
                "ResourceArn": arn,
                "AssociatedTimestamp": moment(each.spec["Resources"][arn]),
            }
            for each in TENANTS.all(tx)
            if arn in each.spec["Resources"]
        ]
    }


def check_tenant(tx: Tx, name: str, arns: list[str]) -> None:
    """Whether a tenant may send with these resources.  Complaint."""
    found = known(tx, TENANTS, name)
    for arn in arns:
        if arn not in found.spec["Resources"]:
            raise Complaint(BAD, f"{arn} is not associated with the tenant {name}.")


def tenant(found: Resource) -> dict[str, Any]:
    return {
        "TenantName": found.name,
        "TenantId": found.status["Id"],
        "TenantArn": found.arn,
        "CreatedTimestamp": found.created,
        "SendingStatus": found.status["SendingStatus"],
        "Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()],
    }


def own(tx: Tx) -> str:
    return f"arn:aws:ses:{tx.call.region}:{tx.call.account}:"


def type_of(arn: str) -> str | None:
    return TYPES.get(arn.split(":", 5)[5].partition("/")[0])


# ----- endpoints


@ops.write
@answering(1)
def create_multi_region_endpoint(tx: Tx, req: t.CreateMultiRegionEndpointRequest) -> Any:
    regions = [each["Region"] for each in req["Details"]["RoutesDetails"]]
    if len(regions) != 1 or tx.call.region in regions:
        raise Complaint(BAD, "An endpoint has one secondary region, which is not its own.")
    id = f"{secrets.token_hex(4)}.{secrets.token_hex(2)[:3]}"
    spec = {"Id": id, "Regions": [tx.call.region, *regions]}
    made(tx, ENDPOINTS, req["EndpointName"], spec, req)
    return {"Status": "READY", "EndpointId": id}


@ops.read
@answering(1)
def get_multi_region_endpoint(tx: Tx, req: t.GetMultiRegionEndpointRequest) -> Any:
    found = known(tx, ENDPOINTS, req["EndpointName"])
    routes = [{"Region": each} for each in found.spec["Regions"]]
    return endpoint(found) | {"Routes": routes}


@ops.read
def list_multi_region_endpoints(tx: Tx, req: t.ListMultiRegionEndpointsRequest) -> Any:
    found, more = listed(tx, ENDPOINTS, req)
    shown = [endpoint(each) | {"Regions": each.spec["Regions"]} for each in found]
    return {"MultiRegionEndpoints": shown, **more}


@ops.write
@answering(1)
def delete_multi_region_endpoint(tx: Tx, req: t.DeleteMultiRegionEndpointRequest) -> Any:
    ENDPOINTS.remove(tx, known(tx, ENDPOINTS, req["EndpointName"]))
    return {"Status": "DELETING"}


def endpoint(found: Resource) -> dict[str, Any]:
    return {
        "EndpointName": found.name,
        "EndpointId": found.spec["Id"],
        "Status": "READY",
        "CreatedTimestamp": found.created,
        "LastUpdatedTimestamp": found.created,
    }


def check_endpoint(tx: Tx, id: str) -> None:
    if all(each.spec["Id"] != id for each in ENDPOINTS.all(tx)):
        raise Complaint(NOT_FOUND, f"The endpoint {id} does not exist.")
