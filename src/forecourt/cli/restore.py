"""forecourt restore: an instance out of a backup."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from .common import data_option, fail, json_option, print_json


@click.command("restore")
@click.argument("file", type=click.File("rb"))
@data_option
@json_option
@click.option("--store", default="sqlite", show_default=True, help="Where state is to be kept.")
def command(file: Any, data: Path, as_json: bool, store: str) -> None:
    """Make an instance out of a backup, in an empty data directory.

    The database may be another than the one the backup was made of.
    """
    from forecourt.app import CONFIG, is_running
    from forecourt.config import BadConfig, build
    from forecourt.platform.identity import accounts
    from forecourt.platform.mail import mailboxes
    from forecourt.store import archive
    from forecourt.store.opening import CannotOpen, open_store
    from forecourt.store.secrets import MASTER_KEY, overwrite
    from forecourt.store.store import Unavailable
    from forecourt.tables import metadata

    if is_running(data):
        fail(f"an instance runs on {data}; stop it first, or name another --data")
    if (data / MASTER_KEY).exists():
        fail(f"{data} is not empty; name another --data")
    try:
        archive.verify(file, metadata.sorted_tables)
        config = build({"data": data, "store": store})
    except (archive.BadArchive, BadConfig, OSError) as error:
        fail(f"{file.name}: {error}")
    before = set(data.iterdir()) if data.exists() else set()
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        (data / "run").mkdir(exist_ok=True, mode=0o700)
        archive.restore_files(file, data)
        overwrite(data / "run" / CONFIG, config.dump().encode())
        opened = open_store(data, store, (data / MASTER_KEY).read_bytes())
        try:
            if opened.read_now(accounts.list_accounts):
                raise CannotOpen("the database is not empty; name another --store")
            rows = opened.write_now(archive.restore_rows, file, metadata.sorted_tables)
            opened.write_now(mailboxes.renew)
        finally:
            opened.close()
    except BaseException as error:
        clear(data, before)
        if isinstance(error, archive.BadArchive | CannotOpen | Unavailable | OSError):
            fail(f"{file.name}: {error}")
        raise
    if as_json:
        print_json({"rows": rows, "data": str(data)})
    else:
        click.echo(f"{rows} rows restored; start it with `forecourt up --data {data}`")


def clear(data: Path, before: set[Path]) -> None:
    """Take away what a restore that failed has made."""
    for path in set(data.iterdir()) - before if data.exists() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
