"""forecourt mailbox: people who have mail here, and their domains."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

import click

from .common import aws_client, data_option, fail, json_option, open_here, print_json


@click.group("mailbox")
def command() -> None:
    """Give people mailboxes, which they open with any mail program.

    \b
    forecourt mailbox add alice@jpub.co.kr
    forecourt mailbox list
    """


def typed(prompt: str) -> str:
    """A password, asked for twice at a terminal, else a line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


@command.command("add")
@click.argument("address")
@click.option("--password", help="Its password; without it one is made up and printed.")
@click.option("--name", default="", help="The person's name.")
@click.option("--no-dns", is_flag=True, help="Leave DNS alone.")
@click.option("--account", help="The account whose domain and zone it is.")
@data_option
@json_option
def add(
    address: str,
    password: str | None,
    name: str,
    no_dns: bool,
    account: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Make a mailbox.

    A domain that is new here becomes hosted; where no hosted zone of the account has it, one is made
    and delegated, and MX, SPF, DKIM and DMARC are added where they are missing.
    """
    from forecourt.planes.mail.addresses import BadAddress, split
    from forecourt.platform.identity import accounts, passwords
    from forecourt.platform.mail import domains, people

    try:
        local, domain = split(address)
    except BadAddress:
        fail(f"{address} is no address")
    made_up = password is None
    password = password or secrets.token_urlsafe(12)
    store = open_here(data)
    try:
        found = store.read_now(domains.get, domain)
        if found is None:
            key = domains.new_key()
            found = store.write_now(domains.add, domain, account or accounts.FIRST, key)
        if found.ownership != domains.VERIFIED:
            fail(f"{domain} is registered by {found.organization}, which has not proven it yet")
        wanted = f"{local}@{domain}"
        digest = passwords.digest(password)
        person = store.write_now(people.create, wanted, name or local, digest)
    except people.Taken:
        fail(f"{address} is there already")
    finally:
        store.close()
    records = [] if no_dns else publish(data, found, account)
    if as_json:
        said = {"address": person.address, "id": person.id, "records": records}
        print_json(said | ({"password": password} if made_up else {}))
        return
    click.echo(
        f"{person.address} has a mailbox" + (f"; its password is {password}" if made_up else "")
    )
    for record in records:
        click.echo(f"  {record} is in DNS")


def publish(data: Path, domain: Any, account: str | None) -> list[str]:
    """Let DNS say where the mail of a domain goes, and who may send it; what was added."""
    from botocore.exceptions import ClientError

    from forecourt.cli.zone import create, delegate_here, find, wait
    from forecourt.platform.mail import domains
    from forecourt.platform.names import registry

    client = aws_client(data, "route53", account)
    address = reachable(data)
    try:
        zone = find(client, domain.name)
        made = zone is None
        zone = zone or create(client, domain.name)
        sets = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        known = {(each["Name"].rstrip("."), each["Type"]) for each in sets}
        missing = [
            record
            for record in domains.records(domain, address)
            if (record[0], record[1]) not in known
        ]
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": name,
                    "Type": type_,
                    "TTL": 300,
                    "ResourceRecords": [{"Value": value} for value in values],
                },
            }
            for name, type_, values in missing
        ]
        if changes:
            answer = client.change_resource_record_sets(
                HostedZoneId=zone, ChangeBatch={"Changes": changes}
            )
            wait(client, answer["ChangeInfo"]["Id"])
    except ClientError as error:
        fail(f"the mailbox is made, but not its DNS: {error.response['Error']['Message']}")
    store = open_here(data)
    try:
        if made and not store.read_now(registry.holds, domain.name):
            delegate_here(store, domain.name)
    finally:
        store.close()
    return [f"{type_} {name}" for name, type_, _ in missing]


def reachable(data: Path) -> str:
    from forecourt import config
    from forecourt.app import CONFIG

    return config.load((data / "run" / CONFIG).read_text()).reachable


@command.command("list")
@data_option
@json_option
def list_(data: Path, as_json: bool) -> None:
    """Print who has a mailbox, and how full it is."""
    store = open_here(data)
    try:
        rows = store.read_now(everybody)
    finally:
        store.close()
    if as_json:
        print_json(rows)
        return
    for each in rows:
        click.echo(f"{each['address']}  {each['messages']} messages  {each['used']} bytes")


def everybody(tx: Any) -> list[dict[str, Any]]:
    rows = tx.all(
        "SELECT p.address, p.name, p.used, p.quota, p.enabled, (SELECT coalesce(sum(m.messages), 0)"
        " FROM mailbox m WHERE m.person = p.id) FROM mail_person p WHERE p.address <> ''"
        " ORDER BY p.address"
    )
    return [
        {
            "address": address,
            "name": name,
            "used": used,
            "quota": quota,
            "enabled": bool(enabled),
            "messages": int(count),
        }
        for address, name, used, quota, enabled, count in rows
    ]


@command.command("password")
@click.argument("address")
@click.option("--password", help="The new one; without it, it is asked for.")
@data_option
@json_option
def password(address: str, password: str | None, data: Path, as_json: bool) -> None:
    """Give a mailbox another password."""
    from forecourt.platform.identity import passwords
    from forecourt.platform.mail import people

    chosen = password if password is not None else typed(f"New password of {address}")
    if not chosen:
        fail("a password is missing")
    store = open_here(data)
    try:
        person = store.read_now(found, address)
        store.write_now(people.set_password, person, passwords.digest(chosen))
    finally:
        store.close()
    if as_json:
        print_json({"address": address})
    else:
        click.echo(f"{address} has a new password")


@command.command("remove")
@click.argument("address")
@data_option
@json_option
def remove(address: str, data: Path, as_json: bool) -> None:
    """Take a mailbox away, with all that is in it."""
    from forecourt.platform.mail import people

    store = open_here(data)
    try:
        store.write_now(people.remove, store.read_now(found, address))
    finally:
        store.close()
    if as_json:
        print_json({"address": address})
    else:
        click.echo(f"{address} is gone")


def found(tx: Any, address: str) -> str:
    """Whose primary address it is."""
    from forecourt.planes.mail.addresses import BadAddress, key

    try:
        row = tx.one("SELECT id FROM mail_person WHERE address = :address", address=key(address))
    except BadAddress:
        row = None
    if row is None:
        fail(f"there is no mailbox {address}")
    return str(row[0])
