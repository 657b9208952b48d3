"""forecourt status: what runs, and where it listens."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from .common import NOT_RUNNING, console, data_option, json_option, listeners_table, print_json


@click.command("status")
@data_option
@json_option
def command(data: Path, as_json: bool) -> None:
    """Show what listens where.

    Exit status 3 when nothing runs.
    """
    from forecourt.app import read_status

    status = read_status(data)
    if as_json:
        print_json(status)
    elif status["ready"]:
        screen = console()
        screen.print(
            f"Ready at [bold]{status['api']}[/], process {status['pid']}, data {escape(str(data))}\n"
        )
        screen.print(listeners_table(status["listeners"]))
    else:
        click.echo(f"No instance runs on {data}.")
    if not status["ready"]:
        raise SystemExit(NOT_RUNNING)
