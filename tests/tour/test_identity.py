"""The chapter on identity: it holds, and it cleans up after itself however it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from forecourt.services.ec2 import defaults
from forecourt.tour import Guide, tell
from forecourt.tour.identity import refused
from tests.harness import FIRST_KEY, World

STEPS = 7


def clients(world: World) -> Any:
    """Clients as the command line gives them to chapters."""

    def client(service: str, key: Mapping[str, Any] | None = None) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=world.url,
            aws_access_key_id=key["AccessKeyId"] if key else FIRST_KEY[0],
            aws_secret_access_key=key["SecretAccessKey"] if key else FIRST_KEY[1],
            aws_session_token=key.get("SessionToken") if key else None,
        )

    return client


def left(world: World) -> tuple[int, int]:
    iam = world.client("iam")
    return len(iam.list_users()["Users"]), len(iam.list_roles()["Roles"])


def test_the_chapter(world: World) -> None:
    world.store.write_now(defaults.renew)
    steps = tell(Guide({"listeners": []}, clients(world)), ("identity",), None)
    assert [step.status for step in steps] == ["ok"] * STEPS, [step.evidence for step in steps]
    assert "no identity-based policy allows the route53:ListHostedZones" in steps[1].evidence
    assert "no session policy allows" in steps[4].evidence
    assert left(world) == (0, 0)


def test_a_chapter_that_fails_leaves_nothing(world: World) -> None:
    """Without a default VPC the sixth step fails; the user and the role of the steps before it go."""
    world.store.write_now(defaults.renew)
    world.store.write_now(lambda tx: tx.run("DELETE FROM resource WHERE service = 'ec2'"))
    steps = tell(Guide({"listeners": []}, clients(world)), ("identity",), None)
    assert [step.status for step in steps] == ["ok"] * 5 + ["failed"]
    assert left(world) == (0, 0)


def test_what_is_allowed_is_no_refusal() -> None:
    with pytest.raises(AssertionError, match="it was allowed"):
        refused(lambda: None)
