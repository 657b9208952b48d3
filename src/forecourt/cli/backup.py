"""forecourt backup: everything of an instance in one file, while it runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from forecourt import __version__

from .common import data_option, fail, json_option, open_here, print_json


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def command(file: Path, data: Path, as_json: bool) -> None:
    """Write a backup, as of one moment, of an instance that may be running.

    FILE holds the master key: keep it as you would keep the machine.

    \b
    forecourt backup monday.fcb
    forecourt restore monday.fcb --data ~/elsewhere
    """
    from forecourt.store import archive
    from forecourt.store.store import Unavailable
    from forecourt.tables import metadata

    store = open_here(data)
    temporary = file.with_name(f".{file.name}.part")
    try:
        opener = lambda path, flags: os.open(path, flags, 0o600)
        with open(temporary, "wb", opener=opener) as target:
            rows = store.read_now(archive.write, metadata.sorted_tables, data, __version__, target)
            target.flush()
            os.fsync(target.fileno())
        temporary.rename(file)
    except (Unavailable, OSError) as error:
        temporary.unlink(missing_ok=True)
        fail(f"{file} cannot be written: {error}")
    finally:
        store.close()
    if as_json:
        print_json({"file": str(file), "rows": rows, "bytes": file.stat().st_size})
    else:
        click.echo(f"{rows} rows, {file.stat().st_size} bytes in {file}")
