"""Zones as every operation finds and shows them: their ids, and sizes of pages."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import create, fault, names

PAGED = ["list_hosted_zones", "list_hosted_zones_by_name", "list_reusable_delegation_sets",
         "list_health_checks"]  # fmt: skip


@pytest.mark.parametrize("operation", PAGED)
@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5", ""])
def test_sizes_of_pages_that_cannot_be(route53: Any, operation: str, given: str) -> None:
    code, message = fault(getattr(route53, operation), MaxItems=given)
    assert code == "InvalidInput"
    assert f"Value '{given}' at 'maxItems'" in message


@pytest.mark.parametrize("operation", PAGED)
@pytest.mark.parametrize(("given", "shown"), [("1", "1"), ("007", "7"), ("99999999999", None)])
def test_sizes_of_pages(route53: Any, operation: str, given: str, shown: str | None) -> None:
    most = "1000" if operation == "list_health_checks" else "100"
    assert getattr(route53, operation)(MaxItems=given)["MaxItems"] == (shown or most)


@pytest.mark.parametrize("prefix", ["", "/hostedzone/", "hostedzone/"])
def test_an_id_with_and_without_its_prefix(route53: Any, zone: str, prefix: str) -> None:
    assert route53.get_hosted_zone(Id=prefix + zone)["HostedZone"]["Id"] == f"/hostedzone/{zone}"
    assert len(names(route53, prefix + zone)) == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("Z" * 32, "NoSuchHostedZone"),
        ("Z" * 33, "InvalidInput"),
        ("Z1' OR '1'='1", "NoSuchHostedZone"),
    ],
)
def test_ids_that_are_none(route53: Any, zone: str, given: str, code: str) -> None:
    assert fault(route53.get_hosted_zone, Id=given)[0] == code


def test_ids_are_case_sensitive(route53: Any, zone: str) -> None:
    assert fault(route53.get_hosted_zone, Id=zone.lower())[0] == "NoSuchHostedZone"


def test_every_zone_has_an_id_of_its_own(route53: Any) -> None:
    ids = {create(route53, "example.com", str(n))["HostedZone"]["Id"] for n in range(20)}
    assert len(ids) == 20
