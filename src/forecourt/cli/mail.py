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


@command.command("captured")
@click.argument("number", type=int, required=False)
@data_option
@json_option
def captured(number: int | None, data: Path, as_json: bool) -> None:
    """Print the mail that was captured instead of leaving, the oldest first; or one message, whole."""
    from forecourt.platform.mail import contents, sink
    from forecourt.store.blobs import Blobs

    store = open_here(data)
    try:
        found = store.read_now(sink.messages)
        if number is None:
            chosen = None
        else:
            chosen = next((each for each in found if each.number == number), None)
            if chosen is None:
                fail(f"there is no captured message {number}")
        content = b""
        if chosen is not None:
            kept = store.read_now(contents.start_of, chosen.content, None)
            blobs = Blobs(data / contents.FOLDER)
            content = kept if kept is not None else contents.read(blobs, chosen.content)
    finally:
        store.close()
    if chosen is not None:
        text = content.decode("utf-8", "replace").replace("\r\n", "\n")
        if as_json:
            print_json({**chosen.document, "message": text})
        else:
            click.echo(text, nl=False)
        return
    if as_json:
        print_json([each.document for each in found])
        return
    for each in found:
        at = datetime.fromtimestamp(each.at, UTC)
        click.echo(
            f"{each.number:>5}  {at:%Y-%m-%d %H:%M:%S}  {each.sender} to {each.recipients}: {each.subject}"
        )
