"""SMTP: mail taken from other servers and made durable, by us and by two peers.

    python -m bench.smtp
    python -m bench.smtp --seconds 5 --connections 32
    python -m bench.smtp --plain

Each server gets one core and 16 connections that send without a pause.  "Answered" counts 250s, each
of which stands for a message on disk; "in a mailbox" counts until the last message is in its mailbox.
CPU is user and system time of all processes of a server, those that ended meanwhile included, until then.

The messages pass SPF, DKIM (RSA, 2048 bits) and DMARC, which Forecourt verifies of each; it also reads their
parts for IMAP.  Debian's Postfix, as it comes, verifies nothing and delivers into a Maildir; aiosmtpd has a
handler that syncs a file and its folder, and no mailbox at all.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.instance import Instance
from bench.processes import (
    LOAD_CORE,
    SERVER_CORE,
    NotReady,
    accepts,
    end_cleanly,
    family_seconds,
    on_core,
    running,
)
from bench.tables import ratio, show
from forecourt.planes.mail import dkim
from forecourt.platform.mail import domains
from tests.e2e import mail_peers

VENV = Path(__file__).parent.parent / ".venv-e2e" / "bin"
OURS = "Forecourt"
FAR, SELECTOR = "far.example", "s1"
SENDER, RECIPIENT = f"someone@{FAR}", "bob@near.example"
LINE = b"All work and no play makes a dull message, and it has to be of some length.\r\n"
POSTFIX, AIOSMTPD = "127.63.200.2", "127.63.200.3"
SIZES = (4096, 1024 * 1024)
ALL_IN = 60.0  # seconds for the last message to reach its mailbox


@dataclass(frozen=True, slots=True)
class Server:
    """A running mail server, and how many messages its mailbox has."""

    name: str
    address: tuple[str, int]
    recipient: str
    pid: int
    delivered: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Cost:
    server: str
    size: int
    messages: int
    answered: float  # a second
    delivered: float  # a second
    milliseconds: float  # of CPU a message


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.smtp", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--only", choices=[OURS, "Postfix", "aiosmtpd"])
    parser.add_argument("--plain", action="store_true", help="mail with nothing to verify")
    given = parser.parse_args()
    end_cleanly()
    key = domains.new_key()
    costs: list[Cost] = []
    for name, serving in (
        (OURS, partial(ours, key, given.plain)),
        ("Postfix", postfix),
        ("aiosmtpd", aiosmtpd),
    ):
        if given.only not in (None, name):
            continue
        try:
            with (
                tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder,
                serving(Path(folder)) as server,
            ):
                for size in SIZES:
                    file = Path(folder) / f"message-{size}"
                    file.write_bytes(message(size, key, plain=given.plain))
                    costs.append(measure(server, size, file, given.connections, given.seconds))
        except NotReady as failure:
            print(f"{name} is left out: {failure}")
    for size in SIZES:
        show_costs(size, [each for each in costs if each.size == size])


@contextlib.contextmanager
def ours(key: RSAPrivateKey, plain: bool, folder: Path) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            instance = stack.enter_context(Instance(processes=1))
        if not plain:
            publish(instance, key)
        instance.run("mailbox", "add", RECIPIENT, "--password", "pw")
        listeners = {each["name"]: each for each in instance.run("status")["listeners"]}
        address = listeners["smtp"]["address"], listeners["smtp"]["port"]

        def delivered() -> int:
            (mailbox,) = (
                each for each in instance.run("mailbox", "list") if each["address"] == RECIPIENT
            )
            return int(mailbox["messages"])

        yield Server(OURS, address, RECIPIENT, instance.process.pid, delivered)


def publish(instance: Instance, key: RSAPrivateKey) -> None:
    """Let the sender's domain say whose mail is its own."""
    data = base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
    texts = {
        FAR: '"v=spf1 ip4:127.0.0.0/8 -all"',
        f"{SELECTOR}._domainkey.{FAR}": f'"v=DKIM1; k=rsa; p={data[:200]}" "{data[200:]}"',
        f"_dmarc.{FAR}": '"v=DMARC1; p=reject"',
    }
    client = instance.recorder.client("route53")
    zone = client.create_hosted_zone(Name=FAR, CallerReference="far")["HostedZone"]["Id"]
    changes = [
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": text}],
        }}
        for name, text in texts.items()
    ]  # fmt: skip
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    instance.run("zone", "delegate", FAR)


def message(size: int, key: RSAPrivateKey, *, plain: bool) -> bytes:
    """A signed message, but for its Message-ID; or one that is not signed."""
    now = time.time()
    head = (
        f"From: Someone <{SENDER}>\r\nTo: Bob <{RECIPIENT}>\r\nSubject: What I meant to say\r\n"
        f"Date: {formatdate(now)}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    ).encode()
    content = head + LINE * max(1, (size - len(head)) // len(LINE))
    signature = b"" if plain else dkim.sign(content, FAR, SELECTOR, key, now)
    return signature + content


@contextlib.contextmanager
def postfix(folder: Path) -> Iterator[Server]:
    """NotReady"""
    if why := mail_peers.missing():
        raise NotReady(why)
    if accepts(POSTFIX, 25):
        raise NotReady("somebody else listens at its address")
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            stack.enter_context(mail_peers.postfix(folder, POSTFIX))
        master = int((folder / "queue" / "pid" / "master.pid").read_text())
        inbox = folder / "mail" / mail_peers.USER / "new"
        recipient = f"{mail_peers.USER}@{mail_peers.DOMAIN}"
        yield Server("Postfix", (POSTFIX, 25), recipient, master, lambda: count(inbox))


@contextlib.contextmanager
def aiosmtpd(folder: Path) -> Iterator[Server]:
    """NotReady"""
    program = VENV / "aiosmtpd"
    if not program.exists():
        raise NotReady(f"it is not in {VENV}")
    inbox = folder / "inbox"
    inbox.mkdir()
    address = AIOSMTPD, 2525
    command = (
        str(program), "-n", "-l", ":".join(map(str, address)), "-c", "bench.durable.Durable",
        str(inbox),
    )  # fmt: skip
    where = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            process = stack.enter_context(
                running(command, folder / "log", lambda: accepts(*address), where)
            )
        yield Server("aiosmtpd", address, RECIPIENT, process.pid, lambda: count(inbox))


def count(folder: Path) -> int:
    return len(os.listdir(folder)) if folder.exists() else 0


def measure(server: Server, size: int, file: Path, connections: int, seconds: float) -> Cost:
    """NotReady where mail was answered 250 and is not in its mailbox."""
    send(server, file, connections, 0.3)
    was = settled(server)
    used = family_seconds(server.pid)
    began = time.monotonic()
    said = send(server, file, connections, seconds)
    deadline = time.monotonic() + ALL_IN
    while server.delivered() < was + said["messages"]:
        if time.monotonic() > deadline:
            raise NotReady("messages it answered 250 are in no mailbox")
        time.sleep(0.05)
    took = time.monotonic() - began
    messages = int(said["messages"])
    return Cost(
        server.name,
        size,
        messages,
        messages / said["seconds"],
        messages / (said["seconds"] if server.name == OURS else took),
        (family_seconds(server.pid) - used) / messages * 1000,
    )


def settled(server: Server) -> int:
    """How many messages there are, once no more come."""
    found = -1
    while found != (found := server.delivered()):
        time.sleep(0.5)
    return found


def send(server: Server, file: Path, connections: int, seconds: float) -> dict[str, float]:
    """Let a process of its own send; what it says."""
    command = (
        sys.executable, "-m", "bench.smtp_load", *map(str, server.address), SENDER,
        server.recipient, str(file), str(connections), str(seconds),
    )  # fmt: skip
    with on_core(LOAD_CORE):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotReady((done.stderr.strip() or "?").splitlines()[-1])
    said: dict[str, float] = json.loads(done.stdout)
    return said


def show_costs(size: int, costs: list[Cost]) -> None:
    ours = next((each for each in costs if each.server == OURS), None)
    rows = [
        (
            each.server,
            f"{each.messages:,}",
            f"{each.answered:,.0f}",
            f"{each.delivered:,.0f}",
            f"{each.milliseconds:.2f}",
            ratio(ours.delivered, each.delivered) if ours else "",
            ratio(ours.milliseconds, each.milliseconds) if ours else "",
        )
        for each in costs
    ]
    columns = (
        "", "messages", "answered/s", "in a mailbox/s", "CPU ms each", "ours: rate", "ours: CPU",
    )  # fmt: skip
    show(f"Messages of {size // 1024:,} KB", columns, rows)


if __name__ == "__main__":
    main()
