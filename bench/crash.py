"""Kills parts of an instance at random moments under writes, and looks for what was lost.

python -m bench.crash --rounds 50                     every kind in turn: CI takes 5
python -m bench.crash --kinds all --rounds 200        all processes at once
python -m bench.crash --trace                         the system calls of one change (bench/trace.py)

After each crash it waits until the instance is whole again, by itself but for a supervisor that must be
started, then compares: every change that was acknowledged is listed, and answered by every name
server over UDP and TCP; no change went back from INSYNC to PENDING.  Exit status 1 if one did not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import trace
from bench.ledger import (
    ANSWERED_WITHIN,
    ORIGIN,
    REFUSALS,
    Change,
    Clients,
    Ledger,
    client,
    listed,
    status,
    unanswered,
    upsert,
)
from bench.processes import command_of, end_cleanly, tree
from bench.tables import show

ROLES = ("gateway", "dns", "streams", "control")
KINDS = (*ROLES, "supervisor", "all")
CREDENTIAL = ("AKIAQAAAAAAACRASHING", "crashing-secret")
WRITERS = 4
SOONEST, LATEST = 0.05, 0.5  # seconds from one check to the next crash
READY_WITHIN = 30.0
ENDED_WITHIN = 20.0
SAME_LIFE = 4  # crashes of a role after which the supervisor waits too long for our patience
PORTS = 3  # source ports each name server is asked from, for each of its processes to be hit


class Stuck(Exception):
    """The instance did not become whole again."""


@dataclass(slots=True)
class Tally:
    """What is said of one kind of crash."""

    crashes: int = 0
    acknowledged: int = 0
    lost: int = 0
    slowest: float = 0.0


class Instance:
    """One that is killed and started again, on a network of its own."""

    def __init__(self, folder: Path, network: int) -> None:
        self.data, self.log = folder / "data", folder / "log"
        self._where = ("--bind", f"127.{network}.0.1", "--network", f"127.{network}.0.0/16")
        self.seen: set[tuple[int, str]] = set()  # each process it ever had, and when that began
        self.crashed: dict[str, int] = {}  # of each role, since the supervisor was started
        self.listeners: Any = None

    def start(self) -> None:
        command = [sys.executable, "-m", "forecourt.cli", "up", "--json", *self._where]
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [*command, "--data", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=os.environ | {"FORECOURT_ROOT_CREDENTIALS": ":".join(CREDENTIAL)},
            )
        within(READY_WITHIN, self._is_ready, "it is not ready")
        self.crashed.clear()
        self.note()
        status = self.status()
        if self.listeners not in (None, status["listeners"]):
            raise Stuck(f"its listeners moved: {self.listeners} {status['listeners']}")
        self.api, self.listeners = status["api"], status["listeners"]
        self.servers = [
            (each["address"], each["port"]) for each in self.listeners if each["protocol"] == "dns"
        ]

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise Stuck(f"it ended: {self.log.read_text().strip().splitlines()[-1]}")
        return bool(self.status().get("pid") == self.process.pid)

    def status(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads((self.data / "run/status.json").read_text())
            return found
        return {}

    def note(self) -> dict[int, str]:
        """Its processes and their roles; the supervisor first."""
        found = {}
        for pid in family(self.process.pid):
            with contextlib.suppress(OSError):
                words = command_of(pid)
                found[pid] = words[3] if words[2:3] == ["forecourt.roles"] else "supervisor"
                self.seen.add((pid, born(pid)))
        return found

    def crash(self, kind: str) -> None:
        """Kill what a kind names: one process of a role, the supervisor, or everybody."""
        roles = self.note()
        every = list(roles)
        one = [pid for pid, role in roles.items() if role == kind]
        killed = every if kind == "all" else [random.choice(one)]
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if kind in ROLES:
            self.crashed[kind] = self.crashed.get(kind, 0) + 1
        else:
            self.process.wait(10)
            self.start()

    def is_whole(self) -> bool:
        """Whether each role runs as often as it should."""
        roles = sorted(self.note().values())
        return roles == ["control", "dns", "dns", "gateway", "streams", "supervisor"]

    def left(self) -> list[int]:
        """Processes it once had that still run."""
        return [pid for pid, when in self.seen if when and born(pid) == when]

    def is_alone(self) -> bool:
        """Whether of all it ever had only those run that belong to it now."""
        return set(self.left()) <= set(self.note())

    def stop(self) -> None:
        """End it, and all it left; nobody is killed who ends by himself."""
        self.note()
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(ENDED_WITHIN)


def family(pid: int) -> list[int]:
    try:
        return tree(pid)
    except (OSError, ValueError):  # one of them just ended
        return [pid]


def born(pid: int) -> str:
    """When a process began, in the kernel's words; empty where it runs no more."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] in "ZX" else words[19]


def within(seconds: float, condition: Callable[[], object], otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Stuck(f"{otherwise} within {seconds:.0f} s")
        time.sleep(0.01)


class Trial:
    """An instance under writes, its crashes, and what they cost."""

    def __init__(self, folder: Path, network: int) -> None:
        self.instance, self.ledger = Instance(folder, network), Ledger()
        self.tallies: dict[str, Tally] = {}
        self._checked = 0

    def begin(self) -> None:
        self.instance.start()
        route53 = client(self.instance.api, CREDENTIAL)
        made = route53.create_hosted_zone(Name=ORIGIN, CallerReference=secrets.token_hex(8))
        self.zone = made["HostedZone"]["Id"]
        route53.close()
        words = ("account", "quota", "000000000000", "MAX_RRSETS_BY_ZONE", "1000000")
        subprocess.run(
            [sys.executable, "-m", "forecourt.cli", *words, "--data", str(self.instance.data)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.clients = Clients(self.ledger, lambda: self.instance.api, CREDENTIAL, self.zone)
        self.clients.start(WRITERS)

    def round(self, kind: str) -> None:
        """One crash, the recovery, and the comparison."""
        if self.instance.crashed.get(kind, 0) >= SAME_LIFE:
            self.instance.stop()
            self.instance.start()
        self.ledger.round += 1
        first = f"r{self.ledger.round:05}"
        time.sleep(random.uniform(SOONEST, LATEST))
        start = time.monotonic()
        self.instance.crash(kind)
        self.recover()
        tally = self.tallies.setdefault(kind, Tally())
        tally.slowest = max(tally.slowest, time.monotonic() - start)
        tally.crashes += 1
        within(ENDED_WITHIN, self.instance.is_alone, "processes of before are left")
        self.clients.writing.clear()
        changes = self.ledger.changes[self._checked :]
        self._checked += len(changes)
        tally.acknowledged += len(changes)
        # Some that were under way when the round began bear the name of the one before.
        tally.lost += self.compare(changes, min((c.owner for c in changes), default=first))
        self.clients.writing.set()

    def recover(self) -> None:
        """Wait until a new change is taken, INSYNC, and answered by everybody."""
        instance = self.instance
        within(READY_WITHIN, instance.is_whole, "a role is not back")
        route53 = client(instance.api, CREDENTIAL)
        probe: list[Change] = []

        def taken() -> bool:
            with contextlib.suppress(*REFUSALS):
                owner = f"{self.ledger.round:05}-probe.{ORIGIN}"
                probe.append(upsert(route53, self.zone, owner, "192.0.2.1"))
            return bool(probe)

        def in_sync() -> bool:
            with contextlib.suppress(*REFUSALS):
                return status(route53, probe[0]) == "INSYNC"
            return False

        within(READY_WITHIN, taken, "no change is taken")
        within(READY_WITHIN, in_sync, "no change is INSYNC")
        route53.close()
        if self.silent(probe):
            self.ledger.problems.append(f"{probe[0].owner} is INSYNC and not answered")

    def silent(self, changes: Sequence[Change]) -> set[str]:
        """The names that some server does not answer by."""
        ways = [("udp", server) for server in self.instance.servers for _ in range(PORTS)]
        ways += [("tcp", server) for server in self.instance.servers]
        return {
            change.owner
            for transport, server in ways
            for change in unanswered(server, transport, changes, ANSWERED_WITHIN)
        }

    def compare(self, changes: Sequence[Change], first: str) -> int:
        """How many acknowledged changes are not listed, or not answered by someone."""
        route53 = client(self.instance.api, CREDENTIAL)
        there = listed(route53, self.zone, first)
        route53.close()
        missing = {change.owner for change in changes if there.get(change.owner) != change.address}
        # Acknowledged is not yet INSYNC: servers get a moment for the newest.
        deadline = time.monotonic() + ANSWERED_WITHIN
        while (silent := self.silent(changes)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for owner in sorted(missing):
            self.ledger.problems.append(f"{owner} was acknowledged and is not listed")
        for owner in sorted(silent):
            self.ledger.problems.append(f"{owner} was acknowledged and is not answered")
        return len(missing | silent)

    def end(self) -> None:
        """Everything once more, then everybody goes home."""
        self.clients.stop()
        self.recover()
        self.compare(self.ledger.changes, "0")
        self.instance.stop()
        within(ENDED_WITHIN, lambda: not self.instance.left(), "processes are left at the end")
        text = self.instance.log.read_text(errors="replace")
        if tracebacks := text.count("Traceback (most recent call last)"):
            at = text.index("Traceback (most recent call last)")
            self.ledger.problems.append(f"{tracebacks} tracebacks: {text[at : at + 2000]}")

    def clear(self) -> None:
        """What is left of ours after a failure is ended."""
        self.instance.stop()
        for pid in self.instance.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def crashes(rounds: int, kinds: Sequence[str], network: int, minutes: float) -> bool:
    """So many crashes of each kind, as far as time allows; whether nothing was lost."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="forecourt-crash-") as folder:
        trial = Trial(Path(folder), network)
        try:
            trial.begin()
            for _ in range(rounds):
                for kind in kinds:
                    if time.monotonic() - started < minutes * 60:
                        trial.round(kind)
            trial.end()
        except Stuck as stuck:
            said = trial.instance.log.read_text(errors="replace").splitlines()[-20:]
            trial.ledger.problems.append("\n".join((str(stuck), *said)))
        finally:
            trial.clear()
    report(trial, rounds, time.monotonic() - started)
    done = all(tally.crashes == rounds for tally in trial.tallies.values())
    return done and not trial.ledger.problems


def report(trial: Trial, rounds: int, seconds: float) -> None:
    rows = [
        (kind, f"{t.crashes}", f"{t.acknowledged}", f"{t.lost}", f"{t.slowest:.2f} s")
        for kind, t in trial.tallies.items()
    ]
    columns = ("killed", "crashes", "acknowledged", "lost", "slowest recovery")
    show(f"{rounds} crashes of each kind under writes, {seconds:.0f} s", columns, rows)
    print(f"{trial.ledger.refused} calls were refused or cut off meanwhile.")
    for problem in trial.ledger.problems[:20]:
        print(f"PROBLEM: {problem}")
    if len(trial.ledger.problems) > 20:
        print(f"... and {len(trial.ledger.problems) - 20} more")


def traced(network: int) -> bool:
    """Show the system calls of one change; whether it was on disk before it was answered."""
    with tempfile.TemporaryDirectory(prefix="forecourt-crash-") as folder:
        trial = Trial(Path(folder), network)
        try:
            trial.instance.start()
            route53 = client(trial.instance.api, CREDENTIAL)
            made = route53.create_hosted_zone(Name=ORIGIN, CallerReference="trace")
            zone = made["HostedZone"]["Id"]
            (gateway,) = (p for p, role in trial.instance.note().items() if role == "gateway")
            with trace.of(gateway, Path(folder) / "trace") as lines:
                upsert(route53, zone, f"traced.{ORIGIN}", "192.0.2.1")
            route53.close()
            try:
                shown = trace.order(lines)
            except trace.NotDurable as problem:
                print(f"PROBLEM: {problem}")
                return False
        finally:
            trial.clear()
    print("The gateway during one ChangeResourceRecordSets:")
    for line in shown:
        print(f"  {line}")
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50, help="crashes of each kind")
    parser.add_argument("--kinds", default=",".join(KINDS), help="which; all by default")
    parser.add_argument("--network", type=int, default=70, help="N of the network 127.N.0.0/16")
    parser.add_argument("--minutes", type=float, default=60, help="no crash begins after these")
    parser.add_argument("--trace", action="store_true", help="the system calls of one change")
    options = parser.parse_args()
    end_cleanly()
    kinds = options.kinds.split(",")
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    if options.trace:
        good = traced(options.network)
    else:
        good = crashes(options.rounds, kinds, options.network, options.minutes)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
