"""forecourt lambda: functions that topics, buckets, alarms and callers invoke."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import click

from .common import data_option, fail, json_option, open_here, print_json

REGION = "us-east-1"
region_option = click.option("--region", default=REGION, show_default=True, help="Its region.")
account_option = click.option("--account", help="Whose it is; the first account's by default.")


@click.group("lambda")
def command() -> None:
    """Register functions: Python of yours, or a URL that takes events.

    \b
    forecourt lambda add resize images:on_upload --path ./functions
    forecourt lambda add notify --url http://127.0.0.1:8000/events
    aws lambda invoke --function-name resize --payload '{}' answer.json
    """


@command.command("add")
@click.argument("name")
@click.argument("handler", required=False, default="")
@click.option("--path", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--url", default="", help="Post events there in place of running Python.")
@click.option("--timeout", default=3, show_default=True, help="Seconds.")
@click.option("--memory", default=128, show_default=True, help="MiB.")
@click.option("--env", "environment", multiple=True, metavar="NAME=VALUE")
@region_option
@account_option
@data_option
@json_option
def add(
    name: str,
    handler: str,
    path: Path,
    url: str,
    timeout: int,
    memory: int,
    environment: tuple[str, ...],
    region: str,
    account: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Register NAME: HANDLER (module:function) of the Python in a folder, or a URL."""
    from forecourt.aws.errors import AwsError
    from forecourt.platform.identity.accounts import FIRST
    from forecourt.services.lambda_ import functions
    from forecourt.store.tx import Call

    if bool(handler) == bool(url):
        fail("say either which function runs (module:function), or --url")
    if handler and ":" not in handler:
        fail(f"{handler} is not module:function")
    if url and not url.startswith(("http://", "https://")):
        fail(f"{url} is no URL of http or https")
    spec: dict[str, Any] = {
        "Timeout": timeout,
        "MemorySize": memory,
        "Environment": dict(each.partition("=")[::2] for each in environment),
        **({"Url": url} if url else {"Handler": handler, "Path": str(path.resolve())}),
    }
    call = Call("lambda", "CreateFunction", account or FIRST, region)
    store = open_here(data)
    try:
        made = anyio.run(
            store.write_for, call, lambda tx, _: functions.register(tx, name, spec), None
        )
    except AwsError as wrong:
        fail(str(wrong))
    finally:
        store.close()
    if as_json:
        print_json({"arn": made.arn, **made.spec})
        return
    click.echo(made.arn)


@command.command("list")
@data_option
@json_option
def list_(data: Path, as_json: bool) -> None:
    """Print all functions, and what runs."""
    from forecourt.platform.functions.stored import everybodys

    store = open_here(data)
    try:
        found = store.read_now(everybodys)
    finally:
        store.close()
    if as_json:
        print_json([{"arn": each.arn, **each.spec} for each in found])
        return
    for each in found:
        click.echo(f"{each.arn}  {each.spec.get('Url') or each.spec['Handler']}")


@command.command("remove")
@click.argument("name")
@region_option
@account_option
@data_option
@json_option
def remove(name: str, region: str, account: str | None, data: Path, as_json: bool) -> None:
    """Forget NAME."""
    from forecourt.aws.errors import AwsError
    from forecourt.platform.functions.stored import FUNCTIONS
    from forecourt.platform.identity.accounts import FIRST
    from forecourt.services.lambda_ import functions
    from forecourt.store.tx import Call

    call = Call("lambda", "DeleteFunction", account or FIRST, region)
    store = open_here(data)
    try:
        anyio.run(
            store.write_for,
            call,
            lambda tx, _: FUNCTIONS.remove(tx, functions.named(tx, name)),
            None,
        )
    except AwsError as wrong:
        fail(str(wrong))
    finally:
        store.close()
    if as_json:
        print_json({"removed": name})
