"""forecourt env: how AWS's tools find the instance."""

from __future__ import annotations

import configparser
import os
import shlex
from pathlib import Path
from typing import Any

import click

from .common import data_option, fail, json_option, print_json, root_credential, running

REGION = "us-east-1"


@click.command("env")
@data_option
@json_option
@click.option("--account", help="Another account's root, in place of the first's.")
@click.option("--profile", metavar="NAME", help="Write an AWS profile of this name instead.")
def command(data: Path, as_json: bool, account: str | None, profile: str | None) -> None:
    """Print exports for AWS's tools.

    \b
    eval "$(forecourt env)"
    forecourt env --profile forecourt && aws --profile forecourt route53 list-hosted-zones
    """
    status, key = running(data), root_credential(data, account)
    values = {
        "AWS_ENDPOINT_URL": status["api"],
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
    if profile:
        write_profile(profile, status["api"], key)
        if as_json:
            print_json({"profile": profile})
        else:
            click.echo(f"Wrote profile {profile}: aws --profile {profile} sts get-caller-identity")
    elif as_json:
        print_json(values)
    else:
        for name, value in values.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo("unset AWS_SESSION_TOKEN AWS_PROFILE")


def write_profile(name: str, api: str, key: Any) -> None:
    """Add or replace a profile in AWS's two files."""
    if not name or any(c in name for c in "[]\n"):
        fail(f"{name!r} cannot be a profile's name")
    home = Path.home() / ".aws"
    home.mkdir(exist_ok=True, mode=0o700)
    settings = Path(os.environ.get("AWS_CONFIG_FILE") or home / "config")
    secrets = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials")
    update(settings, f"profile {name}", {"region": REGION, "endpoint_url": api})
    update(secrets, name, {"aws_access_key_id": key.id, "aws_secret_access_key": key.secret})


def update(path: Path, section: str, values: dict[str, str]) -> None:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path)
    except configparser.Error as error:
        fail(f"{path} cannot be read: {error}")
    parser[section] = values
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        parser.write(file)
