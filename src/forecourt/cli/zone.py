"""forecourt zone: zone files in and out (RFC 1035 §5), through the API."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import aws_client, data_option, fail, json_option, open_here, print_json

if TYPE_CHECKING:
    from forecourt.store.store import Store

MOST_RECORDS, MOST_CHARACTERS = 500, 15_000  # of a batch: UPSERT counts twice
IN_SYNC_WITHIN = 30.0  # seconds


@click.group("zone")
def command() -> None:
    """Import and export zone files.

    \b
    forecourt zone import example.com zone.txt
    forecourt zone export example.com > zone.txt
    """


@command.command("import")
@click.argument("name")
@click.argument("file", type=click.File())
@click.option("--account", help="The account whose zone it is.")
@data_option
@json_option
def import_(name: str, file: Any, account: str | None, data: Path, as_json: bool) -> None:
    """Bring the records of a zone file into a hosted zone, which is created if need be.

    The records of each name and type in the file replace those in the zone; others stay.  The zone
    keeps its own SOA and NS.
    """
    from forecourt.cli.zonefile import BadZoneFile, read_sets

    client = aws_client(data, "route53", account)
    try:
        sets = read_sets(file.read(), name)
    except (BadZoneFile, UnicodeDecodeError) as bad:
        fail(f"{file.name}: {bad}")
    change = None
    try:
        zone = find(client, name) or create(client, name)
        with click.progressbar(
            list(batches(sets)),
            label="Importing",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar:
            for batch in bar:
                change = client.change_resource_record_sets(
                    HostedZoneId=zone, ChangeBatch={"Changes": batch}
                )["ChangeInfo"]["Id"]
    except client.exceptions.ClientError as error:
        fail(error.response["Error"]["Message"])
    if change is not None:
        wait(client, change)
    if as_json:
        print_json({"HostedZoneId": zone, "RecordSets": len(sets)})
    else:
        click.echo(f"{len(sets)} record sets in {name}, zone {zone}")


@command.command("export")
@click.argument("name")
@click.option("--account", help="The account whose zone it is.")
@data_option
@json_option
def export(name: str, account: str | None, data: Path, as_json: bool) -> None:
    """Write a hosted zone as a zone file to standard output."""
    from forecourt.cli.zonefile import write_sets

    client = aws_client(data, "route53", account)
    try:
        zone = find(client, name)
    except client.exceptions.ClientError as error:
        fail(error.response["Error"]["Message"])
    if zone is None:
        fail(f"there is no hosted zone {name}")
    pages = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    sets = [each for page in pages for each in page["ResourceRecordSets"]]
    if as_json:
        print_json(sets)
    else:
        click.echo(write_sets(sets, name), nl=False)


def find(client: Any, name: str) -> str | None:
    """The id of the caller's zone of a name."""
    wanted = name.rstrip(".").lower() + "."
    page = client.list_hosted_zones_by_name(DNSName=wanted, MaxItems="1")
    for zone in page["HostedZones"]:
        if zone["Name"] == wanted:
            return str(zone["Id"])
    return None


def create(client: Any, name: str) -> str:
    made = client.create_hosted_zone(Name=name, CallerReference=f"import-{secrets.token_hex(8)}")
    return str(made["HostedZone"]["Id"])


def batches(sets: list[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    records = characters = 0
    for each in sets:
        values = [record["Value"] for record in each["ResourceRecords"]]
        size = sum(map(len, values))
        if batch and (records + len(values) > MOST_RECORDS or characters + size > MOST_CHARACTERS):
            yield batch
            batch, records, characters = [], 0, 0
        batch.append({"Action": "UPSERT", "ResourceRecordSet": each})
        records, characters = records + len(values), characters + size
    if batch:
        yield batch


def wait(client: Any, change: str) -> None:
    deadline = time.monotonic() + IN_SYNC_WITHIN
    while client.get_change(Id=change)["ChangeInfo"]["Status"] != "INSYNC":
        if time.monotonic() > deadline:
            fail("the name servers have not taken the records yet; see `forecourt status`")
        time.sleep(0.02)


@command.command("delegate")
@click.argument("name")
@click.option("--zone-id", help="Which of several hosted zones of that name.")
@click.option("--remove", is_flag=True, help="Take the delegation away.")
@data_option
@json_option
def delegate(name: str, zone_id: str | None, remove: bool, data: Path, as_json: bool) -> None:
    """Delegate a public hosted zone from the local registry, so that every resolver finds it.

    Any name will do, whether or not somebody could register it.  A signed zone is delegated with
    its DS records.
    """
    from forecourt.platform.names import registry

    wanted = name.lower().rstrip(".")
    store = open_here(data)
    try:
        if remove:
            store.write_now(registry.undelegate, wanted)
            hosts: tuple[str, ...] = ()
        else:
            hosts = delegate_here(store, wanted, zone_id)
    finally:
        store.close()
    if as_json:
        print_json({"name": f"{wanted}.", "nameservers": list(hosts)})
    else:
        click.echo(f"{wanted} is delegated to {', '.join(hosts)}" if hosts else f"{wanted} is gone")


def delegate_here(store: Store, name: str, zone_id: str | None = None) -> tuple[str, ...]:
    """Delegate a hosted zone from the local registry; its name servers."""
    from forecourt.services.route53.delegating import CannotDelegate, delegate_zone

    try:
        return store.write_now(delegate_zone, name, zone_id)
    except CannotDelegate as refused:
        fail(str(refused))
