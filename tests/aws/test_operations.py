"""Tables of handlers: found by their names, marked as reading or writing."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.aws.operations import Operations
from forecourt.roles.gateway import TABLES


def get_hosted_zone(tx: Any, req: Any) -> Any:
    return {"read": req}


def create_hosted_zone(tx: Any, req: Any) -> Any:
    return {"written": req}


def get_nothing(tx: Any, req: Any) -> Any:
    return {}


def test_handlers_are_found_under_the_apis_name() -> None:
    ops = Operations("route53")
    assert ops.read(get_hosted_zone) is get_hosted_zone
    assert ops.write(create_hosted_zone) is create_hosted_zone
    assert {(name, op.writes) for name, op in ops.table.items()} == {
        ("GetHostedZone", False),
        ("CreateHostedZone", True),
    }
    assert ops.table["GetHostedZone"].handler(None, 1) == {"read": 1}


def test_abbreviations_are_spelled_as_boto3_spells_them() -> None:
    def create_reusable_delegation_set(tx: Any, req: Any) -> Any:
        return {}

    def get_dnssec(tx: Any, req: Any) -> Any:
        return {}

    ops = Operations("route53")
    ops.write(create_reusable_delegation_set)
    ops.read(get_dnssec)
    assert set(ops.table) == {"CreateReusableDelegationSet", "GetDNSSEC"}


def test_a_handler_the_api_lacks_fails_at_once() -> None:
    with pytest.raises(KeyError, match="get_nothing"):
        Operations("route53").read(get_nothing)


def test_work_ahead_of_a_transaction() -> None:
    ops = Operations("route53")

    def look(tx: Any, req: Any) -> Any:
        return req

    ops.write_after(len, look)(create_hosted_zone)
    ops.write_after(len)(get_hosted_zone)
    found = {name: (op.writes, op.ahead, op.look) for name, op in ops.table.items()}
    assert found == {
        "CreateHostedZone": (True, len, look),
        "GetHostedZone": (True, len, None),
    }


def test_no_operation_is_served_twice() -> None:
    served = [(ops.service, name) for ops in TABLES for name in ops.table]
    assert len(served) == len(set(served))


def test_what_only_looks_does_not_write() -> None:
    looking = ("Get", "List", "Test", "Describe")
    begun = ("TestFailover", "TestMigration")  # which do one
    wrong = [
        name
        for ops in TABLES
        for name, op in ops.table.items()
        if op.writes and name.startswith(looking) and name not in begun
    ]
    assert not wrong
