"""The record of a domain, and the secret that it is made of."""

from __future__ import annotations

import re

from forecourt.platform.certificates.proving import ensure, instance_secret, record_of
from forecourt.platform.identity.accounts import FIRST
from tests.harness import SECOND, World


def test_the_record(world: World) -> None:
    apex = world.store.read_now(record_of, FIRST, "jpub.co.kr")
    assert re.fullmatch(r"_[0-9a-f]{32}\.jpub\.co\.kr\.", apex["Name"])
    assert re.fullmatch(r"_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.", apex["Value"])
    assert world.store.read_now(record_of, FIRST, "*.jpub.co.kr") == apex
    assert world.store.read_now(record_of, SECOND, "jpub.co.kr") != apex
    assert world.store.read_now(record_of, FIRST, "a.jpub.co.kr") != apex


def test_the_secret_stays(world: World) -> None:
    secret = world.store.read_now(instance_secret)
    world.store.write_now(ensure)
    assert world.store.read_now(instance_secret) == secret
    assert len(secret) == 32
