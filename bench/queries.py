"""Sends DNS queries with dnsperf, and counts what a server spends on them.

The names come from a file made once, drawn uniformly at random with a fixed seed, so that all servers
are asked the same.  A query with a cookie carries the client's part and the server's (RFC 7873), which
is asked for first, as a resolver does.
"""

from __future__ import annotations

import random
import re
import socket
import statistics
import struct
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.instance import ORIGIN, owner
from bench.processes import LOAD_CORE, cpu_seconds

BARE, COOKIE = "bare", "EDNS + cookie"
KINDS = (BARE, COOKIE)
# Whoever asks without a cookie is exempt from rate limits; who has one must prove it.
SOURCES = {BARE: "127.0.0.1", COOKIE: "127.64.0.1"}
EXEMPT = "127.0."
OUTSTANDING = 100
LONGEST = 120  # seconds of a round
CLIENT_COOKIE = bytes.fromhex("0123456789abcdef")
COMPLETED = re.compile(r"Queries completed:\s+(\d+) \(([\d.]+)%\)")
RATE = re.compile(r"Queries per second:\s+([\d.]+)")
NOERROR = re.compile(r"NOERROR (\d+)")

Address = tuple[str, int]


class Unanswered(Exception):
    """A server did not answer what it was asked."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What queries cost a server, by one measurement."""

    microseconds: float  # of CPU a query
    rate: float  # queries a second


def write_names(path: Path, records: int, queries: int) -> None:
    """Names of a filled zone, at random."""
    draw = random.Random(53).randrange
    path.write_text("".join(f"{owner(draw(records))} A\n" for _ in range(queries)))


def write_every_name(path: Path, records: int) -> None:
    """Each name of a filled zone once, in no order."""
    numbers = list(range(records))
    random.Random(35).shuffle(numbers)
    path.write_text("".join(f"{owner(each)} A\n" for each in numbers))


def ask(server: Address, names: Path, kind: str) -> tuple[int, float]:
    """Ask what a file says, once: queries answered, and how many a second.  Unanswered."""
    command = [
        *("taskset", "-c", str(LOAD_CORE), "dnsperf", "-s", server[0], "-p", str(server[1])),
        *("-a", SOURCES[kind], "-d", str(names), "-n", "1", "-q", str(OUTSTANDING), "-W"),
        *("-c", "8", "-t", "2", "-l", str(LONGEST)),
    ]
    if kind == COOKIE:
        command += ["-e", "-E", f"10:{learn_cookie(server).hex()}"]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    completed, rate, good = COMPLETED.search(said), RATE.search(said), NOERROR.search(said)
    if not completed or not rate or not good or float(completed[2]) < 99.9:
        raise Unanswered(f"{server[0]} answered not all: {said[-600:]}")
    return int(completed[1]), float(rate[1])


def measure(
    server: Address, pids: Sequence[int], names: Path, kind: str, rounds: int
) -> tuple[Cost, float]:
    """The median of some rounds, and how far they lie apart."""
    costs = []
    for _ in range(rounds):
        before = cpu_seconds(pids)
        completed, rate = ask(server, names, kind)
        costs.append(Cost((cpu_seconds(pids) - before) / completed * 1e6, rate))
    found = [cost.microseconds for cost in costs]
    rate = statistics.median(cost.rate for cost in costs)
    return Cost(statistics.median(found), rate), max(found) - min(found)


def learn_cookie(server: Address) -> bytes:
    """Both parts of a cookie; only ours from a server that has none."""
    option = struct.pack(">HH", 10, len(CLIENT_COOKIE)) + CLIENT_COOKIE
    opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(option)) + option
    for _ in range(3):
        answer = exchange(server, SOURCES[COOKIE], question(1) + opt)
        at = answer.find(CLIENT_COOKIE)
        if at >= 0:
            (length,) = struct.unpack_from(">H", answer, at - 2)
            return answer[at : at + length]
        time.sleep(1.1)  # what we asked before counts against us: without a cookie, for a second
    return CLIENT_COOKIE


def answers(server: Address) -> bool:
    """Whether a server answers a query for the zone with its SOA."""
    answer = exchange(server, SOURCES[BARE], question(0))
    return len(answer) > 12 and answer[3] & 15 == 0 and answer[7] > 0


def question(additional: int) -> bytes:
    """A query for the zone's SOA."""
    labels = b"".join(bytes((len(part),)) + part.encode() for part in ORIGIN.split("."))
    return (
        struct.pack(">6H", 53, 0, 1, 0, 0, additional) + labels + b"\0" + struct.pack(">HH", 6, 1)
    )


def exchange(server: Address, source: str, query: bytes) -> bytes:
    """One query's answer; nothing if there is none soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        try:
            sock.bind((source, 0))
            sock.connect(server)
            sock.send(query)
            return sock.recv(4096)
        except OSError:
            return b""
