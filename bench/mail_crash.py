"""Kills processes of an instance at random moments while mail comes in, and looks for what was lost.

python -m bench.mail_crash --rounds 50            in turn: mail, control, gateway, dns, supervisor, all

Senders keep a ledger of what was answered 250; Postfix's smtp-source, where it is installed, adds load.
At the end every message of the ledger is in its mailbox, whole; one that is there twice was sent again
because its connection died before the answer.  Exit status 1 if not.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import accepts, command_of, end_cleanly, tree
from bench.tables import show
from forecourt.platform.mail import contents, messages, people
from forecourt.store.blobs import Blobs
from forecourt.store.opening import open_store
from forecourt.store.tx import Tx

BIND, NETWORK = "127.78.0.1", "127.78.0.0/16"
BOB = "bob@crash.test"
KINDS = ("mail", "control", "gateway", "dns", "supervisor", "all")
SENDERS = 4
UP_WITHIN = 60.0  # seconds
LARGE = 100 * 1024  # bytes of every tenth message: it lies on disk as a file
FORECOURT = (sys.executable, "-m", "forecourt.cli")


@dataclass
class Ledger:
    """What was answered 250, and what may be there although it was not."""

    acknowledged: set[str] = field(default_factory=set)
    tried: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Instance:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.data / "run" / "status.json").unlink(missing_ok=True)  # of one that was killed
        words = ["up", "--bind", BIND, "--network", NETWORK, "--data", str(self.data)]
        log = open(self.data.parent / "log", "ab")  # noqa: SIM115  the child's
        self.process = subprocess.Popen(
            [*FORECOURT, *words], stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + UP_WITHIN
        ready = self.data / "run" / "status.json"  # there from when all roles are ready
        while not (ready.exists() and accepts(BIND, 25)):
            if time.monotonic() > deadline:
                raise SystemExit(
                    "it did not come back: " + (self.data.parent / "log").read_text()[-2000:]
                )
            time.sleep(0.05)

    def run(self, *words: str) -> None:
        command = [*FORECOURT, *words, "--data", str(self.data)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def kill(self, kind: str) -> None:
        """One process of a role, the supervisor, or all of them at once."""
        assert self.process is not None
        family = tree(self.process.pid)
        if kind == "all":
            chosen = family
        elif kind == "supervisor":
            chosen = family[:1]
        else:
            chosen = [random.choice(self.of_role(kind))]
        for pid in chosen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if kind in ("all", "supervisor"):
            self.process.wait()
            self.start()

    def of_role(self, kind: str) -> list[int]:
        """The processes of a role, once it is back from an earlier round."""
        assert self.process is not None
        deadline = time.monotonic() + UP_WITHIN
        while True:
            with contextlib.suppress(OSError):
                mine = tree(self.process.pid)[1:]
                if found := [p for p in mine if command_of(p)[2:4] == ["forecourt.roles", kind]]:
                    return found
            if time.monotonic() > deadline:
                raise SystemExit(f"{kind} did not come back")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def text_of(label: str, size: int) -> bytes:
    """A message that says what it is, and by a digest that it is whole."""
    body = "".join(f"{label} {line}\r\n" for line in range(max(1, size // (len(label) + 8))))
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"From: a@load.test\r\nSubject: {label}\r\nX-Digest: {digest}\r\n\r\n{body}".encode()


def send(ledger: Ledger, number: int, stop: threading.Event) -> None:
    """Send one message after the other, each until it is acknowledged."""
    for count in itertools.count():
        label, text = (
            f"m{number}-{count}",
            text_of(f"m{number}-{count}", LARGE if count % 10 == 0 else 2000),
        )
        while not stop.is_set():
            with ledger.lock:
                ledger.tried[label] += 1
            try:
                with smtplib.SMTP(BIND, 25, local_hostname="load.test", timeout=20) as client:
                    client.sendmail("a@load.test", [BOB], text)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)
                continue
            with ledger.lock:
                ledger.acknowledged.add(label)
            break
        if stop.is_set():
            return


@contextlib.contextmanager
def load() -> Iterator[None]:
    """smtp-source, started again whenever it ends."""
    program = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    stop = threading.Event()

    def run() -> None:
        while program and not stop.is_set():
            words = [
                program,
                "-s",
                "4",
                "-m",
                "200",
                "-l",
                "4096",
                "-f",
                "s@load.test",
                "-t",
                BOB,
                f"{BIND}:25",
            ]
            subprocess.run(words, capture_output=True, timeout=60, check=False)
            time.sleep(0.05)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


def there(tx: Tx, blobs: Blobs) -> tuple[Counter[str], int]:
    """The labelled messages in Bob's mailbox, and how many are torn."""
    found: Counter[str] = Counter()
    torn = 0
    (person,) = people.reach(tx, BOB)
    mailbox = tx.value("SELECT id FROM mailbox WHERE person = :p AND name = 'INBOX'", p=person)
    uids = [
        uid
        for (uid,) in tx.all(
            "SELECT uid FROM mail_message WHERE mailbox = :m ORDER BY uid", m=mailbox
        )
    ]
    counted = tx.value("SELECT messages FROM mailbox WHERE id = :m", m=mailbox)
    torn += counted != len(uids)
    for start in range(0, len(uids), 500):
        for row, content in messages.rows(
            tx, mailbox, uids[start : start + 500], summary=False, content=None, since=0
        ):
            data = row.content or contents.read(blobs, content)
            torn += len(data) != row.size
            header, _, body = data.partition(b"\r\n\r\n")
            fields = dict(line.partition(": ")[::2] for line in header.decode().split("\r\n"))
            if "X-Digest" in fields:
                torn += hashlib.sha256(body).hexdigest() != fields["X-Digest"]
                found[fields["Subject"]] += 1
    return found, torn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=12)
    given = parser.parse_args()
    end_cleanly()
    ledger, stop = Ledger(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="forecourt-mail-crash-") as folder:
        instance = Instance(Path(folder) / "data")
        instance.start()
        try:
            instance.run("mailbox", "add", BOB, "--password", "x", "--no-dns")
            senders = [
                threading.Thread(target=send, args=(ledger, number, stop))
                for number in range(SENDERS)
            ]
            for each in senders:
                each.start()
            killed: Counter[str] = Counter()
            with load():
                for kind in itertools.islice(itertools.cycle(KINDS), given.rounds):
                    time.sleep(random.uniform(0.5, 1.5))
                    instance.kill(kind)
                    killed[kind] += 1
                    instance.wait()
                time.sleep(1.0)
                stop.set()
                for each in senders:
                    each.join(60)
        finally:
            stop.set()
            instance.stop()
        lost, twice, torn = compare(Path(folder) / "data", ledger)
        rows = [[kind, str(count)] for kind, count in killed.items()]
        rows += [
            ["acknowledged", str(len(ledger.acknowledged))],
            ["lost", str(lost)],
            ["torn", str(torn)],
        ]
        rows.append(["twice, after a connection died", str(twice)])
        show("kill -9 while mail comes in", ("killed", "times"), rows)
        sys.exit(bool(lost or torn))


def compare(data: Path, ledger: Ledger) -> tuple[int, int, int]:
    """How many acknowledged messages are lost, how many are there twice, how many are torn."""
    store = open_store(data, "sqlite", (data / "master.key").read_bytes())
    try:
        found, torn = store.read_now(there, Blobs(data / contents.FOLDER))
    finally:
        store.close()
    lost = [label for label in ledger.acknowledged if not found[label]]
    more = [label for label, count in found.items() if count > max(ledger.tried[label], 1)]
    twice = sum(count - 1 for count in found.values() if count > 1)
    if lost or more:
        print(json.dumps({"lost": lost[:10], "more than sent": more[:10]}))
    return len(lost) + len(more), twice, torn


if __name__ == "__main__":
    main()
