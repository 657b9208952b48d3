"""Traffic policy documents: refused in words, or compiled to record sets that pack and unpack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from forecourt.planes.dns import wire
from forecourt.planes.dns.snapshot import pack, unpack
from forecourt.services.route53.traffic_documents import (
    BadDocument,
    compile_document,
    parse_document,
)

TOKENS = (
    b'"Endpoints"',
    b'"Rules"',
    b'"RuleType"',
    b'"weighted"',
    b'"geo"',
    b'"Weight"',
    b'"RuleReference"',
)
OWNER = wire.from_text("www.example.com")
A: Any = {"EndpointReference": "a"}


def seeds() -> Iterator[bytes]:
    base: Any = {
        "AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A",
        "Endpoints": {"a": {"Type": "value", "Value": "192.0.2.1"}},
    }  # fmt: skip
    rules: Any = {
        "weighted": {"Items": [{**A, "Weight": "3"}]},
        "geo": {"Locations": [{**A, "Country": "KR"}, {**A, "IsDefault": True}]},
        "latency": {"Regions": [{**A, "Region": "us-east-1"}]},
        "failover": {"Primary": A, "Secondary": A},
        "multivalue": {"Items": [A]},
        "geoproximity": {"GeoproximityLocations": [{**A, "Latitude": "1", "Longitude": "2"}]},
    }
    yield json.dumps({**base, "StartEndpoint": "a"}).encode()
    for kind, rule in rules.items():
        named = {"r": {"RuleType": kind, **rule}}
        yield json.dumps({**base, "Rules": named, "StartRule": "r"}).encode()


def check(data: bytes) -> None:
    try:
        document = parse_document(data.decode("utf-8", "replace"))
    except BadDocument as bad:
        assert str(bad)
        return
    for rrsets in compile_document(document, OWNER, 60).values():
        assert unpack(pack(rrsets)) == rrsets
