"""forecourt tour: the story, run against the instance that is running."""

from __future__ import annotations

from pathlib import Path

import click

from .common import aws_client, console, data_option, json_option, print_json, running


@click.command("tour")
@click.argument("chapters", nargs=-1)
@data_option
@json_option
def command(chapters: tuple[str, ...], data: Path, as_json: bool) -> None:
    """Show, with real clients, that what the APIs say is true in the world.

    Without CHAPTERS the whole story is told.  Exit status 1 when a step fails.
    """
    from forecourt.tour import CHAPTERS, Guide, tell

    unknown = set(chapters) - CHAPTERS.keys()
    if unknown:
        raise click.BadParameter(
            f"{', '.join(sorted(unknown))}; there are {', '.join(CHAPTERS)}", param_hint="CHAPTERS"
        )
    screen = None if as_json else console()
    status = running(data)
    guide = Guide(status, lambda service, key=None: aws_client(data, service, key=key))
    steps = tell(guide, chapters or tuple(CHAPTERS), screen)
    if as_json:
        print_json([step.document for step in steps])
    if any(step.status == "failed" for step in steps):
        raise SystemExit(1)
