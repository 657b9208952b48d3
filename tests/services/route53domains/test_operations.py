"""Operations as they are watched and listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.harness import World

from .calls import ask, refused, registered, settle


def test_it_is_submitted_then_done(world: World, domains: Any) -> None:
    operation = ask(domains, "example.com")
    found = domains.get_operation_detail(OperationId=operation)
    assert (found["Status"], found["Type"]) == ("SUBMITTED", "REGISTER_DOMAIN")
    assert found["DomainName"] == "example.com"
    settle(world)
    assert domains.get_operation_detail(OperationId=operation)["Status"] == "SUCCESSFUL"


def test_another_accounts(world: World, domains: Any, others: Any) -> None:
    operation = ask(domains, "example.com")
    with refused("InvalidInput", operation):
        others.get_operation_detail(OperationId=operation)
    assert others.list_operations()["Operations"] == []


def test_listing(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    ask(domains, "example.net")
    domains.disable_domain_transfer_lock(DomainName="example.com")

    def listed(**asked: Any) -> set[tuple[str, str]]:
        found = domains.list_operations(**asked)["Operations"]
        return {(each["Type"], each["DomainName"]) for each in found}

    register = {("REGISTER_DOMAIN", "example.com"), ("REGISTER_DOMAIN", "example.net")}
    assert listed() == register | {("DOMAIN_LOCK", "example.com")}
    assert listed(Type=["REGISTER_DOMAIN"]) == register
    assert listed(Status=["SUBMITTED"]) == {("REGISTER_DOMAIN", "example.net")}
    assert not listed(SubmittedSince=datetime.now(UTC) + timedelta(hours=1))
    pages = domains.get_paginator("list_operations").paginate(
        SortBy="SubmittedDate", SortOrder="ASC", PaginationConfig={"PageSize": 2}
    )
    sizes = [[each["OperationId"] for each in page["Operations"]] for page in pages]
    assert [len(each) for each in sizes] == [2, 1]
    backwards = [each["OperationId"] for each in domains.list_operations()["Operations"]]
    assert [each for page in sizes for each in page] == backwards[::-1]
    with refused("InvalidInput", "marker"):
        domains.list_operations(Marker="x")
