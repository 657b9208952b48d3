"""Organizations with domains that DNS knows."""

from __future__ import annotations

import asyncio
from typing import Any

from forecourt.platform import outbox
from forecourt.platform.mail import domains
from forecourt.services.route53.delegating import delegate_zone
from forecourt.services.workmail.reconcile import reconcile
from tests.harness import World
from tests.planes.resolver.local import Internet, values

PASSWORD = "Correct-horse-1"


def organization(workmail: Any, alias: str = "jpub", **options: Any) -> str:
    made: str = workmail.create_organization(Alias=alias, **options)["OrganizationId"]
    return made


def user(workmail: Any, org: str, name: str, address: str = "") -> str:
    """A user, registered where there is an address."""
    made: str = workmail.create_user(
        OrganizationId=org, Name=name, DisplayName=name.title(), Password=PASSWORD
    )["UserId"]
    if address:
        workmail.register_to_work_mail(OrganizationId=org, EntityId=made, Email=address)
    return made


def publish(world: World, name: str) -> None:
    """Let DNS say of a hosted domain what it is to say."""
    domain = world.store.read_now(domains.get, name)
    assert domain is not None
    address = world.store.read_now(outbox.address)
    route53 = world.client("route53")
    zone = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": owner,
                        "Type": type_,
                        "TTL": 60,
                        "ResourceRecords": [{"Value": value} for value in values],
                    },
                }
                for owner, type_, values in [
                    domains.proof(domain),
                    *domains.records(domain, address),
                ]
            ]
        },
    )
    world.store.write_now(delegate_zone, name)
    look(world, name)


def look(world: World, name: str) -> float | None:
    """One look at a domain, as the internet of the world shows it; in how many seconds the next is due."""

    async def outside(name: str, type_: str) -> list[str]:
        return values(await Internet(world).resolve(name, type_))

    return asyncio.run(reconcile(world.store, outside, name))


def group(workmail: Any, org: str, name: str, address: str = "") -> str:
    made: str = workmail.create_group(OrganizationId=org, Name=name)["GroupId"]
    if address:
        workmail.register_to_work_mail(OrganizationId=org, EntityId=made, Email=address)
    return made
