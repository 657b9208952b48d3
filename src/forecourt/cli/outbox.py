"""forecourt outbox: mail that services sent to people."""

from __future__ import annotations

from pathlib import Path

import click

from .common import data_option, json_option, open_here, print_json


@click.command("outbox")
@data_option
@json_option
def command(data: Path, as_json: bool) -> None:
    """Print the mail that services sent, the oldest first, wherever it went.

    Among it are the links by which certificates are approved and addresses verified.
    """
    from forecourt.platform import outbox

    store = open_here(data)
    try:
        found = store.read_now(outbox.sent)
    finally:
        store.close()
    if as_json:
        print_json([{"created": each.created.isoformat(), **each.spec} for each in found])
        return
    for each in found:
        click.echo(f"Date: {each.created:%Y-%m-%d %H:%M:%S} UTC")
        click.echo(f"To: {each.spec['To']}\nSubject: {each.spec['Subject']}\n")
        click.echo(each.spec["Text"].rstrip() + "\n")
