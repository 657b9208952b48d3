"""Zone-signing keys: replaced by pre-publication, so that at each moment every cache can validate."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from forecourt.planes.dns.dnssec import LONGEST_TTL
from forecourt.services.route53 import signing
from forecourt.services.route53.signing import KNOWN, ROTATED, rotated
from tests.harness import World

from .test_dnssec import Validator, key

FRESH = {"Sealed": "fresh", "Since": 0.0}


def steps(until: float) -> list[tuple[float, list[str], str]]:
    """What is published and which key signs, at each moment of a change."""
    status: dict[str, Any] = {"Keys": [{"Sealed": "k0", "Since": 0.0}], "Current": 0}
    now, seen, made = 0.0, [], 0
    while now <= until:
        changed, wait = rotated(status, now, {"Sealed": f"k{made + 1}", "Since": now})
        if changed != status:
            made += len(changed["Keys"]) > len(status["Keys"])
            keys = [each["Sealed"] for each in changed["Keys"]]
            seen.append((now, keys, keys[changed["Current"]]))
        assert wait > 0
        status, now = changed, now + wait
    return seen


def test_the_steps_of_a_replacement() -> None:
    found = steps(ROTATED + KNOWN + LONGEST_TTL + 1)
    begins = ROTATED
    assert found == [
        (begins, ["k0", "k1"], "k0"),
        (begins + KNOWN, ["k0", "k1"], "k1"),
        (begins + KNOWN + LONGEST_TTL, ["k1"], "k1"),
    ]


def test_a_year_of_replacements() -> None:
    found = steps(365 * 86400.0)
    assert len(found) > 20
    for (_, before, signed), (moment, after, signs) in pairwise(found):
        assert signed in after  # what it signed can still be validated
        assert signs in before or moment - 0 >= KNOWN


def test_an_early_look_changes_nothing() -> None:
    status = {"Keys": [{"Sealed": "k0", "Since": 100.0}], "Current": 0}
    assert rotated(status, 200.0, FRESH) == (status, ROTATED - 100.0)


def test_answers_validate_through_a_replacement(
    world: World, route53: Any, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(world, route53, zone)
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone)
    validator = Validator(world, route53, zone)
    ahead, tags = 0.0, {tag_of(validator)}

    def later(status: Any, now: float, fresh: Any) -> Any:
        """As if time had gone on: signatures go by the real clock."""
        return rotated(status, now + ahead, {**fresh, "Since": now + ahead})

    monkeypatch.setattr(signing, "rotated", later)
    for wait in (ROTATED + 1, KNOWN + 1, LONGEST_TTL + 1.0):
        ahead += wait
        asyncio.run(reconciled(world, zone))
        tags.add(tag_of(validator))
    assert len(tags) == 2
    assert len(validator.keys()) == 2  # one of each kind


async def reconciled(world: World, zone: str) -> float | None:
    return await signing.reconcile(world.store, zone)


def tag_of(validator: Validator) -> int:
    reply = validator.ask("example.com", "NS")
    return next(int(r.key_tag) for each in reply.answer for r in each if each.rdtype == 46)


def test_a_zone_that_is_gone_is_forgotten(world: World, route53: Any, zone: str) -> None:
    key(world, route53, zone)
    route53.enable_hosted_zone_dnssec(HostedZoneId=zone)
    route53.disable_hosted_zone_dnssec(HostedZoneId=zone)
    assert asyncio.run(reconciled(world, zone)) is None
