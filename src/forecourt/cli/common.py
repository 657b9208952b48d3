"""What every verb has: --data, --json, and failing in one clear sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.table import Table

from forecourt.config import default_data

if TYPE_CHECKING:
    from forecourt.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])

FAILED, NOT_RUNNING = 1, 3  # exit codes; click's own for wrong usage is 2

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_data,
    show_default="$FORECOURT_DATA or ~/.local/share/forecourt",
    help="The instance's data directory.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def fail(message: str, code: int = FAILED) -> NoReturn:
    click.echo(f"forecourt: {message}", err=True)
    raise SystemExit(code)


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2))


def running(data: Path) -> dict[str, Any]:
    """The status of the instance, which must be running."""
    from forecourt.app import read_status

    status = read_status(data)
    if not status["ready"]:
        fail(f"no instance runs on {data}; start one with `forecourt up`", NOT_RUNNING)
    return status


def open_here(data: Path) -> Store:
    """The store of a data directory, as its instance was last started."""
    from forecourt import config
    from forecourt.app import CONFIG
    from forecourt.store.opening import CannotOpen, open_store
    from forecourt.store.secrets import MASTER_KEY

    try:
        settings = config.load((data / "run" / CONFIG).read_text())
        return open_store(data, settings.store, (data / MASTER_KEY).read_bytes())
    except FileNotFoundError:
        fail(f"{data} holds no instance; start one with `forecourt up`", NOT_RUNNING)
    except (CannotOpen, OSError, ValueError) as error:
        fail(str(error))


def root_credential(data: Path, account: str | None = None) -> Any:
    """The key of an account's root, out of the data directory."""
    from forecourt.platform.identity import accounts
    from forecourt.store.store import Unavailable

    store = open_here(data)
    try:
        key = store.read_now(accounts.root_key, account or accounts.FIRST)
        if key is None and account is None:  # a fixed credential of another account
            for each in store.read_now(accounts.list_accounts):
                key = key or store.read_now(accounts.root_key, each.id)
    except (Unavailable, ValueError) as error:
        fail(str(error))
    finally:
        store.close()
    if key is None:
        fail(f"account {account or accounts.FIRST} has no root key")
    return key


def aws_client(
    data: Path, service: str, account: str | None = None, key: Mapping[str, Any] | None = None
) -> Any:
    """A botocore client of the running instance, signed by an account's root or with a key as IAM
    and STS answer it.
    """
    import botocore.session

    status = running(data)
    if key is None:
        root = root_credential(data, account)
        key = {"AccessKeyId": root.id, "SecretAccessKey": root.secret}
    return botocore.session.Session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=status["api"],
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )


def listeners_table(listeners: list[dict[str, Any]]) -> Table:
    table = Table("name", "protocol", "address", "port", box=None, header_style="bold")
    for each in listeners:
        table.add_row(each["name"], each["protocol"], each["address"], str(each["port"]))
    return table


def console() -> Console:
    return Console(highlight=False)
