"""What is looked at again, and when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from forecourt.services.workmail.reconcile import AGAIN, plain, reconcile
from tests.harness import World
from tests.services.workmail.calls import look, publish


def test_a_domain_that_is_gone_is_not_looked_at_again(world: World) -> None:
    assert look(world, "jpub.co.kr") is None


def test_what_cannot_be_asked_stays_as_it_was(world: World, workmail: Any, org: str) -> None:
    workmail.register_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    publish(world, "jpub.co.kr")

    async def nobody(name: str, type_: str) -> list[str]:
        raise OSError("nobody answers")

    assert asyncio.run(reconcile(world.store, nobody, "jpub.co.kr")) == AGAIN
    found = workmail.get_mail_domain(OrganizationId=org, DomainName="jpub.co.kr")
    assert found["DkimVerificationStatus"] == "VERIFIED"


@pytest.mark.parametrize(("value", "text"), [('"a" "b"', "ab"), ('"a"', "a"), ("a", "a")])
def test_strings_of_a_value_are_one(value: str, text: str) -> None:
    assert plain(value) == text
