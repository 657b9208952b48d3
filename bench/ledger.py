"""What clients were told while an instance was being killed, and who says otherwise later.

Writers change records by boto3, each name once; a watcher asks GetChange over and over.  What a
client was told is never taken back: a change that was answered is kept, one that was INSYNC stays so.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import dns.exception
import dns.message
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ORIGIN = "crash.example"
WINDOW = 64  # queries under way on a socket
ANSWERED_WITHIN = 15.0  # seconds for a name server to be back
PATIENCE = 0.5  # seconds after which a query is sent again
RECENT = 20  # changes the watcher looks at, and as many old ones
PAUSE = 0.01  # seconds from one call of a client to the next
FAULTS = ("InternalFailure", "InternalError")  # what no crash excuses

CONFIG = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=2,
    read_timeout=10,
    parameter_validation=False,
)


class CutOff(Exception):
    """An answer of which only the head came: botocore takes it for an empty one."""


REFUSALS = (BotoCoreError, ClientError, CutOff)


@dataclass(slots=True)
class Change:
    """One that was acknowledged."""

    owner: str
    address: str
    id: str
    in_sync: bool = False


@dataclass(slots=True)
class Ledger:
    """Shared by the writers, the watcher, and who checks."""

    round: int = 0
    changes: list[Change] = field(default_factory=list)
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def owner(self, writer: int, number: int) -> str:
        """A name nobody has used; those of a round are listed one after another."""
        return f"r{self.round:05}-{writer}-{number}.{ORIGIN}"


def client(api: str, credential: tuple[str, str]) -> Any:
    return boto3.Session(*credential, region_name="us-east-1").client(
        "route53", endpoint_url=api, config=CONFIG
    )


def upsert(route53: Any, zone: str, owner: str, address: str) -> Change:
    """Change a record; returns when it was acknowledged."""
    rrset = {"Name": owner, "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": address}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]}
    info = info_of(route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch))
    return Change(owner, address, info["Id"], info["Status"] == "INSYNC")


def status(route53: Any, change: Change) -> str:
    """What GetChange says."""
    return str(info_of(route53.get_change(Id=change.id))["Status"])


def info_of(answer: Any) -> Any:
    if "ChangeInfo" not in answer:
        raise CutOff
    return answer["ChangeInfo"]


class Clients:
    """Threads that write and watch until told to stop."""

    def __init__(
        self, ledger: Ledger, api: Callable[[], str], credential: tuple[str, str], zone: str
    ) -> None:
        self._ledger, self._api, self._credential, self._zone = ledger, api, credential, zone
        self._stop = threading.Event()
        self.writing = threading.Event()  # cleared while what was written is compared
        self._threads: list[threading.Thread] = []

    def start(self, writers: int) -> None:
        for writer in range(writers):
            self._threads.append(threading.Thread(target=self._write, args=(writer,), daemon=True))
        self._threads.append(threading.Thread(target=self._watch, daemon=True))
        self.writing.set()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self.writing.set()
        for thread in self._threads:
            thread.join(30)

    def _write(self, writer: int) -> None:
        route53, number = client(self._api(), self._credential), 0
        while not self._stop.is_set():
            number += 1
            owner = self._ledger.owner(writer, number)
            address = f"10.{writer}.{number >> 8 & 255}.{number & 255}"
            try:
                self._ledger.changes.append(upsert(route53, self._zone, owner, address))
            except REFUSALS as error:
                self._refused(error)
            self._stop.wait(PAUSE)
            self.writing.wait()
        route53.close()

    def _watch(self) -> None:
        route53 = client(self._api(), self._credential)
        while not self._stop.is_set():
            known = self._ledger.changes[:]
            for change in known[-RECENT:] + random.sample(known, min(len(known), RECENT)):
                if self._stop.is_set():
                    break
                try:
                    found = status(route53, change)
                except REFUSALS as error:
                    self._refused(error)
                    continue
                if change.in_sync and found != "INSYNC":
                    self._ledger.problems.append(f"{change.owner} was INSYNC and is {found}")
                change.in_sync |= found == "INSYNC"
            self._stop.wait(PAUSE)
        route53.close()

    def _refused(self, error: Exception) -> None:
        self._ledger.refused += 1
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in FAULTS:
            self._ledger.problems.append(f"an answer was {error}")
        self._stop.wait(PAUSE)


def listed(route53: Any, zone: str, first: str) -> dict[str, str]:
    """The A records of a zone from a name on."""
    found: dict[str, str] = {}
    start: dict[str, str] = {"StartRecordName": first, "StartRecordType": "A"}
    while True:
        page = route53.list_resource_record_sets(HostedZoneId=zone, MaxItems="300", **start)
        for each in page["ResourceRecordSets"]:
            if each["Type"] == "A":
                found[each["Name"].rstrip(".")] = each["ResourceRecords"][0]["Value"]
        if not page["IsTruncated"]:
            return found
        start = {
            "StartRecordName": page["NextRecordName"],
            "StartRecordType": page["NextRecordType"],
        }


def query(number: int, owner: str) -> bytes:
    labels = b"".join(bytes([len(each)]) + each.encode() for each in owner.split("."))
    return struct.pack(">6H", number, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)


def addresses(reply: bytes) -> list[str]:
    """What a reply answers; none for one that is not well formed."""
    try:
        message = dns.message.from_wire(reply)
    except dns.exception.DNSException:
        return []
    return [rdata.to_text() for rrset in message.answer for rdata in rrset]


def unanswered(
    server: tuple[str, int], transport: str, changes: Sequence[Change], within: float
) -> list[Change]:
    """Of some changes, those a name server does not answer by.  One that is silent is asked again."""
    left, deadline = list(changes), time.monotonic() + within
    ask = ask_udp if transport == "udp" else ask_tcp
    while True:
        silent: list[Change] = []
        wrong: list[Change] = []
        for first in range(0, len(left), WINDOW):
            window = left[first : first + WINDOW]
            replies = ask(server, window)
            silent += [change for at, change in enumerate(window) if at not in replies]
            wrong += [
                change
                for at, change in enumerate(window)
                if at in replies and addresses(replies[at]) != [change.address]
            ]
        if wrong or not silent or time.monotonic() > deadline:
            return wrong + silent
        left = silent


def ask_udp(server: tuple[str, int], changes: Iterable[Change]) -> dict[int, bytes]:
    """Each query's reply, from a port of its own: the kernel gives it one of the processes."""
    found: dict[int, bytes] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(server)
        sock.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            asked = [sock.send(query(at, change.owner)) for at, change in enumerate(changes)]
            while len(found) < len(asked):
                reply = sock.recv(4096)
                found[int.from_bytes(reply[:2])] = reply
    return found


def ask_tcp(server: tuple[str, int], changes: Iterable[Change]) -> dict[int, bytes]:
    """The same, one query after another's on a connection (RFC 7766 §6.2.1.1)."""
    found: dict[int, bytes] = {}
    wires = [query(at, change.owner) for at, change in enumerate(changes)]
    with contextlib.suppress(OSError), socket.create_connection(server, PATIENCE) as sock:
        sock.sendall(b"".join(struct.pack(">H", len(wire)) + wire for wire in wires))
        stream = sock.makefile("rb")
        while len(found) < len(wires):
            size = stream.read(2)
            if len(size) < 2:
                break
            reply = stream.read(int.from_bytes(size))
            found[int.from_bytes(reply[:2])] = reply
    return found
