"""forecourt mail: the path a message took."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from .common import data_option, fail, json_option, open_here, print_json


@click.group("mail")
def command() -> None:
    """Follow messages.

    \b
    forecourt mail trace '<20261125@jpub.co.kr>'
    """


@command.command("trace")
@click.argument("message_id")
@data_option
@json_option
def trace(message_id: str, data: Path, as_json: bool) -> None:
    """Print the path of a message by its Message-ID: submitted, sent, received, stored, read."""
    from forecourt.platform.mail import steps

    store = open_here(data)
    try:
        found = store.read_now(steps.path, message_id)
    finally:
        store.close()
    if not found:
        fail(f"no message {message_id} came by in the last 30 days")
    if as_json:
        print_json(
            [
                {"at": datetime.fromtimestamp(at, UTC).isoformat(), "step": step, "detail": detail}
                for at, step, detail in found
            ]
        )
        return
    for at, step, detail in found:
        click.echo(f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f}"[:-3] + f"  {step:<10} {detail}")
