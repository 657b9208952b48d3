"""Traffic policy documents: every rule, and everything that can be wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.dns import wire
from forecourt.services.route53.traffic_documents import (
    BadDocument,
    compile_document,
    parse_document,
)

OWNER = wire.from_text("www.example.com")


def document(value: str = "192.0.2.1", **more: Any) -> dict[str, Any]:
    """One endpoint, answered to all."""
    return {
        "AWSPolicyFormatVersion": "2015-10-01",
        "RecordType": "A",
        "Endpoints": {"a": {"Type": "value", "Value": value}},
        "StartEndpoint": "a",
        **more,
    }


def ruled(kind: str, **rule: Any) -> dict[str, Any]:
    found = document(Rules={"r": {"RuleType": kind, **rule}}, StartRule="r")
    found["Endpoints"]["b"] = {"Type": "value", "Value": "192.0.2.2"}
    del found["StartEndpoint"]
    return found


A, B = {"EndpointReference": "a"}, {"EndpointReference": "b"}
RULES = {
    "failover": ruled("failover", Primary={**A, "HealthCheck": "h"}, Secondary=B),
    "geo": ruled("geo", Locations=[{**A, "Country": "KR"}, {**B, "IsDefault": True}]),
    "continent": ruled("geo", Locations=[{**A, "Continent": "EU"}, {**B, "Country": "*"}]),
    "state": ruled("geo", Locations=[{**A, "Country": "US", "Subdivision": "WA"}]),
    "near": ruled("geoproximity", GeoproximityLocations=[{**A, "Region": "aws:route53:us-east-1", "Bias": "10"}, {**B, "Latitude": "50.1", "Longitude": "8.6"}]),
    "new near": ruled("geoproximity", GeoproximityLocations=[{**A, "Location": {"Type": "Region", "LocationName": "aws:route53:us-east-1"}}, {**B, "Location": {"Type": "Coordinate", "Latitude": "1", "Longitude": "2"}}]),
    "latency": ruled("latency", Regions=[{**A, "Region": "us-east-1"}, {**B, "Region": "eu-west-1"}]),
    "multivalue": ruled("multivalue", Items=[A, {**B, "HealthCheck": "h"}]),
    "weighted": ruled("weighted", Items=[{**A, "Weight": "3"}, {**B, "Weight": 1}]),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_each_rule_compiles(name: str) -> None:
    found = compile_document(parse_document(json.dumps(RULES[name])), OWNER, 60)
    assert set(found) == {OWNER}
    policies = {each.routing.policy for each in found[OWNER] if each.routing is not None}
    assert len(policies) == 1
    assert {each.ttl for each in found[OWNER]} == {60}


def test_rules_below_rules_are_at_names_nobody_can_ask_for() -> None:
    tree = ruled(
        "latency",
        Regions=[{"RuleReference": "w", "Region": "us-east-1"}, {**B, "Region": "eu-west-1"}],
    )
    tree["Rules"]["w"] = RULES["weighted"]["Rules"]["r"]
    found = compile_document(parse_document(json.dumps(tree)), OWNER, 60)
    (below,) = set(found) - {OWNER}
    assert below.endswith(OWNER)
    assert below != below.lower()
    assert found[OWNER][0].alias == below


@pytest.mark.parametrize(
    "given",
    [
        [],
        document(AWSPolicyFormatVersion="2000-01-01"),
        document(RecordType="NS"),
        document(StartEndpoint="none"),
        document(StartRule="r"),
        document("not an address"),
        document(Endpoints={"a": {"Type": "cloudfront", "Value": "d.cloudfront.net"}}),
        document(Endpoints=[]),
        document(Endpoints={"a": "x"}),
        ruled("nonsense"),
        ruled("weighted", Items=[]),
        ruled("weighted", Items=[{**A, "Weight": 256}]),
        ruled("weighted", Items=[{**A, "Weight": "many"}]),
        ruled("weighted", Items=[{"Weight": 1}]),
        ruled("weighted", Items="x"),
        ruled("weighted"),
        ruled("geo", Locations=[{**A, "Country": "ZZ"}]),
        ruled("geoproximity", GeoproximityLocations=[{**A, "Region": "aws:route53:none"}]),
        ruled("geoproximity", GeoproximityLocations=[{**A, "Region": "aws:route53:us-east-1", "Bias": 100}]),
        ruled("latency", Regions=[{**A, "Region": "none"}]),
        ruled("multivalue", Items=[{"RuleReference": "r"}]),
        ruled("failover", Primary={"RuleReference": "r"}),
        ruled("failover", Primary={"RuleReference": "none"}),
        ruled("failover", Primary={"EndpointReference": "none"}),
    ],
)  # fmt: skip
def test_what_cannot_be(given: Any) -> None:
    with pytest.raises(BadDocument):
        parse_document(json.dumps(given))


def test_deep_trees_end() -> None:
    rules = {
        f"r{n}": {"RuleType": "failover", "Primary": {"RuleReference": f"r{n + 1}"}}
        for n in range(40)
    }
    rules["r40"] = {"RuleType": "failover", "Primary": A}
    with pytest.raises(BadDocument, match="above one another"):
        parse_document(json.dumps(document(Rules=rules, StartRule="r0", StartEndpoint="")))


TEXT = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(sorted(RULES)), st.data())
def test_any_change_is_refused_or_compiles(name: str, data: st.DataObject) -> None:
    changed = json.loads(json.dumps(RULES[name]))
    at = changed
    while isinstance(at, dict) and at:
        key = data.draw(st.sampled_from(sorted(at)))
        if not isinstance(at[key], dict) or data.draw(st.booleans()):
            at[key] = data.draw(JSON)
            break
        at = at[key]
    try:
        document_ = parse_document(json.dumps(changed))
    except BadDocument:
        return
    assert compile_document(document_, OWNER, 60)
