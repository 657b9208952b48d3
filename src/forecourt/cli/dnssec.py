"""forecourt dnssec: what validates the local internet."""

from __future__ import annotations

from pathlib import Path

import click

from .common import data_option, json_option, open_here, print_json


@click.group("dnssec")
def command() -> None:
    """Trust anchors of the local root.

    \b
    forecourt dnssec anchor > root.key
    """


@command.command("anchor")
@data_option
@json_option
def anchor(data: Path, as_json: bool) -> None:
    """Print the root's trust anchor as DS records."""
    from forecourt.platform.names import registry

    store = open_here(data)
    try:
        found = [ds_text(each) for each in store.write_now(registry.anchors)]
    finally:
        store.close()
    if as_json:
        print_json([{"name": ".", "type": "DS", "value": each} for each in found])
        return
    for each in found:
        click.echo(f". IN DS {each}")


def ds_text(rdata: bytes) -> str:
    """DS rdata as zone files have it."""
    return f"{int.from_bytes(rdata[:2], 'big')} {rdata[2]} {rdata[3]} {rdata[4:].hex().upper()}"
