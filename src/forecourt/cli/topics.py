"""forecourt topics: messages that did not reach their subscribers."""

from __future__ import annotations

from pathlib import Path

import click

from .common import data_option, json_option, open_here, print_json


@click.group("topics")
def command() -> None:
    """Look at what topics could not deliver.

    \b
    forecourt topics dead-letters
    forecourt topics dead-letters arn:aws:sqs:us-east-1:000000000000:failed
    """


@command.command("dead-letters")
@click.argument("queue", required=False, default="")
@data_option
@json_option
def dead_letters(queue: str, data: Path, as_json: bool) -> None:
    """Print them, of all queues that redrive policies name or of one, the oldest first."""
    from forecourt.platform.notify import delivering

    store = open_here(data)
    try:
        found = store.read_now(delivering.dead_letters, queue)
    finally:
        store.close()
    if as_json:
        print_json(found)
        return
    for each in found:
        click.echo(f"{each['Timestamp']}  {each['QueueArn']}  {each['Reason']}\n{each['Body']}\n")
