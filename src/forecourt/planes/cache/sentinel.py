"""Who decides for groups without shards while nobody of ours is there: three Sentinels.

    sentinels = Sentinels(runner, program, places)
    decided = await sentinels.take_back()       # from now on it is we who decide
    sentinels.stand_by(watched)                 # and when we are gone, they

A Sentinel that stands by is a shell that reads from a pipe of ours.  Nobody writes to it: it closes when we end,
however we end, and only then the shell becomes a Sentinel, with the configuration that was written last.  So there
are never two authorities.

https://valkey.io/topics/sentinel
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .configuration import SERVICE_USER
from .runner import Runner, Running, write

COUNT, QUORUM = 3, 2
PORT = 26379  # of the first; the others are one further each
DOWN, FAILOVER = 2000, 10_000  # milliseconds
PREFIX = "sentinel-"
FILE = "sentinel.conf"
WAIT = f'read -r _; exec "$0" {FILE} --sentinel'
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """A group whose replicas may take their primary's place."""

    name: str
    primary: Place
    replicas: tuple[Place, ...]
    secret: str  # of the service's own user


@dataclass(frozen=True, slots=True)
class Decided:
    """Whom a Sentinel holds for a group's primary."""

    primary: Place
    epoch: int  # of several answers the one with the greatest is right; 0: nothing was decided


def conf(number: int, places: Sequence[Place], watched: Iterable[Watched], password: str) -> str:
    """The configuration of one of the Sentinels."""
    address, port = places[number]
    lines = [
        f"bind {address}",
        f"port {port}",
        "protected-mode no",
        "daemonize no",
        f"requirepass {password}",
        f"sentinel sentinel-pass {password}",
        f"sentinel myid {identity(number)}",
        f"sentinel announce-ip {address}",
        f"sentinel announce-port {port}",
        "sentinel deny-scripts-reconfig yes",
    ]
    for each in watched:
        lines += [
            f"sentinel monitor {each.name} {each.primary[0]} {each.primary[1]} {QUORUM}",
            f"sentinel auth-user {each.name} {SERVICE_USER}",
            f"sentinel auth-pass {each.name} {each.secret}",
            f"sentinel down-after-milliseconds {each.name} {DOWN}",
            f"sentinel failover-timeout {each.name} {FAILOVER}",
            f"sentinel parallel-syncs {each.name} 5",
            *(f"sentinel known-replica {each.name} {a} {p}" for a, p in each.replicas),
            *(
                f"sentinel known-sentinel {each.name} {a} {p} {identity(other)}"
                for other, (a, p) in enumerate(places)
                if other != number
            ),
        ]
    return "\n".join(lines) + "\n"


def identity(number: int) -> str:
    return hashlib.sha1(f"{PREFIX}{number}".encode(), usedforsecurity=False).hexdigest()


def decided(text: str) -> dict[str, Decided]:
    """What a Sentinel wrote into its configuration, by group."""
    primaries: dict[str, Place] = {}
    epochs: dict[str, int] = {}
    for line in text.splitlines():
        match line.split():
            case ["sentinel", "monitor", name, address, port, _]:
                primaries[name] = (address, int(port))
            case ["sentinel", "config-epoch", name, epoch]:
                epochs[name] = int(epoch)
    return {name: Decided(place, epochs.get(name, 0)) for name, place in primaries.items()}


class Sentinels:
    def __init__(self, runner: Runner, program: str, places: Sequence[Place]) -> None:
        self._runner, self._program, self._places = runner, program, places
        self._held: dict[str, int] = {}  # what closes when we end, by name
        self._running: dict[str, Running] = {}
        self._watched: tuple[Watched, ...] = ()
        self._password = secrets.token_hex(24)

    async def take_back(self) -> dict[str, Decided]:
        """End them, and learn what they decided."""
        found: dict[str, Decided] = {}
        for number in range(len(self._places)):
            name = f"{PREFIX}{number}"
            running = self._running.pop(name, None) or self._runner.adopt(name)
            if running is not None:
                await running.kill()
                running.close()
            if (held := self._held.pop(name, None)) is not None:
                os.close(held)
            path = self._runner.folder(name) / FILE
            for group, said in decided(path.read_text() if path.exists() else "").items():
                if group not in found or said.epoch > found[group].epoch:
                    found[group] = said
        self._watched = ()
        return found

    async def stand_by(self, watched: Iterable[Watched]) -> None:
        """Let them know what they will have to watch."""
        wanted = tuple(watched)
        if wanted == self._watched:
            return
        if not wanted:
            await self.take_back()
        for number in range(len(self._places) if wanted else 0):
            name = f"{PREFIX}{number}"
            text = conf(number, self._places, wanted, self._password)
            if name in self._held and self._running[name].doing() not in ("", "Z"):
                write(self._runner.folder(name) / FILE, text)
            else:
                self._start(name, text)
        self._watched = wanted

    def _start(self, name: str, text: str) -> None:
        if (held := self._held.pop(name, None)) is not None:
            os.close(held)
        theirs, self._held[name] = os.pipe()
        try:
            self._running[name] = self._runner.start(
                name, "/bin/sh", ["-c", WAIT, self._program], {FILE: text}, stdin=theirs
            )
        finally:
            os.close(theirs)
