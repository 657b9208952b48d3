"""Name servers: what a query costs, ours and the peers'; and how soon a change is INSYNC.

    python -m bench.dns                                  1,000 records
    python -m bench.dns --records 1000000 --rounds 5

One process answers on one core, dnsperf asks from the other, names uniformly at random: once bare, and
once with EDNS and a cookie from a client that rate limits do not exempt.  CPU is user and system time
of the processes that answer.  Each name of ours is asked once beforehand, which is shown as the cost of
a first answer: it is compiled then.  Servers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import insync, queries
from bench.instance import Instance
from bench.processes import SERVER_CORE, NotReady, end_cleanly, memory, pin
from bench.queries import BARE, COOKIE, EXEMPT, KINDS, Cost
from bench.servers import PEERS, Peer, is_installed, serving, write_zone
from bench.tables import ratio, show

CHANGES_A_SECOND = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One server, asked in one way."""

    server: str
    kind: str
    cost: Cost
    spread: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Plan:
    records: int
    queries: int
    rounds: int
    seconds: float
    folder: Path

    @property
    def names(self) -> Path:
        return self.folder / "names"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.dns", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--records", type=int, default=1000, help="in the zone (default 1000)")
    parser.add_argument("--queries", type=int, default=200_000, help="in a round (default 200000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken")
    parser.add_argument("--seconds", type=float, default=15, help="of changes; 0: no INSYNC part")
    parser.add_argument("--peers", default=",".join(peer.name for peer in PEERS))
    given = parser.parse_args()
    end_cleanly()
    if shutil.which("dnsperf") is None:
        sys.exit("bench.dns: dnsperf asks the questions and is not here: apt-get install dnsperf")
    with tempfile.TemporaryDirectory(prefix="forecourt-bench-dns-") as folder:
        plan = Plan(given.records, given.queries, given.rounds, given.seconds, Path(folder))
        queries.write_names(plan.names, plan.records, plan.queries)
        rows = ours(plan)
        zone = plan.folder / "bench.zone"
        write_zone(zone, plan.records)
        chosen = given.peers.lower().split(",")
        for peer in PEERS:
            if peer.name.lower() not in chosen:
                continue
            if is_installed(peer):
                rows += theirs(plan, peer, zone)
            else:
                print(f"{peer.name} is left out: {peer.program} is not installed.")
        print_costs(plan, rows)


def ours(plan: Plan) -> list[Row]:
    """Measure Forecourt; prints what concerns only it."""
    rows = []
    with Instance(processes=1, exempt=[EXEMPT, "127.63."]) as instance:
        zone = instance.fill(plan.records)
        pids = instance.pids("dns")
        pin(pids, SERVER_CORE)
        every = plan.folder / "every"
        queries.write_every_name(every, plan.records)
        idle = memory(pids)
        first, _ = queries.measure(instance.name_server, pids, every, BARE, 1)
        print(
            f"Forecourt, {plan.records:,} records: a first answer {first.microseconds:.1f} us;"
            f" {idle:.0f} MB before any answer, {memory(pids):.0f} MB with all of them kept.\n"
        )
        for kind in KINDS:
            cost, spread = queries.measure(
                instance.name_server, pids, plan.names, kind, plan.rounds
            )
            rows.append(Row("Forecourt", kind, cost, spread, memory(pids)))
        if plan.seconds:
            pin(pids, SERVER_CORE)
            print_insync(
                plan, insync.measure(instance, zone, plan.records, CHANGES_A_SECOND, plan.seconds)
            )
    return rows


def theirs(plan: Plan, peer: Peer, zone: Path) -> list[Row]:
    rows = []
    for kind in KINDS:
        try:
            with serving(peer, plan.folder, zone, cookies=kind == COOKIE) as (server, pids):
                pin(pids, SERVER_CORE)
                queries.ask(server, plan.names, kind)  # its caches, as ours
                cost, spread = queries.measure(server, pids, plan.names, kind, plan.rounds)
                rows.append(Row(peer.name, kind, cost, spread, memory(pids)))
        except (NotReady, queries.Unanswered) as failure:
            print(f"{peer.name}, {kind}, is left out: {failure}")
    return rows


def print_costs(plan: Plan, rows: list[Row]) -> None:
    us = {row.kind: row.cost.microseconds for row in rows if row.server == "Forecourt"}
    show(
        f"CPU a query, {plan.records:,} records, {plan.rounds} rounds of {plan.queries:,}",
        ("server", "queries", "us/query", "spread", "ours/its", "queries/s", "PSS MB"),
        (
            (
                row.server,
                row.kind,
                f"{row.cost.microseconds:.2f}",
                f"{row.spread:.2f}",
                ratio(us[row.kind], row.cost.microseconds),
                f"{row.cost.rate:,.0f}",
                f"{row.megabytes:.0f}",
            )
            for kind in KINDS
            for row in rows
            if row.kind == kind
        ),
    )


def print_insync(plan: Plan, found: insync.Insync) -> None:
    show(
        f"INSYNC, {plan.records:,} records, {CHANGES_A_SECOND} changes a second, milliseconds",
        ("from", "p50", "p99", "worst"),
        (
            (
                name,
                *(f"{times.quantile(share) * 1000:.1f}" for share in (0.5, 0.99, 1)),
            )
            for name, times in (
                ("the call's answer", found.after_answer),
                ("its sending", found.after_sending),
            )
        ),
    )


if __name__ == "__main__":
    main()
