"""SES: messages accepted by the API and by the SMTP interface, and delivered into a mailbox; templates.

    python -m bench.ses
    python -m bench.ses --messages 5000

SendEmail as boto3 writes it, 16 at a time over kept connections; SendRawEmail by SMTP over 16 connections.
Forecourt signs each message twice (RSA, 2048 bits) and has it on disk before it answers; then it takes it to
its own mail server, verifies SPF, both signatures and DMARC, and puts it into a mailbox.  ministack and
moto_server keep a record of it in memory.  CPU is user and system time of all processes of a server, until
the answers and until the last message is in the mailbox.  The load has the same cores.

Templates: an order of 20 rows, beside pybars3 in the peers' environment (.venv-peers/bin/pip install pybars3).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.api import PEERS, VENV, serving
from bench.instance import ACCOUNT, Instance
from bench.load import Failed, drive
from bench.processes import NotReady, cpu_seconds, end_cleanly
from bench.tables import ratio, show
from forecourt.services.ses import handlebars
from forecourt.services.ses.smtp import password_of

OURS = "Forecourt"
DOMAIN, RECIPIENT = "bench.example", "bob@near.example"
AT_ONCE = 16
ALL_IN = 120.0  # seconds for the last message to reach its mailbox
TEMPLATE = (
    "Dear {{customer.name}},{{#if vip}} thank you as always.{{else}} welcome.{{/if}}\n"
    "{{#each rows}}{{@index}}. {{this.name}} x {{this.count}}{{#unless @last}},{{/unless}}\n{{/each}}"
)
DATA: dict[str, Any] = {
    "customer": {"name": "Ann"},
    "vip": True,
    "rows": [{"name": f"thing {n}", "count": n} for n in range(20)],
}
RENDERS = 2000
PYBARS = """
import json, sys, time
from pybars import Compiler
given = json.loads(sys.argv[1])
template = Compiler().compile(given["template"])
began = time.process_time()
for _ in range(given["renders"]):
    text = template(given["data"])
print(json.dumps({"seconds": time.process_time() - began, "text": str(text)}))
"""
Row = tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.ses", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--messages", type=int, default=3000)
    given = parser.parse_args()
    end_cleanly()
    rows: list[Row] = []
    with Instance(processes=1, mail={"cleartext": True}) as instance:
        prove(instance)
        ours, row = by_api(instance, given.messages)
        rows += [row, by_smtp(instance, given.messages)]
    for peer in PEERS:
        if not (VENV / peer.program).exists():
            print(f"{peer.program} is left out: it is not in {VENV}.")
            continue
        with tempfile.TemporaryDirectory(prefix="forecourt-bench-ses-") as folder:
            try:
                with serving(peer, Path(folder)) as server:
                    server.recorder.client("sesv2").create_email_identity(EmailIdentity=DOMAIN)
                    server.recorder.client("ses").verify_email_identity(
                        EmailAddress=f"shop@{DOMAIN}"
                    )
                    requests = recorded(server.recorder, given.messages)
                    before, began = cpu_seconds(server.pids()), time.monotonic()
                    drive(server.address, requests, AT_ONCE)
                    took = time.monotonic() - began
                    cpu = (cpu_seconds(server.pids()) - before) / len(requests) * 1000
                    rows.append(
                        (f"{peer.program}, API", f"{len(requests) / took:,.0f}", f"{cpu:.2f}", "",
                         "", ratio(ours, cpu))
                    )  # fmt: skip
            except (NotReady, Failed, OSError) as failure:
                print(f"{peer.program} is left out: {failure}")
    show(
        f"{given.messages} messages",
        ("", "accepted/s", "CPU ms each", "in a mailbox/s", "CPU ms each, whole", "ours/its"),
        rows,
    )
    templates()


def prove(instance: Instance) -> None:
    """A domain that may send, and somebody who gets it."""
    instance.run("mailbox", "add", RECIPIENT, "--password", "pw")
    for name in ("SES_SENDING_QUOTA", "SES_SENDING_RATE"):
        instance.run("account", "quota", ACCOUNT, name, "100000000")
    route53, sesv2 = (instance.recorder.client(each) for each in ("route53", "sesv2"))
    zone = route53.create_hosted_zone(Name=DOMAIN, CallerReference="ses")["HostedZone"]["Id"]
    instance.run("zone", "delegate", DOMAIN)
    tokens = sesv2.create_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
    changes = [
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": f"{token}._domainkey.{DOMAIN}", "Type": "CNAME", "TTL": 300,
            "ResourceRecords": [{"Value": f"{token}.dkim.amazonses.com"}],
        }}
        for token in tokens
    ]  # fmt: skip
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    sesv2.put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://bench.example", ProductionAccessEnabled=True
    )
    end = time.monotonic() + 30
    while not sesv2.get_email_identity(EmailIdentity=DOMAIN)["VerifiedForSendingStatus"]:
        if time.monotonic() > end:
            raise NotReady("the domain is not proven")
        time.sleep(0.1)


def recorded(recorder: Any, count: int) -> list[bytes]:
    body = {"Text": {"Data": "All work and no play makes a dull message.\n" * 20}}
    content = {"Simple": {"Subject": {"Data": "What I meant to say"}, "Body": body}}
    request = recorder.record(
        "sesv2", "send_email", FromEmailAddress=f"shop@{DOMAIN}", Content=content,
        Destination={"ToAddresses": [RECIPIENT]},
    )  # fmt: skip
    return [request] * count


def delivered(instance: Instance) -> int:
    (mailbox,) = (e for e in instance.run("mailbox", "list") if e["address"] == RECIPIENT)
    return int(mailbox["messages"])


def measured(
    instance: Instance, name: str, send: Callable[[], tuple[int, float]]
) -> tuple[float, Row]:
    """CPU a message until it is accepted, and a row of the table."""
    was = settled(instance)
    before, began = cpu_seconds(instance.all_pids()), time.monotonic()
    count, took = send()
    accepted = (cpu_seconds(instance.all_pids()) - before) / count * 1000
    while delivered(instance) < was + count:
        if time.monotonic() - began > ALL_IN:
            raise NotReady("messages that were accepted are in no mailbox")
        time.sleep(0.1)
    whole = time.monotonic() - began
    cpu = (cpu_seconds(instance.all_pids()) - before) / count * 1000
    row = (
        f"{OURS}, {name}", f"{count / took:,.0f}", f"{accepted:.2f}", f"{count / whole:,.0f}",
        f"{cpu:.2f}", "",
    )  # fmt: skip
    return accepted, row


def settled(instance: Instance) -> int:
    found = -1
    while found != (found := delivered(instance)):
        time.sleep(0.5)
    return found


def by_api(instance: Instance, count: int) -> tuple[float, Row]:
    drive(instance.api, recorded(instance.recorder, 50), 1)
    requests = recorded(instance.recorder, count)

    def send() -> tuple[int, float]:
        began = time.monotonic()
        drive(instance.api, requests, AT_ONCE)
        return count, time.monotonic() - began

    return measured(instance, "API", send)


def by_smtp(instance: Instance, count: int) -> Row:
    iam = instance.recorder.client("iam")
    iam.create_user(UserName="mailer")
    allow = {"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_user_policy(UserName="mailer", PolicyName="send", PolicyDocument=document)
    key = iam.create_access_key(UserName="mailer")["AccessKey"]
    login = f"{key['AccessKeyId']} {password_of(key['SecretAccessKey'], 'us-east-1')}"
    listeners = {each["name"]: each for each in instance.run("status")["listeners"]}
    where = listeners["submission"]
    seconds = max(1.0, count / 1000)
    with tempfile.NamedTemporaryFile() as file:
        text = "All work and no play makes a dull message.\r\n" * 20
        head = f"From: shop@{DOMAIN}\r\nTo: {RECIPIENT}\r\nSubject: What I meant to say\r\n\r\n"
        file.write((head + text).encode())
        file.flush()

        def send() -> tuple[int, float]:
            command = (
                sys.executable, "-m", "bench.smtp_load", where["address"], str(where["port"]),
                f"shop@{DOMAIN}", RECIPIENT, file.name, str(AT_ONCE), str(seconds),
            )  # fmt: skip
            done = subprocess.run(
                command, capture_output=True, text=True, check=False,
                env={**os.environ, "SMTP_LOGIN": login},
            )  # fmt: skip
            if done.returncode:
                raise NotReady((done.stderr.strip() or "?").splitlines()[-1])
            said = json.loads(done.stdout)
            return int(said["messages"]), float(said["seconds"])

        return measured(instance, "SMTP", send)[1]


def templates() -> None:
    tree = handlebars.parse(TEMPLATE)
    began = time.process_time()
    for _ in range(RENDERS):
        text = handlebars.render(tree, DATA)
    ours = (time.process_time() - began) / RENDERS * 1e6
    rows = [(OURS, f"{ours:.0f}", "")]
    with contextlib.suppress(OSError, ValueError):
        for theirs, rendered in pybars():
            same = "" if rendered == text else " (another text)"
            rows.append((f"pybars3{same}", f"{theirs:.0f}", ratio(ours, theirs)))
    show("A template of 20 rows", ("", "us each", "ours/its"), rows)


def pybars() -> Iterator[tuple[float, str]]:
    given = json.dumps({"template": TEMPLATE, "data": DATA, "renders": RENDERS})
    done = subprocess.run(
        [str(VENV / "python"), "-c", PYBARS, given], capture_output=True, text=True, check=False
    )
    said = json.loads(done.stdout)
    yield said["seconds"] / RENDERS * 1e6, said["text"]


if __name__ == "__main__":
    main()
