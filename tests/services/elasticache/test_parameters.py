"""Families' tables: each default is allowed, and engines know what they are told."""

from __future__ import annotations

import pytest

from forecourt.services.elasticache import parameters


@pytest.mark.parametrize("family", parameters.FAMILIES)
def test_defaults_are_allowed(family: str) -> None:
    for each in parameters.FAMILIES[family]:
        assert not each.allowed or parameters.fits(each, each.default), each.name


def test_what_is_told_is_what_the_engine_calls_it() -> None:
    told = parameters.directives("valkey9", {"client-output-buffer-limit-normal-hard-limit": "7"})
    assert told["client-output-buffer-limit"] == "normal 7 0 0 pubsub 33554432 8388608 60"
    assert "cluster-enabled" not in told and "reserved-memory-percent" not in told
    assert "maxclients" not in parameters.immediate("valkey9")
