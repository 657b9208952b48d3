"""Reset: what callers made goes, who may call stays."""

from __future__ import annotations

import time
from typing import Any

import dns.rcode

from forecourt.platform import quotas
from forecourt.platform.identity.accounts import FIRST
from forecourt.store import clock, feed, reset
from forecourt.store.tx import Tx
from forecourt.tables import metadata
from tests.harness import World

STAYS = {"account", "access_key", "counter", "setting", "work", "feed", "server_set", "follower",
         "reached", "authority", "issued_certificate", "crl"}  # fmt: skip


def count(tx: Tx, table: str) -> int:
    return int(tx.value(f"SELECT count(*) FROM {table}"))


def ahead(tx: Tx) -> float:
    return tx.now.timestamp() - time.time()


def test_every_table_is_emptied_or_stays() -> None:
    assert set(reset.TABLES) | STAYS == set(metadata.tables)
    assert not STAYS & set(reset.TABLES)


def test_everything_goes(world: World, route53: Any, stranger: Any) -> None:
    for client in (route53, stranger):
        made = client.create_hosted_zone(Name="example.com", CallerReference="once")
        client.create_reusable_delegation_set(CallerReference="once")
        client.create_resource_record_set_protections(
            HostedZoneId=made["HostedZone"]["Id"],
            Protections=[{"RecordName": "www.example.com", "RecordType": "A"}],
        )
    world.store.write_now(quotas.set_limit, FIRST, "MAX_HOSTED_ZONES_BY_OWNER", 1)
    assert world.ask("example.com", "SOA").answer
    seq = world.store.write_now(reset.empty)
    assert seq <= world.store.read_now(feed.head)
    for table in reset.TABLES:
        assert world.store.read_now(count, table) == 0
    assert world.ask("example.com", "SOA").rcode() == dns.rcode.REFUSED
    for client in (route53, stranger):
        assert client.list_hosted_zones()["HostedZones"] == []
        assert client.list_reusable_delegation_sets()["DelegationSets"] == []
        made = client.create_hosted_zone(Name="example.com", CallerReference="once")
    assert world.ask("example.com", "SOA").answer


def test_reserved_name_servers_are_free_again(world: World, route53: Any) -> None:
    made = route53.create_hosted_zone(Name="example.com", CallerReference="1")
    servers = made["DelegationSet"]["NameServers"]
    zone = made["HostedZone"]["Id"]
    route53.create_reusable_delegation_set(CallerReference="1", HostedZoneId=zone)
    world.store.write_now(reset.empty)
    again = route53.create_hosted_zone(Name="example.com", CallerReference="1")
    assert again["DelegationSet"]["NameServers"] == servers


def test_the_clock_goes_back(world: World) -> None:
    world.store.write_now(clock.move_forwards, 1e6)
    world.store.write_now(reset.empty)
    end = time.monotonic() + 10
    while world.store.write_now(ahead) > 1:
        assert time.monotonic() < end
