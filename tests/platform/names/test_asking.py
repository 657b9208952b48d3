"""Answers out of the store are those of the name servers."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.names.asking import address_of
from tests.harness import World
from tests.services.route53.calls import a, bare, change, create, rrset


def found(world: World, host: str) -> str | None:
    return world.store.read_now(address_of, host)


def test_addresses_of_hosts(world: World, route53: Any) -> None:
    zone = bare(create(route53, "example.com"))
    other = bare(create(route53, "example.net"))
    change(
        route53, zone,
        ("CREATE", a("www.example.com", "192.0.2.1")), ("CREATE", a("*.wild.example.com", "192.0.2.2")),
        ("CREATE", rrset("c.example.com", "CNAME", "far.example.net")),
        ("CREATE", rrset("loop.example.com", "CNAME", "loop.example.net")),
    )  # fmt: skip
    change(
        route53, other,
        ("CREATE", a("far.example.net", "192.0.2.3")),
        ("CREATE", rrset("loop.example.net", "CNAME", "loop.example.com")),
    )  # fmt: skip
    for host, address in (
        ("www.example.com", "192.0.2.1"), ("WWW.Example.com.", "192.0.2.1"),
        ("x.y.wild.example.com", "192.0.2.2"), ("c.example.com", "192.0.2.3"),
        ("none.example.com", None), ("wild.example.com", None), ("loop.example.com", None),
        ("www.elsewhere.test", None),
    ):  # fmt: skip
        assert found(world, host) == address, host


@pytest.mark.parametrize("host", ["x" * 300 + ".test", "\u00fc.test", ""])
def test_hosts_that_are_none(world: World, host: str) -> None:
    assert found(world, host) is None
