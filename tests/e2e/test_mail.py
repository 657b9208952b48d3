"""Alice writes to Bob, whose mail a real Postfix takes and a real Dovecot shows; Bob answers."""

from __future__ import annotations

import email
import imaplib
import json
import poplib
import smtplib
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import mail_peers
from tests.e2e.mail_peers import PASSWORD, dovecot, postfix
from tests.e2e.starting import FORECOURT, client_of, environment_of, listeners, running

pytestmark = pytest.mark.e2e

NUMBER = 72
FAR = f"127.{NUMBER}.0.99"
ALICE, BOB, CAROL = "alice@jpub.co.kr", "bob@gmail.test", "carol@example.org"
WITHIN = 30.0  # seconds


@dataclass
class Post:
    instance: dict[str, Any]

    def run(self, *words: str) -> Any:
        command = [*FORECOURT, *words, "--json", "--data", self.instance["data"]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(
            cafile=str(Path(self.instance["data"]) / "tls" / "root.pem")
        )
        context.check_hostname = False
        return context

    def submit(self, sender: str, to: str, subject: str) -> str:
        """Send a message as a mail program does; its Message-ID."""
        message_id = f"<{subject.replace(' ', '.')}@{sender.rpartition('@')[2]}>"
        text = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n\r\nHi.\r\n"
        with smtplib.SMTP(*listeners(self.instance)["submission"]) as client:
            client.starttls(context=self.trust)
            client.login(sender, "pw")
            client.sendmail(sender, [to], text)
        return message_id

    def imap(self, user: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4_SSL(*listeners(self.instance)["imaps"], ssl_context=self.trust)
        client.login(user, "pw")
        return client

    def pop(self, user: str) -> poplib.POP3:
        client = poplib.POP3_SSL(*listeners(self.instance)["pop3s"], context=self.trust)
        client.user(user)
        client.pass_("pw")
        return client


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    if why := mail_peers.missing():
        pytest.skip(why)
    with ExitStack() as stack:
        data = tmp_path_factory.mktemp("mail") / "data"
        found = Post(stack.enter_context(running(data, NUMBER, "--testing")))
        for address in (ALICE, CAROL):
            found.run("mailbox", "add", address, "--password", "pw")
        publish_gmail(found)
        folder = tmp_path_factory.mktemp("peers")
        stack.enter_context(postfix(folder, FAR, f"127.{NUMBER}.0.2"))
        stack.enter_context(dovecot(folder, FAR))
        yield found


def publish_gmail(post: Post) -> None:
    with client_of(environment_of(post.instance), "route53") as route53:
        zone = route53.create_hosted_zone(Name="gmail.test", CallerReference="gmail")["HostedZone"]
        sets = (
            ("gmail.test", "MX", "10 mx.gmail.test."),
            ("mx.gmail.test", "A", FAR),
            ("gmail.test", "TXT", '"v=spf1 mx ip4:127.0.0.1 -all"'),
        )
        change = route53.change_resource_record_sets(
            HostedZoneId=zone["Id"],
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "CREATE",
                        "ResourceRecordSet": {
                            "Name": name,
                            "Type": type_,
                            "TTL": 60,
                            "ResourceRecords": [{"Value": value}],
                        },
                    }
                    for name, type_, value in sets
                ]
            },
        )["ChangeInfo"]
        eventually(lambda: route53.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC")
    post.run("zone", "delegate", "gmail.test")


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WITHIN
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def found_by_imap(client: imaplib.IMAP4, subject: str) -> Message | None:
    client.select()
    _, (numbers,) = client.search(None, "SUBJECT", f'"{subject}"')
    if not numbers:
        return None
    _, data = client.fetch(numbers.split()[0].decode(), "(BODY[])")
    assert isinstance(data[0], tuple)
    return email.message_from_bytes(data[0][1])


def arrived(connect: Callable[[], imaplib.IMAP4], subject: str) -> Message:
    with connect() as client:
        found: Message = eventually(lambda: found_by_imap(client, subject))
        return found


def bobs() -> imaplib.IMAP4:
    client = imaplib.IMAP4(FAR)
    client.login(BOB, PASSWORD)
    return client


def verdicts(message: Message) -> str:
    return " ".join(message["Authentication-Results"].split())


def test_alice_writes_to_bob_and_bob_answers(post: Post) -> None:
    message_id = post.submit(ALICE, BOB, "lunch today")
    message = arrived(bobs, "lunch today")
    assert message["DKIM-Signature"] and message["Message-ID"] == message_id
    pop = poplib.POP3(FAR)
    pop.user(BOB)
    pop.pass_(PASSWORD)
    assert pop.stat()[0] >= 1
    pop.quit()
    with smtplib.SMTP(FAR) as client:
        text = f"From: {BOB}\r\nTo: {ALICE}\r\nSubject: Re: lunch today\r\n\r\nYes.\r\n"
        client.sendmail(BOB, [ALICE], text)
    answer = arrived(lambda: post.imap(ALICE), "Re: lunch today")
    assert f"spf=pass smtp.mailfrom={BOB}" in verdicts(answer)
    pop = post.pop(ALICE)
    assert b"Yes." in b"\r\n".join(pop.retr(pop.stat()[0])[1])
    pop.quit()


def test_two_domains_of_ours_and_the_path_between(post: Post) -> None:
    message_id = post.submit(ALICE, CAROL, "between us")
    message = arrived(lambda: post.imap(CAROL), "between us")
    said = verdicts(message)
    for verdict in (
        f"spf=pass smtp.mailfrom={ALICE}",
        "dkim=pass header.d=jpub.co.kr",
        "dmarc=pass",
    ):
        assert verdict in said
    steps = [each["step"] for each in post.run("mail", "trace", message_id)]
    assert set(steps) == {"submitted", "sent", "received", "stored", "read"}
    assert steps[0] == "submitted" and steps[-1] == "read"


def test_what_bob_s_server_refuses_comes_back(post: Post) -> None:
    post.submit(ALICE, "nobody@gmail.test", "lost")
    message: Any = arrived(lambda: post.imap(ALICE), "Undelivered Mail Returned to Sender")
    about = message.get_payload()[1].get_payload()[1]
    assert about["Status"] == "5.1.1" and "nobody@gmail.test" in about["Final-Recipient"]


def test_mail_for_the_world_outside_stays_here(post: Post) -> None:
    message_id = post.submit(ALICE, "somebody@example.com", "outside")

    def captured() -> bool:
        return "captured" in [each["step"] for each in post.run("mail", "trace", message_id)]

    eventually(captured)
    assert post.run("queue", "list") == []
