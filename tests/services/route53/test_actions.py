"""Route 53's actions: the resources that requests name, and the condition keys of a batch."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.route53.actions import ACTIONS, change_keys, normalized, vpc_keys
from forecourt.store.tx import Tx
from tests.harness import World


def resources(world: World, operation: str, **req: Any) -> list[str]:
    def found(tx: Tx) -> list[str]:
        return list(ACTIONS[operation].resources(tx, req))

    return world.store.read_now(found)


@pytest.mark.parametrize(
    ("operation", "req", "arns"),
    [
        ("ListHostedZones", {}, ["*"]),
        ("GetHostedZone", {"Id": "Z1"}, ["arn:aws:route53:::hostedzone/Z1"]),
        ("GetChange", {"Id": "C1"}, ["arn:aws:route53:::change/C1"]),
        (
            "ListTagsForResources",
            {"ResourceType": "hostedzone", "ResourceIds": ["Z1", "Z2"]},
            ["arn:aws:route53:::hostedzone/Z1", "arn:aws:route53:::hostedzone/Z2"],
        ),
        (
            "ChangeTagsForResource",
            {"ResourceType": "healthcheck", "ResourceId": "h"},
            ["arn:aws:route53:::healthcheck/h"],
        ),
    ],
)
def test_resources(world: World, operation: str, req: dict[str, Any], arns: list[str]) -> None:
    assert resources(world, operation, **req) == arns


def change(action: str, name: str, type_: str = "A") -> dict[str, Any]:
    return {"Action": action, "ResourceRecordSet": {"Name": name, "Type": type_}}


def test_what_a_batch_touches(world: World) -> None:
    changes = [
        change("CREATE", "WWW.example.com."),
        change("DELETE", "www.example.com", "TXT"),
        change("CREATE", "\\141.example.com"),
    ]
    req = {"ChangeBatch": {"Changes": changes}}
    assert world.store.read_now(change_keys, req) == {
        "route53:changeresourcerecordsetsactions": ("CREATE", "DELETE"),
        "route53:changeresourcerecordsetsnormalizedrecordnames": (
            "www.example.com",
            "a.example.com",
        ),
        "route53:changeresourcerecordsetsrecordtypes": ("A", "TXT"),
    }


def test_a_name_that_is_none_stays(world: World) -> None:
    assert normalized("a..b") == "a..b"


def test_vpcs(world: World) -> None:
    req = {"VPC": {"VPCId": "vpc-1", "VPCRegion": "eu-west-1"}}
    found = world.store.read_now(vpc_keys, req)
    assert found == {"route53:vpcs": ("VPCId=vpc-1,VPCRegion=eu-west-1",)}
    assert world.store.read_now(vpc_keys, {}) == {}
