"""forecourt queue: mail on its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from .common import data_option, fail, json_option, open_here, print_json


@click.group("queue")
def command() -> None:
    """Look at the mail that is on its way, and say what becomes of it.

    \b
    forecourt queue list
    forecourt queue retry 3f9c0a…      or --all
    """


@command.command("list")
@data_option
@json_option
def list_(data: Path, as_json: bool) -> None:
    """Print the messages that are on their way, the oldest first."""
    from forecourt.platform.mail import queue

    store = open_here(data)
    try:
        found = store.read_now(queue.all_waiting)
    finally:
        store.close()
    if as_json:
        print_json([document(message, waiting) for message, waiting in found])
        return
    for message, waiting in found:
        click.echo(f"{message.id}  {message.size} bytes  from <{message.sender}>")
        for each in waiting:
            click.echo(f"    {each.state:<9} {each.address}  {each.said}")


@command.command("show")
@click.argument("id")
@data_option
@json_option
def show(id: str, data: Path, as_json: bool) -> None:
    """Print one message of the queue: where it stands, and its header."""
    from forecourt.planes.mail.mime import header_end
    from forecourt.platform.mail import contents, queue
    from forecourt.store.blobs import Blobs

    store = open_here(data)
    try:
        message = store.read_now(queue.get, id)
        if message is None:
            fail(f"there is no message {id} in the queue")
        waiting = store.read_now(queue.waiting, id)
        content = store.read_now(contents.start_of, message.content, 65536)
        if content is None:
            content = contents.read(Blobs(data / contents.FOLDER), message.content, 65536)
    finally:
        store.close()
    header = (
        content[: header_end(content)].decode("utf-8", "replace").replace("\r\n", "\n").rstrip()
    )
    if as_json:
        print_json(document(message, waiting) | {"header": header})
        return
    for each in waiting:
        due = datetime.fromtimestamp(each.due, UTC)
        click.echo(
            f"{each.state:<9} {each.address}  {each.attempts} attempts, next {due:%F %T}  {each.said}"
        )
    click.echo("\n" + header)


def document(message: Any, waiting: list[Any]) -> dict[str, Any]:
    return {
        "id": message.id,
        "messageId": message.message_id,
        "sender": message.sender,
        "size": message.size,
        "created": datetime.fromtimestamp(message.created, UTC).isoformat(),
        "recipients": [
            {
                "address": each.address,
                "state": each.state,
                "attempts": each.attempts,
                "due": datetime.fromtimestamp(each.due, UTC).isoformat(),
                "said": each.said,
            }
            for each in waiting
        ],
    }


def action(name: str, text: str, done: str) -> Callable[..., None]:
    """A command that does something to messages of the queue."""

    @command.command(name, help=text)
    @click.argument("ids", nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="All messages of the queue.")
    @data_option
    @json_option
    def run(ids: tuple[str, ...], everything: bool, data: Path, as_json: bool) -> None:
        from forecourt.platform.mail import queue

        if bool(ids) == everything:
            raise click.UsageError("Say which messages, or --all.")
        act: Any = getattr(queue, name)
        store = open_here(data)
        try:
            count = store.write_now(lambda tx: act(tx, queue.ids(tx, ids)))
        finally:
            store.close()
        if as_json:
            print_json({"messages": count})
        else:
            click.echo(f"{count} messages {done}")

    made: Callable[..., None] = run
    return made


retry = action("retry", "Try messages again now, held ones too.", "are tried again")
hold = action("hold", "Keep messages from being tried.", "are held")
drop = action("drop", "Take messages out of the queue, without a word to anybody.", "are dropped")
