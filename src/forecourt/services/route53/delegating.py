"""Delegating hosted zones from the local registry, as a registrar would that knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.platform.names import registry, server_sets, suffixes

from . import dnssec, signing
from .hosted_zones import create_hosted_zone
from .zones import COLUMNS, Zone

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


class CannotDelegate(Exception):
    """There is no one zone to delegate; the text says why."""


def delegate_zone(tx: Tx, name: str, zone_id: str | None = None) -> tuple[str, ...]:
    """Delegate the public hosted zone of a name to its name servers.  CannotDelegate."""
    if suffixes.is_for_private_use(name):
        raise CannotDelegate(f"{name} is for private use: its suffix is never delegated")
    rows = tx.all(
        f"SELECT {COLUMNS} FROM route53_zone WHERE name = :name AND server_set > 0 ORDER BY id",
        name=f"{name}.",
    )
    zones = [zone for zone in map(Zone.of, rows) if zone_id in (None, zone.id)]
    if not zones:
        raise CannotDelegate(f"there is no public hosted zone {name}")
    if len(zones) > 1:
        ids = ", ".join(zone.id for zone in zones)
        raise CannotDelegate(f"there are several hosted zones {name}: say --zone-id, one of {ids}")
    hosts = server_sets.get(tx, zones[0].server_set).hosts
    registry.delegate(tx, name, hosts, ds_of(tx, zones[0]))
    return hosts


def make_zone(tx: Tx, name: str, reference: str) -> list[str]:
    """The hosted zone of a domain that was registered, for the caller; its name servers."""
    made = create_hosted_zone(
        tx,
        {
            "Name": name,
            "CallerReference": reference,
            "HostedZoneConfig": {"Comment": "HostedZone created by Route53 Registrar"},
        },
    )
    return list(made["DelegationSet"]["NameServers"])


def ds_of(tx: Tx, zone: Zone) -> list[bytes]:
    """The DS rdata of a zone's active key-signing keys; none where it is not signed."""
    if not signing.is_signing(tx, zone.id):
        return []
    return [dnssec.ds_of(zone, each) for each in dnssec.active_keys(tx, zone.id)]
