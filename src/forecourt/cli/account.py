"""forecourt account: more accounts, and their quotas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .common import data_option, fail, json_option, open_here, print_json


@click.group("account")
def command() -> None:
    """Add and list accounts; set their quotas.

    \b
    forecourt account add 111122223333 --name staging
    eval "$(forecourt env --account 111122223333)"
    """


def with_store(data: Path, change: Any, *args: Any) -> Any:
    """Run a write on the store of a data directory, beside the instance if one runs."""
    from forecourt.store.store import Unavailable

    store = open_here(data)
    try:
        return store.write_now(change, *args)
    except Unavailable as error:
        fail(str(error))
    finally:
        store.close()


def checked(account: str) -> str:
    from forecourt.platform.identity import accounts

    if not accounts.ID.match(account):
        fail(f"{account} is not an account: 12 digits")
    return account


@command.command("add")
@click.argument("account")
@click.option("--name", default="", help="What to call it.")
@data_option
@json_option
def add(account: str, name: str, data: Path, as_json: bool) -> None:
    """Add an account and a key for its root."""
    from forecourt.platform.identity import accounts
    from forecourt.services.ec2 import defaults

    key_id, secret = accounts.new_key_id(checked(account)), accounts.new_secret()

    def change(tx: Any) -> None:
        accounts.create_account(tx, account, name)
        accounts.add_key(tx, account, accounts.root_arn(account), key_id, secret)
        defaults.create(tx, account)

    with_store(data, change)
    made = {"Account": account, "AccessKeyId": key_id, "SecretAccessKey": secret}
    if as_json:
        print_json(made)
    else:
        click.echo(f"Account {account}, root key {key_id} {secret}")


@command.command("list")
@data_option
@json_option
def list_(data: Path, as_json: bool) -> None:
    """List the accounts."""
    from forecourt.platform.identity import accounts

    found = with_store(data, accounts.list_accounts)
    if as_json:
        print_json([{"Account": each.id, "Name": each.name} for each in found])
        return
    for each in found:
        click.echo(f"{each.id}  {each.name}")


@command.command("quota")
@click.argument("account")
@click.argument("name")
@click.argument("value", type=click.IntRange(min=0))
@data_option
@json_option
def quota(account: str, name: str, value: int, data: Path, as_json: bool) -> None:
    """Set a quota of an account.

    \b
    forecourt account quota 000000000000 MAX_RRSETS_BY_ZONE 1000000
    """
    from forecourt.platform import quotas

    if name not in quotas.DEFAULTS:
        fail(f"{name} is not a quota; there are {', '.join(quotas.DEFAULTS)}")
    with_store(data, quotas.set_limit, checked(account), name, value)
    if as_json:
        print_json({"Account": account, "Name": name, "Value": value})
    else:
        click.echo(f"{name} of {account} is {value}.")
