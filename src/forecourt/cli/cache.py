"""forecourt cache: the caches that run here, and how their failovers went."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from .common import data_option, fail, json_option, open_here, print_json


@click.group("cache")
def command() -> None:
    """Look at caches and their nodes.

    \b
    forecourt cache list
    forecourt cache timeline shop          what a failover did, step by step
    """


@command.command("list")
@data_option
@json_option
def list_(data: Path, as_json: bool) -> None:
    """Print all nodes: whose they are, what they are, and where."""
    from forecourt.platform.names import registry
    from forecourt.services.elasticache import nodes
    from forecourt.services.elasticache.reconcile import place_of

    store = open_here(data)
    try:
        found, network = store.read_now(lambda tx: (nodes.everybodys(tx), registry.network(tx)))
    finally:
        store.close()
    shown = [
        {
            "id": each.id,
            "cache": each.owner.rpartition(":")[2],
            "account": each.account,
            "cluster": each.cluster,
            "node": each.number,
            "shard": each.shard,
            "role": each.role,
            "state": each.state,
            "engine": f"{each.engine} {each.version}",
            "zone": each.zone,
            "address": place_of(str(network.network_address), each.place),
            "port": each.port,
            "host": each.host,
        }
        for each in sorted(found, key=lambda each: (each.owner, each.shard, each.cluster))
    ]
    if as_json:
        print_json(shown)
        return
    for each in shown:
        click.echo(
            f"{each['cluster']:<28} {each['state']:<10} {each['role'] or 'node':<8} {each['engine']:<16}"
            f" {each['zone']:<12} {each['address']}:{each['port']}"
        )


@command.command("timeline")
@click.argument("name")
@click.option("--account", help="Whose cache it is, where several accounts have one of that name.")
@data_option
@json_option
def timeline(name: str, account: str | None, data: Path, as_json: bool) -> None:
    """Print the failovers of a replication group: detected, decided, promoted, endpoint moved, rejoined."""
    from forecourt.services.elasticache import happenings

    store = open_here(data)
    try:
        owners = store.read_now(
            lambda tx: [
                str(arn)
                for (arn,) in tx.all(
                    "SELECT arn FROM resource WHERE service = 'elasticache'"
                    " AND kind = 'replicationgroup' AND name = :name ORDER BY arn",
                    name=name.lower(),
                )
            ]
        )
        wanted = [arn for arn in owners if account in (None, arn.split(":")[4])]
        if len(wanted) != 1:
            fail(f"{len(wanted)} replication groups are called {name}")
        found = store.read_now(happenings.steps, wanted[0])
    finally:
        store.close()
    failovers = [described(list(steps)) for _, steps in groupby(found, key=lambda step: step[0])]
    if as_json:
        print_json(failovers)
        return
    for each in failovers:
        click.echo(f"{each['at']}  {each['primary']} became primary")
        for step in each["steps"]:
            click.echo(f"    {step['seconds']:>8.3f} s  {step['name']}")


def described(steps: list[tuple[str, str, str, float]]) -> dict[str, Any]:
    """One failover: when it began, and when after that each step was."""
    start = steps[0][3]
    return {
        "at": datetime.fromtimestamp(start, UTC).isoformat(timespec="milliseconds"),
        "primary": steps[0][1],
        "steps": [{"name": name, "seconds": round(at - start, 4)} for _, _, name, at in steps],
    }
