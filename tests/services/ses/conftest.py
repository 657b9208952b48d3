"""SES for an account that may send: out of the sandbox, with a proven domain."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World

from .calls import verify


@pytest.fixture
def ses(world: World) -> Any:
    return world.client("ses")


@pytest.fixture
def sesv2(world: World) -> Any:
    return world.client("sesv2")


@pytest.fixture
def manager(world: World) -> Any:
    return world.client("mailmanager")


@pytest.fixture
def production(sesv2: Any) -> None:
    sesv2.put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://app.test", ProductionAccessEnabled=True
    )


@pytest.fixture
def domain(world: World, sesv2: Any) -> str:
    sesv2.create_email_identity(EmailIdentity="app.test")
    verify(world, "app.test")
    return "app.test"
