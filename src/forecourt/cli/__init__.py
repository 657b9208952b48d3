"""The command line: a verb a module."""

from __future__ import annotations

import importlib
import keyword
from typing import Any

import click

VERBS = (
    "account", "backup", "cache", "dig", "dnssec", "doctor", "down", "env", "lambda", "mail", "mailbox", "outbox", "queue", "resolve", "restore", "status", "tls", "topics", "tour", "trust", "up", "zone",
)  # fmt: skip


class Verbs(click.Group):
    """Imports a verb's module when it is asked for, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"forecourt.cli.{name}")
        command: click.Command = module.command
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="forecourt")
def cli() -> None:
    """Route 53, ACM, SES and ElastiCache on machines you own.

    \b
    forecourt up                 start; then, in another terminal:
    eval "$(forecourt env)"      point AWS's tools at it
    forecourt tour               see it work
    """


def main(**options: Any) -> None:
    cli(prog_name="forecourt", **options)
