"""Certificates as tests ask for them, and the world in which their names are proven."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.planes.tls.keys import Pool
from forecourt.services.acm.reconcile import Settings, reconcile
from forecourt.services.route53.delegating import delegate_zone
from tests.harness import World
from tests.planes.resolver.local import Internet, values
from tests.services.route53.calls import bare, change, create, rrset

EC = {"KeyAlgorithm": "EC_prime256v1"}
SETTINGS, POOL = Settings(), Pool()


class Proving:
    """What ACM's worker does, when it is told to; the internet is the world's."""

    def __init__(self, world: World, acm: Any, route53: Any, *domains: str) -> None:
        self.world, self.acm, self.route53 = world, acm, route53
        self.zones = {name: bare(create(route53, name)) for name in domains}
        for name in domains:
            world.store.write_now(delegate_zone, name)
        self.down = False
        self.unreachable: set[str] = set()
        self.extra: dict[tuple[str, str], list[str]] = {}

    async def outside(self, name: str, type_: str) -> list[str]:
        if self.down or type_ in self.unreachable:
            raise OSError("nobody answers")
        if (name, type_) in self.extra:
            return self.extra[name, type_]
        outcome = await Internet(self.world).resolve(name, type_)
        return values(outcome)

    def look(self, arn: str) -> float | None:
        """One look at a certificate; in how many seconds the next is due."""
        id_ = arn.rpartition("/")[2]
        return asyncio.run(reconcile(self.world.store, self.outside, POOL, SETTINGS, id_))

    def request(self, name: str, **members: Any) -> str:
        members = {"ValidationMethod": "DNS", **EC, **members}
        return str(self.acm.request_certificate(DomainName=name, **members)["CertificateArn"])

    def describe(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.acm.describe_certificate(CertificateArn=arn)["Certificate"]
        return found

    def record(self, arn: str, action: str = "UPSERT") -> None:
        """Make the records that prove a certificate's names, or take them away."""
        for option in self.describe(arn)["DomainValidationOptions"]:
            record = option["ResourceRecord"]
            name = record["Name"]
            zone = next(id_ for apex, id_ in self.zones.items() if name.endswith(f".{apex}."))
            change(self.route53, zone, (action, rrset(name, "CNAME", record["Value"])))

    def issued(self, name: str, **members: Any) -> str:
        """A certificate that was asked for, proven and issued."""
        arn = self.request(name, **members)
        self.record(arn)
        self.look(arn)
        assert self.describe(arn)["Status"] == "ISSUED"
        return arn


def refused(code: str, words: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")
