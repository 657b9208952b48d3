"""Domains that change hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forecourt.platform.identity import accounts
from tests.harness import SECOND, World

from .calls import CONTACT, detail, refused, registered, settle

CONTACTS = {f"{kind}Contact": {**CONTACT, "FirstName": "Bob"} for kind in ("Admin", "Registrant", "Tech")}  # fmt: skip


def transferability(client: Any) -> str:
    found = client.check_domain_transferability(DomainName="example.com")
    return str(found["Transferability"]["Transferable"])


def test_by_the_code(world: World, domains: Any, others: Any) -> None:
    assert transferability(others) == "UNTRANSFERABLE"
    before = registered(world, domains, "example.com")["ExpirationDate"]
    assert transferability(domains) == "DOMAIN_IN_OWN_ACCOUNT"
    assert transferability(others) == "DOMAIN_IN_ANOTHER_ACCOUNT"
    code = domains.retrieve_domain_auth_code(DomainName="example.com")["AuthCode"]
    asked = {"DomainName": "example.com", "DurationInYears": 1, **CONTACTS}
    with refused("TLDRulesViolation"):
        others.transfer_domain(AuthCode=code, **asked)
    domains.disable_domain_transfer_lock(DomainName="example.com")
    assert transferability(others) == "TRANSFERABLE"
    with refused("InvalidInput", "code"):
        others.transfer_domain(AuthCode="x", **asked)
    with refused("DuplicateRequest"):
        domains.transfer_domain(AuthCode=code, **asked)
    with refused("InvalidInput"):
        others.transfer_domain(AuthCode="", **asked)
    for servers in ([{"Name": "victim.com", "GlueIps": ["192.0.2.1"]}], [{"Name": "com"}]):
        with refused("InvalidInput"):
            others.transfer_domain(AuthCode=code, Nameservers=servers, **asked)
    first, second = (
        others.transfer_domain(AuthCode=code, **asked)["OperationId"] for _ in range(2)
    )
    settle(world)
    assert others.get_operation_detail(OperationId=first)["Status"] == "SUCCESSFUL"
    late = others.get_operation_detail(OperationId=second)  # it is locked by now
    assert late["Status"] == "FAILED"
    assert "locked" in late["Message"]
    found = detail(others, "example.com")
    assert found["ExpirationDate"].year == before.year + 1
    assert found["RegistrantContact"]["FirstName"] == "Bob"
    assert others.retrieve_domain_auth_code(DomainName="example.com")["AuthCode"] != code
    with refused("InvalidInput"):
        detail(domains, "example.com")


def test_by_a_password(world: World, domains: Any, others: Any) -> None:
    registered(world, domains, "example.com")
    for account in (accounts.FIRST, "999999999999"):
        with refused("InvalidInput"):
            domains.transfer_domain_to_another_aws_account(
                DomainName="example.com", AccountId=account
            )
    offer = domains.transfer_domain_to_another_aws_account(
        DomainName="example.com", AccountId=SECOND
    )
    with refused("DuplicateRequest"):
        domains.transfer_domain_to_another_aws_account(DomainName="example.com", AccountId=SECOND)
    with refused("InvalidInput", "password"):
        others.accept_domain_transfer_from_another_aws_account(
            DomainName="example.com", Password="x"
        )
    others.accept_domain_transfer_from_another_aws_account(
        DomainName="example.com", Password=offer["Password"]
    )
    assert detail(others, "example.com")["DomainName"] == "example.com"
    assert domains.list_domains()["Domains"] == []
    settle(world)
    found = domains.get_operation_detail(OperationId=offer["OperationId"])
    assert found["Status"] == "SUCCESSFUL"
    with refused("InvalidInput", "not offered"):
        others.accept_domain_transfer_from_another_aws_account(
            DomainName="example.com", Password=offer["Password"]
        )


def test_rejected_and_cancelled(
    world: World, domains: Any, others: Any, later: Callable[[float], None]
) -> None:
    registered(world, domains, "example.com")
    asked = {"DomainName": "example.com"}

    def status(operation: str) -> str:
        return str(domains.get_operation_detail(OperationId=operation)["Status"])

    def offer() -> Any:
        return domains.transfer_domain_to_another_aws_account(AccountId=SECOND, **asked)

    one = offer()["OperationId"]
    assert status(one) == "IN_PROGRESS"
    others.reject_domain_transfer_from_another_aws_account(**asked)
    settle(world)
    assert status(one) == "FAILED"
    two = offer()
    domains.cancel_domain_transfer_to_another_aws_account(**asked)
    settle(world)
    assert status(two["OperationId"]) == "FAILED"
    with refused("InvalidInput"):
        domains.cancel_domain_transfer_to_another_aws_account(**asked)
    with refused("InvalidInput"):
        others.accept_domain_transfer_from_another_aws_account(Password=two["Password"], **asked)
    three = offer()
    later(3)
    with refused("InvalidInput", "not offered"):
        others.accept_domain_transfer_from_another_aws_account(Password=three["Password"], **asked)
    settle(world)
    assert status(three["OperationId"]) == "FAILED"
    assert offer()["Password"]


def test_no_other_registrar(world: World, domains: Any) -> None:
    for name in ("example.com", "example.co.uk"):
        registered(world, domains, name)
        with refused("InvalidInput"):
            domains.push_domain(DomainName=name, Target="TAG")
    with refused("InvalidInput"):
        domains.resend_operation_authorization(OperationId="x")
