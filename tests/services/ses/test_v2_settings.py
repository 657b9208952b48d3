"""What is kept as it was said: pools, tenants, endpoints."""

from __future__ import annotations

from typing import Any

from .calls import SUCCESS, fault, send

HERE = "arn:aws:ses:us-east-1:000000000000"


def test_pools(sesv2: Any) -> None:
    sesv2.create_dedicated_ip_pool(PoolName="p", ScalingMode="MANAGED")
    assert fault(sesv2.create_dedicated_ip_pool, PoolName="p")[0] == "AlreadyExistsException"
    sesv2.put_dedicated_ip_pool_scaling_attributes(PoolName="p", ScalingMode="STANDARD")
    found = sesv2.get_dedicated_ip_pool(PoolName="p")["DedicatedIpPool"]
    assert found == {"PoolName": "p", "ScalingMode": "STANDARD"}
    assert sesv2.list_dedicated_ip_pools()["DedicatedIpPools"] == ["p"]
    assert sesv2.get_dedicated_ips(PoolName="p")["DedicatedIps"] == []
    sesv2.create_configuration_set(ConfigurationSetName="s")
    sesv2.put_configuration_set_delivery_options(ConfigurationSetName="s", SendingPoolName="p")
    wrong = fault(
        sesv2.put_configuration_set_delivery_options, ConfigurationSetName="s", SendingPoolName="q"
    )
    assert wrong[1] == "SendingPool <q> doesn't exist"
    for call, more in (
        (sesv2.get_dedicated_ip, {}),
        (sesv2.put_dedicated_ip_in_pool, {"DestinationPoolName": "p"}),
        (sesv2.put_dedicated_ip_warmup_attributes, {"WarmupPercentage": 1}),
    ):
        assert fault(call, Ip="192.0.2.1", **more)[0] == "NotFoundException"
    sesv2.delete_dedicated_ip_pool(PoolName="p")
    assert fault(sesv2.get_dedicated_ip_pool, PoolName="p")[0] == "NotFoundException"


def test_the_accounts(sesv2: Any) -> None:
    sesv2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=True)
    sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    found = sesv2.get_account()
    assert found["DedicatedIpAutoWarmupEnabled"]
    assert found["VdmAttributes"] == {"VdmEnabled": "ENABLED"}


def test_tenants(sesv2: Any, domain: str, production: None) -> None:
    made = sesv2.create_tenant(TenantName="t", Tags=[{"Key": "k", "Value": "v"}])
    assert made["SendingStatus"] == "ENABLED"
    assert fault(send, sesv2, SUCCESS, TenantName="none")[0] == "NotFoundException"
    identity = f"{HERE}:identity/app.test"
    assert fault(send, sesv2, SUCCESS, TenantName="t") == (
        "BadRequestException",
        f"{identity} is not associated with the tenant t.",
    )
    given = {"TenantName": "t", "ResourceArn": identity}
    sesv2.create_tenant_resource_association(**given)
    code, _ = fault(sesv2.create_tenant_resource_association, **given)
    assert code == "AlreadyExistsException"
    assert send(sesv2, SUCCESS, TenantName="t")
    (resource,) = sesv2.list_tenant_resources(TenantName="t")["TenantResources"]
    assert resource == {"ResourceType": "EMAIL_IDENTITY", "ResourceArn": identity}
    only = {"RESOURCE_TYPE": "EMAIL_TEMPLATE"}
    assert sesv2.list_tenant_resources(TenantName="t", Filter=only)["TenantResources"] == []
    (of,) = sesv2.list_resource_tenants(ResourceArn=identity)["ResourceTenants"]
    assert of["TenantId"] == made["TenantId"]
    assert sesv2.get_tenant(TenantName="t")["Tenant"]["TenantArn"] == made["TenantArn"]
    assert len(sesv2.list_tenants()["Tenants"]) == 1
    gone = fault(
        sesv2.create_tenant_resource_association, TenantName="t",
        ResourceArn=f"{HERE}:template/none",
    )  # fmt: skip
    assert gone[0] == "NotFoundException"
    sesv2.delete_tenant_resource_association(**given)
    code, _ = fault(sesv2.delete_tenant_resource_association, **given)
    assert code == "NotFoundException"
    sesv2.delete_tenant(TenantName="t")
    assert fault(sesv2.get_tenant, TenantName="t")[0] == "NotFoundException"


def test_endpoints(sesv2: Any, domain: str, production: None) -> None:
    def create(region: str) -> Any:
        return sesv2.create_multi_region_endpoint(
            EndpointName="e", Details={"RoutesDetails": [{"Region": region}]}
        )

    assert fault(create, "us-east-1")[0] == "BadRequestException"
    id = create("eu-west-1")["EndpointId"]
    found = sesv2.get_multi_region_endpoint(EndpointName="e")
    assert found["Routes"] == [{"Region": "us-east-1"}, {"Region": "eu-west-1"}]
    (listed,) = sesv2.list_multi_region_endpoints()["MultiRegionEndpoints"]
    assert (listed["EndpointId"], listed["Status"]) == (id, "READY")
    assert sesv2.delete_multi_region_endpoint(EndpointName="e")["Status"] == "DELETING"
    assert sesv2.list_multi_region_endpoints()["MultiRegionEndpoints"] == []
