"""Health checks: none can be made yet, and everything says so."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import fault


@pytest.mark.parametrize(("given", "shown"), [(None, "1000"), ("1", "1"), ("1001", "1000")])
def test_there_are_none(route53: Any, given: str | None, shown: str) -> None:
    found = route53.list_health_checks(**({"MaxItems": given} if given else {}))
    assert found["HealthChecks"] == []
    assert (found["IsTruncated"], found["MaxItems"]) == (False, shown)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_health_check", {"CallerReference": "1", "HealthCheckConfig": {"Type": "TCP"}}),
        ("get_health_check", {"HealthCheckId": "h"}),
        ("get_health_check_count", {}),
        ("test_dns_answer", {"HostedZoneId": "Z", "RecordName": "x.test", "RecordType": "A"}),
        ("list_traffic_policies", {}),
        ("list_query_logging_configs", {}),
    ],
)
def test_what_is_not_implemented_says_so(route53: Any, operation: str, params: Any) -> None:
    code, message = fault(getattr(route53, operation), **params)
    assert code == "NotImplemented"
    assert message.startswith("route53 ")
    assert message.endswith(" is not implemented.")
