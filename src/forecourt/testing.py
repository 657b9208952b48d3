"""A pytest plugin: an instance on its own network, boto3 clients of it, and mailboxes to wait on.

    pytest_plugins = ["forecourt.testing"]

    def test_a_welcome(forecourt):
        forecourt.verify("shop@app.test")
        welcome(forecourt.client("sesv2"), "ann@people.test")     # what is tested
        message = forecourt.mail("ann@people.test").wait(subject="Welcome")
        assert "Ann" in message["Text"]

The instance runs for the session (`forecourt_instance`); each test that asks for `forecourt` gets it empty.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
import pytest

COMMAND = [sys.executable, "-m", "forecourt.cli"]
NETWORKS = range(128, 250)  # second bytes of networks in 127.0.0.0/8
TRIES = 5
STARTS_WITHIN, ANSWERS_WITHIN = 60, 70  # seconds


@dataclass
class Mailbox:
    """The messages to an address, wherever they ended: in a mailbox, or captured."""

    instance: Instance
    address: str

    def messages(self, subject: str = "", wait: float = 0.0) -> list[dict[str, Any]]:
        """Those there are, the oldest first, or the first that comes within `wait` seconds."""
        query = urlencode({"to": self.address, "subject": subject, "wait": wait})
        found: list[dict[str, Any]] = self.instance.ask("GET", f"/mail?{query}")["Messages"]
        return [each for each in found if not self.address or self.is_to(each)]

    def is_to(self, message: dict[str, Any]) -> bool:
        wanted = self.address.lower()
        copied = [e["Value"] for e in message["Headers"] if e["Name"].lower() == "cc"]
        listed = {address.lower() for _, address in getaddresses([message["To"], *copied])}
        return wanted in listed or message["Mailbox"].lower() == wanted

    def wait(self, subject: str = "", seconds: float = 10.0) -> dict[str, Any]:
        """The latest message of a subject.  AssertionError where none comes."""
        found = self.messages(subject, seconds)
        assert found, f"no message to {self.address} came within {seconds} s"
        return found[-1]


@dataclass
class Instance:
    """A running instance."""

    data: Path
    environment: dict[str, str]  # what points AWS's tools at it
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.environment["AWS_ENDPOINT_URL"]

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of the first account's root."""
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.session.Session().client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service, region]

    def mail(self, address: str = "") -> Mailbox:
        return Mailbox(self, address)

    def verify(self, address: str) -> None:
        """Let an address be one that may send: the link that is mailed to it is followed."""
        self.client("sesv2").create_email_identity(EmailIdentity=address)
        text = self.mail(address).wait("Email Address Verification Request")["Text"]
        link = next(word for word in text.split() if "/confirm/" in word)
        path = link.partition("//")[2].partition("/")[2]
        public = self.status()["public"]
        with urlopen(f"http://{public}/{path}", b"", timeout=ANSWERS_WITHIN) as answer:
            assert answer.status == 200

    def status(self) -> dict[str, str]:
        """Where everything listens, by name."""
        found = run("status", "--json", "--data", str(self.data))
        return {each["name"]: f"{each['address']}:{each['port']}" for each in found["listeners"]}

    def reset(self) -> None:
        """Empty every account."""
        self.ask("POST", "/reset")

    def ask(self, method: str, path: str) -> Any:
        asked = Request(f"{self.url}/_forecourt{path}", method=method)
        with urlopen(asked, timeout=ANSWERS_WITHIN) as answer:
            return json.loads(answer.read())

    def close(self) -> None:
        for each in self._clients.values():
            each.close()
        subprocess.run(
            [*COMMAND, "down", "--data", str(self.data)], capture_output=True, check=True,
            timeout=STARTS_WITHIN,
        )  # fmt: skip


def run(*words: str) -> Any:
    said = subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, check=True, timeout=STARTS_WITHIN
    )
    return json.loads(said.stdout)


def start(data: Path) -> Instance:
    """An instance on a network that is free."""
    for number in random.sample(NETWORKS, TRIES):
        network = ["--bind", f"127.{number}.0.1", "--network", f"127.{number}.0.0/16"]
        up = ["up", "--detach", "--json", "--testing", "--data", str(data), *network]
        try:
            run(*up)
        except subprocess.CalledProcessError as failure:
            said = failure.stderr
            continue
        environment = run("env", "--json", "--data", str(data))
        return Instance(data, {k: v for k, v in environment.items() if v is not None})
    raise RuntimeError(f"forecourt did not start: {said}")


@pytest.fixture(scope="session")
def forecourt_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    found = start(tmp_path_factory.mktemp("forecourt") / "data")
    yield found
    found.close()


@pytest.fixture
def forecourt(forecourt_instance: Instance) -> Instance:
    """An instance without anything in it."""
    forecourt_instance.reset()
    return forecourt_instance
