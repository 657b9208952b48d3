"""The APIs: what a request costs, ours and the peers'.

    python -m bench.api
    python -m bench.api --requests 5000 --rounds 5

Four requests as boto3 writes them, signed beforehand and sent as raw HTTP over keep-alive connections,
one at a time and 16 at a time.  CPU is user and system time of all processes of a server; wall time is
what a caller waits.  Forecourt verifies each signature, and a change is on disk before its answer;
ministack and moto_server do neither.  They live in a venv of their own:

    python3 -m venv .venv-peers && .venv-peers/bin/pip install -r peers-constraints.txt
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.calls import Recorder, upsert
from bench.instance import ORIGIN, Instance, address_of, owner
from bench.load import Failed, drive
from bench.processes import (
    LOAD_CORE,
    SERVER_CORE,
    NotReady,
    accepts,
    cpu_seconds,
    end_cleanly,
    free_port,
    memory,
    pin,
    running,
    tree,
)
from bench.tables import ratio, show

VENV = Path(__file__).parent.parent / ".venv-peers" / "bin"
LOOPBACK = "127.0.0.1"
LISTED = 100  # record sets of the zone, and of one answer
CONCURRENCIES = (1, 16)
OURS = "Forecourt"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of APIs."""

    name: str
    address: tuple[str, int]
    recorder: Recorder
    pids: Callable[[], list[int]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation costs on a server."""

    server: str
    operation: str
    concurrency: int
    microseconds: float  # of CPU a request
    spread: float
    p50: float  # seconds
    p99: float


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that answers the same APIs; `{port}` stands for its port."""

    program: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


PEERS = (
    Peer("ministack", (), {"GATEWAY_PORT": "{port}", "LOG_LEVEL": "WARNING"}),
    Peer("moto_server", ("-H", LOOPBACK, "-p", "{port}"), {}),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.api", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--requests", type=int, default=1500, help="in a round (default 1500)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken")
    given = parser.parse_args()
    end_cleanly()
    os.sched_setaffinity(0, {LOAD_CORE})
    costs: list[Cost] = []
    with contextlib.ExitStack() as stack:
        instance = stack.enter_context(Instance(processes=1))
        us = Server(OURS, instance.api, instance.recorder, instance.all_pids)
        costs += measure(us, given.requests, given.rounds)
    for peer in PEERS:
        if not (VENV / peer.program).exists():
            print(f"{peer.program} is left out: it is not in {VENV}.")
            continue
        with tempfile.TemporaryDirectory(prefix="forecourt-bench-api-") as folder:
            try:
                with serving(peer, Path(folder)) as server:
                    costs += measure(server, given.requests, given.rounds)
            except (NotReady, Failed) as failure:
                print(f"{peer.program} is left out: {failure}")
    print_costs(costs)


@contextlib.contextmanager
def serving(peer: Peer, folder: Path) -> Iterator[Server]:
    """Run a peer on a port of its own.  NotReady."""
    port = free_port(LOOPBACK)
    arguments = [each.format(port=port) for each in peer.arguments]
    environment = {name: value.format(port=port) for name, value in peer.environment.items()}
    environment["HOME"] = str(folder)
    command = (str(VENV / peer.program), *arguments)
    with running(command, folder / "log", lambda: accepts(LOOPBACK, port), environment) as process:
        recorder = Recorder(f"http://{LOOPBACK}:{port}", "test", "test")
        yield Server(peer.program, (LOOPBACK, port), recorder, lambda: tree(process.pid))


def requests_of(server: Server) -> dict[str, Callable[[int], list[bytes]]]:
    """How to make so many requests of each operation, on a zone that this makes."""
    record, client = server.recorder.record, server.recorder.client("route53")
    made = client.create_hosted_zone(Name=ORIGIN, CallerReference="bench")
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    changes = [upsert(owner(each), address_of(each)) for each in range(LISTED)]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    turn = iter(range(1 << 32))

    def change() -> bytes:
        at = next(turn)
        batch = {"Changes": [upsert(owner(at % LISTED), address_of(at))]}
        return record(
            "route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch
        )

    listed = {"HostedZoneId": zone, "MaxItems": str(LISTED)}
    return {
        "GetHostedZone": lambda n: [record("route53", "get_hosted_zone", Id=zone)] * n,
        f"ListResourceRecordSets ({LISTED})": lambda n: (
            [record("route53", "list_resource_record_sets", **listed)] * n
        ),
        "ChangeResourceRecordSets (1)": lambda n: [change() for _ in range(n)],
        "GetCallerIdentity": lambda n: [record("sts", "get_caller_identity")] * n,
    }


def measure(server: Server, count: int, rounds: int) -> Iterator[Cost]:
    """Every operation at every concurrency.  Failed."""
    pin(server.pids(), SERVER_CORE)
    for operation, make in requests_of(server).items():
        drive(server.address, make(50), 1)  # what is done once
        for concurrency in CONCURRENCIES:
            found, waits = [], []
            for _ in range(rounds):
                requests, pids = make(count), server.pids()
                before = cpu_seconds(pids)
                waits.append(drive(server.address, requests, concurrency))
                found.append((cpu_seconds(pids) - before) / count * 1e6)
            yield Cost(
                server.name,
                operation,
                concurrency,
                statistics.median(found),
                max(found) - min(found),
                statistics.median(each.quantile(0.5) for each in waits),
                statistics.median(each.quantile(0.99) for each in waits),
            )
    print(f"{server.name}: {memory(server.pids()):.0f} MB (PSS) afterwards.")


def print_costs(costs: list[Cost]) -> None:
    ours = {(c.operation, c.concurrency): c.microseconds for c in costs if c.server == OURS}
    show(
        "CPU a request, all processes of a server",
        (
            "operation",
            "at a time",
            "server",
            "us/request",
            "spread",
            "ours/its",
            "p50 ms",
            "p99 ms",
        ),
        (
            (
                operation,
                str(concurrency),
                cost.server,
                f"{cost.microseconds:.0f}",
                f"{cost.spread:.0f}",
                ratio(ours[operation, concurrency], cost.microseconds),
                f"{cost.p50 * 1000:.2f}",
                f"{cost.p99 * 1000:.2f}",
            )
            for operation, concurrency in ours
            for cost in costs
            if (cost.operation, cost.concurrency) == (operation, concurrency)
        ),
    )


if __name__ == "__main__":
    main()
