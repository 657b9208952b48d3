"""forecourt down: stop an instance."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import click

from .common import data_option, fail, json_option, print_json, running

STOPPED_WITHIN = 15.0  # seconds


@click.command("down")
@data_option
@json_option
def command(data: Path, as_json: bool) -> None:
    """Stop the instance of a data directory, and wait until it has."""
    from forecourt.app import is_running, wait_until

    status = running(data)
    os.kill(status["pid"], signal.SIGTERM)
    if not wait_until(lambda: not is_running(data), STOPPED_WITHIN):
        fail(f"process {status['pid']} did not stop within {STOPPED_WITHIN:.0f} s")
    if as_json:
        print_json({"stopped": True})
    else:
        click.echo("Stopped.")
