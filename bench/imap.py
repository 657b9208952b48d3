"""IMAP: what mail programs ask, of us and of Dovecot, on the same mail.

    python -m bench.imap
    python -m bench.imap --messages 20000 --idle 0

One mailbox of 100,000 messages, of which one in ten is unseen, and one of 2,000.  Each server gets one core
and is asked over one connection, but for APPEND, which comes over 8 as well.  Rates are by the clock;
CPU is user and system time of all processes of a server.  At first, what 1,000 idle connections take.

Dovecot is Debian's, with Maildirs: a file for each message, and its indexes, which are made before
anything is measured; 8 connections put mail into 8 people's mailboxes, as one mailbox has a lock there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from bench.instance import Instance
from bench.processes import (
    LOAD_CORE,
    SERVER_CORE,
    NotReady,
    accepts,
    end_cleanly,
    family_seconds,
    memory,
    on_core,
    tree,
)
from bench.tables import ratio, show
from forecourt.cli.common import open_here
from forecourt.platform.identity import passwords
from forecourt.platform.mail import contents, mailboxes, messages, people
from forecourt.store.tx import Tx
from tests.e2e import mail_peers

OURS, DOVECOT = "Forecourt", "Dovecot"
ADDRESS = "127.63.200.4"
USER, PASSWORD = f"{mail_peers.USER}@{mail_peers.DOMAIN}", mail_peers.PASSWORD
BIG, SMALL = "Big", "Small"
FEW = 2000  # messages of the small mailbox
UNSEEN = 10  # one message in so many
BATCH = 5000  # messages of a transaction
APPENDED = 400
WAITING = 25  # people with idle connections
LINE = "All work and no play makes a dull message, and it has to be of some length.\r\n"
TAGGED = re.compile(rb"(?:\A|\r\n)X (OK|NO|BAD)[^\r\n]*\r\n\Z")
LONGEST_TAGGED = 1000


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    address: tuple[str, int]
    pid: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation costs."""

    rate: float  # a second
    microseconds: float  # of CPU


class Failed(Exception):
    """A server did not say OK."""


class Client:
    """One connection, signed in."""

    def __init__(self, server: Server, mailbox: str = "", user: str = USER) -> None:
        self._socket = socket.create_connection(server.address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.recv(4096)
        self.ask(f'LOGIN {user} "{PASSWORD}"')
        if mailbox:
            self.ask(f"SELECT {mailbox}")

    def ask(self, command: str) -> bytes:
        """A command's whole answer.  Failed."""
        self.send(f"X {command}\r\n".encode())
        return self.answer()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> bytes:
        """Up to the tagged line.  Failed."""
        said = bytearray()
        while True:
            piece = self._socket.recv(1 << 20)
            said += piece
            found = TAGGED.search(said[-LONGEST_TAGGED:])
            if found is not None and found[1] == b"OK":
                return bytes(said)
            if found is not None or not piece:
                raise Failed(repr(bytes(said[-300:])))

    def go_on(self) -> None:
        """Wait to be told to.  Failed."""
        said = self._socket.recv(4096)
        if not said.startswith(b"+"):
            raise Failed(repr(said))

    def close(self) -> None:
        self._socket.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.imap", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--idle", type=int, default=1000, help="connections; 0: none")
    given = parser.parse_args()
    end_cleanly()
    os.sched_setaffinity(0, {LOAD_CORE})
    costs: dict[str, dict[str, Cost]] = {}
    held: dict[str, tuple[float, float]] = {}
    for name, serving in ((OURS, ours), (DOVECOT, dovecot)):
        try:
            with (
                tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder,
                serving(Path(folder), given.messages) as server,
            ):
                if given.idle:  # first, while nothing else has grown
                    held[name] = idle(server, given.idle)
                costs[name] = measured(server, given.messages)
        except NotReady as failure:
            print(f"{name} is left out: {failure}")
    show_costs(given.messages, costs)
    if given.idle:
        show_memory(given.idle, held)


def message(number: int) -> bytes:
    head = (
        f"From: Sender {number % 500} <sender{number % 500}@far.example>\r\nTo: <{USER}>\r\n"
        f"Subject: Message {number}{' about the harvest' if number % 1000 == 7 else ''}\r\n"
        f"Date: {formatdate(1.7e9 + number * 60)}\r\nMessage-ID: <{number}@far.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return (head + LINE * (2 + number % 40)).encode()


# ----- servers with mail


@contextlib.contextmanager
def ours(folder: Path, count: int) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            instance = stack.enter_context(Instance(1, {"cleartext": True}))
        instance.run("mailbox", "add", USER, "--password", PASSWORD, "--no-dns")
        listeners = {each["name"]: each for each in instance.run("status")["listeners"]}
        server = Server(
            OURS, (listeners["imap"]["address"], listeners["imap"]["port"]), instance.process.pid
        )
        store = open_here(instance.data)
        store.write_now(people_who_wait, passwords.digest(PASSWORD))
        for name, size in ((BIG, count), (SMALL, FEW)):
            client = Client(server)
            client.ask(f"CREATE {name}")
            client.close()
            for start in range(0, size, BATCH):
                store.write_now(fill, name, range(start, min(start + BATCH, size)))
        store.close()
        yield server


def people_who_wait(tx: Tx, digest: str) -> None:
    for number in range(WAITING):
        people.create(tx, waiting(number), "", digest)


def waiting(number: int) -> str:
    """One of those whose programs are idle."""
    return f"waiting{number % WAITING}@{mail_peers.DOMAIN}"


def fill(tx: Tx, name: str, numbers: Sequence[int]) -> None:
    """Put messages into a mailbox of ours."""
    (person,) = people.reach(tx, USER)
    mailbox = mailboxes.need(tx, person, name)
    for number in numbers:
        content = contents.prepare(message(number), None)
        contents.insert(tx, content)
        flags = ("\\Seen",) if number % UNSEEN else ()
        date = 1.7e9 + number * 60
        messages.add(tx, mailbox, person, content.id, content.size, flags, date)


@contextlib.contextmanager
def dovecot(folder: Path, count: int) -> Iterator[Server]:
    """NotReady"""
    if why := mail_peers.missing():
        raise NotReady(why)
    if accepts(ADDRESS, 143):
        raise NotReady("somebody else listens at its address")
    home = folder / "mail" / mail_peers.USER
    for name, size in ((BIG, count), (SMALL, FEW)):
        write_maildir(home / f".{name}", size)
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            stack.enter_context(mail_peers.dovecot(folder, ADDRESS))
        master = int((folder / "run" / "master.pid").read_text())
        yield Server(DOVECOT, (ADDRESS, 143), master)


def write_maildir(folder: Path, count: int) -> None:
    uid, gid = mail_peers.owner()
    for each in (folder.parent, folder, *(folder / name for name in ("cur", "new", "tmp"))):
        each.mkdir(parents=True, exist_ok=True)
        os.chown(each, uid, gid)
    for number in range(count):
        content = message(number)
        flags = "S" if number % UNSEEN else ""
        date = int(1.7e9) + number * 60
        file = (
            folder / "cur" / f"{date}.M{number}.bench,S={len(content)},W={len(content)}:2,{flags}"
        )
        file.write_bytes(content)
        os.chown(file, uid, gid)
        os.utime(file, (date, date))


# ----- what is measured


def measured(server: Server, count: int) -> dict[str, Cost]:
    for mailbox in (BIG, SMALL):  # the indexes are made
        client = Client(server, mailbox)
        client.ask("FETCH 1:* (ENVELOPE RFC822.SIZE)")
        client.ask('SEARCH SUBJECT "harvest"')
        client.close()
    small, big = Client(server, SMALL), Client(server, BIG)

    def asks(client: Client, command: str, times: int = 1) -> Callable[[], object]:
        return lambda: [client.ask(command) for _ in range(times)]

    def one_by_one() -> None:
        for number in range(1, FEW, 4):
            small.ask(f"FETCH {number} BODY.PEEK[]")

    def select() -> None:
        big.ask("UNSELECT")
        big.ask(f"SELECT {BIG}")

    found = {
        "SELECT, all messages": cost(server, 1, select),
        "SEARCH SUBJECT, all messages": cost(server, 1, asks(big, 'SEARCH SUBJECT "harvest"')),
        "SEARCH UNSEEN, all messages": cost(server, 1, asks(big, "SEARCH UNSEEN")),
        "SEARCH BODY, of 2,000": cost(server, 1, asks(small, 'SEARCH BODY "plow"'), 0.5),
        "FETCH FLAGS, all messages": cost(server, count, asks(big, "FETCH 1:* (FLAGS)")),
        "FETCH ENVELOPE, 2,000 at once": cost(server, FEW, asks(small, "FETCH 1:* (ENVELOPE)")),
        "FETCH BODY[], 2,000 at once": cost(server, FEW, asks(small, "FETCH 1:* (BODY.PEEK[])")),
        "FETCH BODY[], one by one": cost(server, FEW // 4, one_by_one),
        "NOOP": cost(server, 100, asks(small, "NOOP", 100)),
        "APPEND, one connection": cost(server, APPENDED, lambda: append(server, 1), 0.0),
        "APPEND, 8 connections": cost(server, APPENDED, lambda: append(server, 8), 0.0),
    }
    small.close()
    big.close()
    return found


def cost(server: Server, count: int, step: Callable[[], object], seconds: float = 1.0) -> Cost:
    """Do a step, which is so many operations, for so long."""
    steps, used, began = 0, family_seconds(server.pid), time.perf_counter()
    while not steps or time.perf_counter() - began < seconds:
        step()
        steps += 1
    took = time.perf_counter() - began
    used = family_seconds(server.pid) - used
    return Cost(steps * count / took, used / steps / count * 1e6)


def append(server: Server, connections: int) -> None:
    """Each connection puts one message in, then all wait for their answers."""
    clients = [Client(server, user=waiting(number)) for number in range(connections)]
    content = message(50)
    command = b"X APPEND INBOX {%d}\r\n" % len(content)
    for _ in range(APPENDED // connections):
        for client in clients:
            client.send(command)
        for client in clients:
            client.go_on()
            client.send(content + b"\r\n")
        for client in clients:
            client.answer()
    for client in clients:
        client.close()


def idle(server: Server, connections: int) -> tuple[float, float]:
    """Megabytes before, and with so many connections that wait in IDLE."""
    Client(server, "INBOX").close()
    time.sleep(1)  # what was for starting ends
    before = memory(tree(server.pid))
    clients = []
    for number in range(connections):
        client = Client(server, "INBOX", waiting(number))
        client.send(b"X IDLE\r\n")
        client.go_on()
        clients.append(client)
    after = memory(tree(server.pid))
    for client in clients:
        client.close()
    return before, after


# ----- what is printed


def show_costs(count: int, costs: dict[str, dict[str, Cost]]) -> None:
    ours, theirs = costs.get(OURS, {}), costs.get(DOVECOT, {})
    rows = []
    for operation in ours or theirs:
        our, their = ours.get(operation), theirs.get(operation)
        rows.append(
            (
                operation,
                *(f"{each.rate:,.0f}" if each else "" for each in (our, their)),
                ratio(our.rate, their.rate) if our and their else "",
                *(f"{each.microseconds:,.0f}" if each else "" for each in (our, their)),
                ratio(our.microseconds, their.microseconds) if our and their else "",
            )
        )
    columns = ("", "ours /s", "Dovecot /s", "ratio", "ours, CPU us", "Dovecot, CPU us", "ratio")
    show(f"IMAP, a mailbox of {count:,} messages", columns, rows)


def show_memory(connections: int, held: dict[str, tuple[float, float]]) -> None:
    rows = [
        (name, f"{before:.0f}", f"{after:.0f}", f"{(after - before) / connections * 1024:.0f}")
        for name, (before, after) in held.items()
    ]
    title = f"Memory with {connections:,} idle connections (PSS of all processes)"
    show(title, ("", "before, MB", "with them, MB", "KB each"), rows)


if __name__ == "__main__":
    main()
