"""Hosted zones delegated from the local registry."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform.names import registry
from forecourt.services.route53.delegating import CannotDelegate, delegate_zone
from tests.harness import World

from .calls import bare, create
from .test_dnssec import key


def test_a_zone_with_its_keys(world: World, route53: Any) -> None:
    made = create(route53, "jpub.co.kr")
    hosts = made["DelegationSet"]["NameServers"]
    assert list(world.store.write_now(delegate_zone, "jpub.co.kr")) == hosts
    key(world, route53, bare(made))
    route53.enable_hosted_zone_dnssec(HostedZoneId=bare(made))
    world.store.write_now(delegate_zone, "jpub.co.kr")
    found = world.store.read_now(registry.delegation, "jpub.co.kr")
    assert found is not None
    (ds,) = found.ds
    (shown,) = route53.get_dnssec(HostedZoneId=bare(made))["KeySigningKeys"]
    assert ds[4:].hex().upper() == shown["DigestValue"]
    reply = world.ask("jpub.co.kr", "DS", view="registry-2")
    assert reply.answer[0][0].to_text().upper() == shown["DSRecord"]


def test_which_of_several(world: World, route53: Any, stranger: Any) -> None:
    with pytest.raises(CannotDelegate, match="there is no public hosted zone"):
        world.store.write_now(delegate_zone, "example.com")
    ids = [bare(create(client, "example.com")) for client in (route53, stranger)]
    with pytest.raises(CannotDelegate, match="say --zone-id"):
        world.store.write_now(delegate_zone, "example.com")
    assert world.store.write_now(delegate_zone, "example.com", ids[1])


@pytest.mark.parametrize("name", ["corp", "shop.home", "a.b.internal", "x.mail"])
def test_suffixes_for_private_use_never_are(world: World, route53: Any, name: str) -> None:
    if "." in name:
        create(route53, name)
    with pytest.raises(CannotDelegate, match="is for private use"):
        world.store.write_now(delegate_zone, name)
