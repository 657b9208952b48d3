"""MTA-STS policies: fetched once, kept while they hold, and never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from forecourt.config import Config
from forecourt.platform.egress import Egress
from forecourt.roles.mail import policies
from forecourt.roles.mail.policies import Policies
from tests.harness import World
from tests.roles.mail.conftest import Names

TEXT = "version: STSv1\nmode: enforce\nmx: mx.b.test\nmax_age: 86400\n"


class Web:
    """Who answers at the policy's place."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.text: str | None = TEXT

    def get(self, host: str, address: str, context: Any) -> str:
        self.asked.append((host, address))
        if self.text is None:
            raise OSError("nobody is there")
        return self.text


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    found = Web()
    monkeypatch.setattr(policies, "get", found.get)
    return found


@pytest.fixture
def known(world: World, tmp_path: Path, names: Names) -> Policies:
    names.add("_mta-sts.b.test", "TXT", '"v=STSv1; id=1;"')
    names.add("mta-sts.b.test", "A", "10.0.0.1")
    return Policies(Config(tmp_path), world.store, names, Egress("127.53.0.0/16"))


def of(found: Policies, domain: str = "b.test") -> Any:
    return anyio.run(found.of, domain)


def test_a_policy_is_fetched_once(known: Policies, web: Web) -> None:
    for _ in range(3):
        policy = of(known)
        assert policy.mode == "enforce" and policy.allows("mx.b.test")
    assert web.asked == [("mta-sts.b.test", "10.0.0.1")]


def test_a_new_id_means_a_new_policy(known: Policies, web: Web, names: Names) -> None:
    of(known)
    names.add("_mta-sts.b.test", "TXT", '"v=STSv1; id=2;"')
    web.text = TEXT.replace("enforce", "testing")
    assert of(known).mode == "testing"


def test_what_is_known_holds_while_nobody_answers(known: Policies, web: Web, names: Names) -> None:
    of(known)
    names.add("_mta-sts.b.test", "TXT", '"v=STSv1; id=2;"')
    web.text = None
    assert of(known).mode == "enforce"
    names.failing.add("_mta-sts.b.test")
    assert of(known).mode == "enforce"


def test_without_a_record_nothing_is_fetched(known: Policies, web: Web) -> None:
    assert of(known, "c.test") is None and web.asked == []


def test_addresses_that_are_not_allowed_are_not_asked(
    known: Policies, web: Web, names: Names
) -> None:
    names.add("mta-sts.b.test", "A", "203.0.113.1")
    assert of(known) is None and web.asked == []


def test_a_failure_is_remembered_for_a_while(known: Policies, web: Web) -> None:
    web.text = None
    assert of(known) is None and of(known) is None
    assert len(web.asked) == 1
