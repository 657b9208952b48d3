"""The resolver beside unbound: the same root, registries and domains below them; what a question costs.

    python -m bench.resolver                     10,000 domains, each asked once, then at random

Both know the root's address and its anchor, and validate.  Each name is first asked of both, one after
another: the answers must be the same, and CPU a question is that of the resolver's process alone.  Then
dnsperf asks for cached names.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dns.message
import dns.query

from bench.instance import ACCOUNT, Instance
from bench.policies import ask
from bench.processes import LOAD_CORE, SERVER_CORE, cpu_seconds, end_cleanly, memory, pin, running
from bench.queries import Address
from bench.tables import ratio, show
from forecourt.cli.common import open_here
from forecourt.services.route53.delegating import delegate_zone
from forecourt.services.route53.hosted_zones import create_hosted_zone
from forecourt.services.route53.record_sets import change_resource_record_sets
from forecourt.store.tx import Call

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

BATCH = 200  # domains made in a transaction
UNBOUND = "127.63.251.1", 53535
SETTLE = 120.0  # seconds in which everything that was made must be answered


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.resolver", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--domains", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=100_000, help="cached, in a round")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken")
    given = parser.parse_args()
    end_cleanly()
    for tool in ("dnsperf", "unbound"):
        if shutil.which(tool) is None:
            sys.exit(f"bench.resolver: {tool} is not here: apt-get install {tool}")
    with (
        tempfile.TemporaryDirectory(prefix="forecourt-bench-resolver-") as folder,
        Instance(processes=1, exempt=["127."]) as instance,
    ):
        instance.run("account", "quota", ACCOUNT, "MAX_HOSTED_ZONES_BY_OWNER", str(given.domains))
        make(instance, given.domains)
        with unbound(instance, Path(folder)) as pid:
            measure(instance, pid, Path(folder), given)


def name_of(number: int) -> str:
    return f"d{number}.kr"


def make(instance: Instance, domains: int) -> None:
    """Hosted zones with an address each, delegated from their registry."""
    store = open_here(instance.data)
    try:
        call = Call("route53", "Bench", ACCOUNT)
        for first in range(0, domains, BATCH):
            numbers = range(first, min(first + BATCH, domains))
            asyncio.run(store.write_for(call, make_some, numbers))
    finally:
        store.close()
    where = {each["name"]: each for each in instance.run("status")["listeners"]}
    last = f"www.{name_of(domains - 1)}"
    resolver = where["resolver"]["address"], where["resolver"]["port"]
    deadline = time.monotonic() + SETTLE
    while not question(resolver, last).answer:
        if time.monotonic() > deadline:
            sys.exit("bench.resolver: the domains are not answered")
        time.sleep(6)  # failures are remembered for five


def make_some(tx: Tx, numbers: Any) -> None:
    for number in numbers:
        name = name_of(number)
        zone = create_hosted_zone(tx, {"Name": name, "CallerReference": name})["HostedZone"]["Id"]
        rrset = {
            "Name": f"www.{name}", "Type": "A", "TTL": 86400,
            "ResourceRecords": [{"Value": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}],
        }  # fmt: skip
        batch: Any = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": rrset}]}
        zone_id = zone.removeprefix("/hostedzone/")
        change_resource_record_sets(tx, {"HostedZoneId": zone_id, "ChangeBatch": batch})
        delegate_zone(tx, name)


@contextmanager
def unbound(instance: Instance, folder: Path) -> Iterator[int]:
    """The peer, one thread, with a cache as large as ours at least."""
    where = {each["name"]: each for each in instance.run("status")["listeners"]}
    root = where["root"]
    if root["port"] != 53:
        sys.exit("bench.resolver: glue carries no port: unbound needs name servers on port 53")
    (folder / "hints").write_text(
        f". 3600 IN NS a.root-servers.\na.root-servers. 3600 IN A {root['address']}\n"
    )
    command = (sys.executable, "-m", "forecourt.cli", "dnssec", "anchor", "--data", instance.data)
    anchor = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    (folder / "anchor").write_bytes(anchor)
    (folder / "conf").write_text(
        f"""
server:
  interface: {UNBOUND[0]}@{UNBOUND[1]}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  num-threads: 1
  do-ip6: no
  use-caps-for-id: yes
  qname-minimisation: yes
  do-not-query-localhost: no
  module-config: "validator iterator"
  root-hints: "{folder}/hints"
  trust-anchor-file: "{folder}/anchor"
  msg-cache-size: 64m
  rrset-cache-size: 128m
remote-control:
  control-enable: no
"""
    )

    def ready() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.bind(UNBOUND)
            except OSError:
                return True
        return False

    command_ = (shutil.which("unbound") or "", "-d", "-c", str(folder / "conf"))
    with running(command_, folder / "log", ready) as process:
        yield process.pid


def measure(instance: Instance, peer: int, folder: Path, given: argparse.Namespace) -> None:
    where = {each["name"]: each for each in instance.run("status")["listeners"]}
    ours = where["resolver"]["address"], where["resolver"]["port"]
    servers = {"forecourt": (ours, instance.pids("resolver")), "unbound": (UNBOUND, [peer])}
    for _, pids in servers.values():
        pin(pids, SERVER_CORE)
    numbers = list(range(given.domains - 1))  # the last was asked
    random.Random(53).shuffle(numbers)
    said: dict[str, list[Any]] = {}
    first: dict[str, float] = {}
    for name, (address, pids) in servers.items():
        before = cpu_seconds(pids)
        said[name] = [addresses(address, f"www.{name_of(each)}") for each in numbers]
        first[name] = (cpu_seconds(pids) - before) / len(numbers) * 1e6
    different = sum(a != b or not a for a, b in zip(*said.values(), strict=True))
    print(f"{len(numbers):,} names: {different} answers differ")
    draw = random.Random(54)
    names = folder / "names"
    lines = (f"www.{name_of(draw.choice(numbers))} A\n" for _ in range(given.queries))
    names.write_text("".join(lines))
    cached: dict[str, tuple[float, float]] = {}
    for name, (address, pids) in servers.items():
        ask(address, names, ())
        costs, rates = [], []
        for _ in range(given.rounds):
            before = cpu_seconds(pids)
            completed, rate = ask(address, names, ())
            costs.append((cpu_seconds(pids) - before) / completed * 1e6)
            rates.append(rate)
        cached[name] = statistics.median(costs), statistics.median(rates)
    show(
        f"CPU a question, {given.domains:,} domains, resolvers on core {SERVER_CORE}, load on {LOAD_CORE}",
        ("resolver", "uncached us", "of unbound's", "cached us", "of unbound's", "cached/s", "PSS MB"),
        [
            (
                name,
                f"{first[name]:.0f}",
                ratio(first[name], first["unbound"]),
                f"{cached[name][0]:.2f}",
                ratio(cached[name][0], cached["unbound"][0]),
                f"{cached[name][1]:,.0f}",
                f"{memory(pids):.0f}",
            )
            for name, (_, pids) in servers.items()
        ],
    )  # fmt: skip


def question(where: Address, name: str) -> dns.message.Message:
    return dns.query.udp(dns.message.make_query(name, "A"), where[0], port=where[1], timeout=10)


def addresses(where: Address, name: str) -> list[str]:
    return sorted(each.to_text() for rrset in question(where, name).answer for each in rrset)


if __name__ == "__main__":
    main()
