"""forecourt mailbox, mail and queue: people come, write, and go."""

from __future__ import annotations

import imaplib
import json
import smtplib
import ssl
from pathlib import Path
from typing import Any

from forecourt.cli.common import aws_client

from .conftest import Running

ADDRESS = "ada@mailbox.test"


def listener(up: Running, name: str) -> tuple[str, int]:
    found = next(each for each in up.status["listeners"] if each["name"] == name)
    return found["address"], found["port"]


def trusting(data: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(data / "tls" / "root.pem"))
    context.check_hostname = False
    return context


def test_a_mailbox_is_made_with_its_dns_and_used(up: Running) -> None:
    said = json.loads(up.run("mailbox", "add", ADDRESS, "--json").output)
    assert said["address"] == ADDRESS and "MX mailbox.test" in said["records"]
    route53 = aws_client(up.data, "route53")
    zones = route53.list_hosted_zones_by_name(DNSName="mailbox.test.", MaxItems="1")["HostedZones"]
    assert zones[0]["Name"] == "mailbox.test."
    with imaplib.IMAP4_SSL(*listener(up, "imaps"), ssl_context=trusting(up.data)) as imap:
        imap.login(ADDRESS, said["password"])
    assert up.run("mailbox", "add", ADDRESS).exit_code == 1
    assert ADDRESS in [
        each["address"] for each in json.loads(up.run("mailbox", "list", "--json").output)
    ]
    assert up.run("mailbox", "password", ADDRESS, "--password", "another").exit_code == 0
    with smtplib.SMTP_SSL(*listener(up, "submissions"), context=trusting(up.data)) as smtp:
        smtp.login(ADDRESS, "another")
    assert up.run("mailbox", "remove", ADDRESS).exit_code == 0
    assert up.run("mailbox", "remove", ADDRESS).exit_code == 1


def test_dns_can_be_left_alone(up: Running) -> None:
    said: Any = json.loads(
        up.run("mailbox", "add", "ada@nodns.test", "--no-dns", "--password", "x", "--json").output
    )
    assert said["records"] == [] and "password" not in said
    assert "there is no hosted zone" in up.run("zone", "export", "nodns.test").output
    assert up.run("mailbox", "add", "no address").exit_code == 1
