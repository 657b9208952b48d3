"""forecourt up: run an instance."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from forecourt.config import ROLES, BadConfig, read

from .common import console, data_option, fail, json_option, listeners_table, print_json

STARTED_WITHIN = 60.0  # seconds


@click.command("up")
@data_option
@json_option
@click.option(
    "--store",
    envvar="FORECOURT_STORE",  # where nobody sees a password in it
    help="Where state is kept: sqlite, or postgresql://...",
    show_default="$FORECOURT_STORE or sqlite",
)
@click.option("--master-key", help="A file with the key that several nodes share.")
@click.option("--roles", help=f"Which roles to run: {','.join(ROLES)}.")
@click.option("--bind", help="The address of what people type.", show_default="127.0.0.1")
@click.option("--network", help="What has an address of its own.", show_default="127.53.0.0/16")
@click.option("--testing", is_flag=True, help="Answer /_forecourt/reset and /_forecourt/clock.")
@click.option("--detach", is_flag=True, help="Return when it is ready, and leave it running.")
def command(
    data: Path,
    as_json: bool,
    store: str | None,
    master_key: str | None,
    roles: str | None,
    bind: str | None,
    network: str | None,
    testing: bool,
    detach: bool,
) -> None:
    """Run an instance until Ctrl-C.

    \b
    forecourt up                                     everything, on loopback
    forecourt up --detach                            in the background; `forecourt down` stops it
    forecourt up --bind 127.60.0.1 --network 127.60.0.0/16 --data ~/second
    """
    from forecourt.app import CannotStart, read_status
    from forecourt.store.secrets import MASTER_KEY

    try:
        config = read(
            data,
            store=store,
            master_key=master_key,
            roles=tuple(roles.split(",")) if roles else None,
            bind=bind,
            network=network,
            testing=testing or None,
        )
    except BadConfig as bad:
        fail(str(bad))
    try:
        if detach:
            first = not (config.data / MASTER_KEY).exists()
            start_detached(config.data)
            show(read_status(config.data), as_json, first=first)
        else:
            run_here(config, as_json)
    except CannotStart as error:
        fail(str(error))


def run_here(config: Any, as_json: bool) -> None:
    import anyio

    from forecourt import app
    from forecourt.processes import logs

    logs.start("forecourt", logging.WARNING if sys.stderr.isatty() else logging.INFO)
    instance = app.prepare(config)

    def ready(instance: app.Instance) -> None:
        # A log is no place for a secret: `forecourt env` tells it to whom it belongs.
        show(instance.status(), as_json, first=instance.fresh and sys.stdout.isatty())

    async def until_told() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(app.run, instance, ready)
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for _ in signals:
                    group.cancel_scope.cancel()
                    return

    from forecourt.platform.network.addresses import Exhausted
    from forecourt.processes.sockets import CannotBind
    from forecourt.processes.workers import reason

    try:
        app.bind(instance)
        anyio.run(until_told)
    except (CannotBind, Exhausted, ExceptionGroup, OSError) as error:
        raise app.CannotStart(reason(error)) from None


def start_detached(data: Path) -> None:
    """Start the same command in the background, its output in a file, and wait for it."""
    from forecourt import app

    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    (data / "log").mkdir(exist_ok=True, mode=0o700)
    path = data / "log" / "forecourt.log"
    words = [word for word in sys.argv[1:] if word != "--detach"]
    with open(path, "ab") as log:
        start = log.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "forecourt.cli", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=dict(os.environ),
        )

    def settled() -> bool:
        return process.poll() is not None or app.read_status(data).get("pid") == process.pid

    if not app.wait_until(settled, STARTED_WITHIN):
        process.terminate()
        raise app.CannotStart(f"it did not get ready within {STARTED_WITHIN:.0f} s; see {path}")
    if process.poll() is not None:
        said = path.read_bytes()[start:].decode(errors="replace").strip().splitlines()
        raise app.CannotStart(said[-1].removeprefix("forecourt: ") if said else f"see {path}")


def show(status: dict[str, Any], as_json: bool, *, first: bool) -> None:
    if as_json:
        print_json(status)
        sys.stdout.flush()
        return
    screen = console()
    screen.print(listeners_table(status["listeners"]))
    if first:
        from .common import root_credential

        key = root_credential(Path(status["data"]))
        screen.print(f"\nThe root credential, shown once: [bold]{key.id}[/] {key.secret}")
    screen.print(f"\nReady at [bold]{status['api']}[/].  In another terminal:")
    screen.print('  eval "$(forecourt env)"    point AWS\'s tools at it')
    screen.print("  forecourt tour             see it work")
