"""999 zones, a question each, and the answer on which BIND, Knot, NSD and PowerDNS agree.

Each zone is created through the Route 53 API, and asked of a name server that follows it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest

from tests.harness import World

from .data import folder

LINES = (folder("dns-ferret") / "cases.jsonl").read_text().splitlines()
CASES = [json.loads(line) for line in LINES]


def record_sets(zone: str) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    values: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for line in zone.splitlines():
        name, ttl, _, type_, value = line.split(None, 4)
        found[name, type_] = {"Name": name, "Type": type_, "TTL": int(ttl)}
        values[name, type_].append({"Value": value.strip()})
    return [{**rrset, "ResourceRecords": values[key]} for key, rrset in found.items()]


def answers(section: list[Any]) -> set[tuple[str, str, int, str]]:
    """Records as (name, type, TTL, value), letter case folded in names."""
    return {
        (str(rrset.name).lower(), str(rrset.rdtype), rrset.ttl, rdata.to_text().lower())
        for rrset in section
        for rdata in rrset
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["case"]))
def test_ferret(world: World, case: dict[str, Any]) -> None:
    client = world.client("route53")
    zone = client.create_hosted_zone(Name=case["origin"], CallerReference=str(case["case"]))
    changes = [
        {"Action": "UPSERT", "ResourceRecordSet": rrset} for rrset in record_sets(case["zone"])
    ]
    client.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": changes}
    )
    expected = dns.message.from_text(case["response"])
    got = world.ask(case["qname"], case["qtype"], use_edns=False)
    assert got.rcode() == expected.rcode()
    for flag in (dns.flags.QR, dns.flags.AA, dns.flags.TC):
        assert bool(got.flags & flag) == bool(expected.flags & flag), dns.flags.to_text(got.flags)
    assert answers(got.answer) == answers(expected.answer)
    if not expected.answer:
        assert answers(got.authority) == answers(expected.authority)
        assert answers(expected.additional) <= answers(got.additional)  # glue
