"""Routing policies and health checks: what a query, a probe and a change of health cost.

    python -m bench.policies                     queries of each policy beside those of simple records
    python -m bench.policies --checks 5000       health checks every 10 s for a minute

A name has a group of four record sets of a policy; dnsperf asks for 100 names at random, once bare and
once with a client subnet, which no answer is ready for without a look.  The peer of a policy is the
simple record set of the same server, asked in the same way.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.instance import ACCOUNT, ORIGIN, Instance
from bench.processes import LOAD_CORE, SERVER_CORE, cpu_seconds, end_cleanly, memory, pin
from bench.queries import COMPLETED, EXEMPT, OUTSTANDING, RATE, Address
from bench.tables import ratio, show

NAMES = 100  # of each policy
SUBNET = "8:00011800cb0071"  # 203.0.113.0/24
REGIONS = ("us-east-1", "eu-central-1", "ap-northeast-2", "sa-east-1")
COUNTRIES = (
    {"CountryCode": "KR"},
    {"CountryCode": "US"},
    {"ContinentCode": "EU"},
    {"CountryCode": "*"},
)
ENDPOINT = "127.63.250.1", 8099
SETTLE, WATCH = 15.0, 60.0  # seconds before and of the measurement of probes
SERVER = """
import asyncio, sys
class Well(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data):
        self.transport.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        self.transport.close()
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Well, sys.argv[1], int(sys.argv[2]), backlog=4096)
    await server.serve_forever()
asyncio.run(main())
"""


def groups(check: str, collection: str) -> dict[str, list[dict[str, Any]]]:
    """What makes each policy's four sets differ; simple is one set."""
    cidr = [{"CollectionId": collection, "LocationName": name} for name in ("a", "b", "c", "*")]
    return {
        "simple": [{}],
        "weighted": [{"Weight": weight} for weight in (1, 2, 3, 4)],
        "failover": [{"Failover": "PRIMARY", "HealthCheckId": check}, {"Failover": "SECONDARY"}],
        "multivalue": [{"MultiValueAnswer": True}] * 4,
        "latency": [{"Region": region} for region in REGIONS],
        "geolocation": [{"GeoLocation": place} for place in COUNTRIES],
        "geoproximity": [{"GeoProximityLocation": {"AWSRegion": region}} for region in REGIONS],
        "cidr": [{"CidrRoutingConfig": each} for each in cidr],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.policies", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--queries", type=int, default=100_000, help="in a round (default 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken")
    parser.add_argument("--checks", type=int, default=0, help="health checks; 0: no such part")
    given = parser.parse_args()
    end_cleanly()
    if shutil.which("dnsperf") is None:
        sys.exit("bench.policies: dnsperf asks and is not here: apt-get install dnsperf")
    with (
        tempfile.TemporaryDirectory(prefix="forecourt-bench-policies-") as folder,
        Instance(processes=1, exempt=[EXEMPT]) as instance,
    ):
        measure_queries(instance, Path(folder), given.queries, given.rounds)
        measure_change(instance)
        if given.checks:
            measure_checks(instance, given.checks)


def measure_queries(instance: Instance, folder: Path, queries: int, rounds: int) -> None:
    fill(instance)
    pids = instance.pids("dns")
    pin(pids, SERVER_CORE)
    rows, simple = [], dict[str, float]()
    for policy in groups("", ""):
        names = folder / policy
        draw = random.Random(53).randrange
        names.write_text("".join(f"{policy}-{draw(NAMES)}.{ORIGIN} A\n" for _ in range(queries)))
        for how, options in (("bare", ()), ("client subnet", ("-e", "-E", SUBNET))):
            costs, rates = [], []
            ask(instance.name_server, names, options)
            for _ in range(rounds):
                before = cpu_seconds(pids)
                completed, rate = ask(instance.name_server, names, options)
                costs.append((cpu_seconds(pids) - before) / completed * 1e6)
                rates.append(rate)
            cost = statistics.median(costs)
            simple.setdefault(how, cost)
            rate = statistics.median(rates)
            rows.append((policy, how, f"{cost:.2f}", ratio(cost, simple[how]), f"{rate:,.0f}"))
    show(
        f"CPU a query, groups of four, {rounds} rounds of {queries:,}",
        ("policy", "queries", "us/query", "of simple's", "queries/s"),
        sorted(rows, key=lambda row: row[1]),
    )


def ask(server: Address, names: Path, options: Sequence[str]) -> tuple[int, float]:
    command = (
        *("taskset", "-c", str(LOAD_CORE), "dnsperf", "-s", server[0], "-p", str(server[1])),
        *("-a", "127.0.0.1", "-d", str(names), "-n", "1", "-q", str(OUTSTANDING), "-c", "8"),
        *("-T", "1", *options),
    )
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    completed, rate = COMPLETED.search(said), RATE.search(said)
    if not completed or not rate or float(completed[2]) < 99.9:
        sys.exit(f"bench.policies: not all was answered: {said[-600:]}")
    return int(completed[1]), float(rate[1])


def fill(instance: Instance) -> None:
    client = instance.recorder.client("route53")
    check = client.create_health_check(
        CallerReference="policies", HealthCheckConfig={"Type": "TCP", "IPAddress": "127.63.250.9", "Port": 9, "Disabled": True}
    )["HealthCheck"]["Id"]  # fmt: skip
    collection = client.create_cidr_collection(Name="c", CallerReference="c")["Collection"]["Id"]
    client.change_cidr_collection(
        Id=collection,
        Changes=[
            {"LocationName": name, "Action": "PUT", "CidrList": [f"{at + 10}.{n}.0.0/16" for n in range(200)]}
            for at, name in enumerate("abc")
        ],
    )  # fmt: skip
    zone = client.create_hosted_zone(Name=ORIGIN, CallerReference="policies")["HostedZone"]["Id"]
    for policy, members in groups(check, collection).items():
        sets = [
            {
                "Name": f"{policy}-{n}.{ORIGIN}", "Type": "A", "TTL": 60,
                "ResourceRecords": [{"Value": f"192.0.2.{at}"}], **member,
                **({"SetIdentifier": f"{at}"} if member else {}),
            }
            for n in range(NAMES)
            for at, member in enumerate(members)
        ]  # fmt: skip
        apply(client, zone, sets)


def apply(client: Any, zone: str, sets: list[dict[str, Any]]) -> None:
    """Create record sets, and wait until they are answered."""
    for first in range(0, len(sets), 500):
        changes = [
            {"Action": "CREATE", "ResourceRecordSet": each} for each in sets[first : first + 500]
        ]
        info = client.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": changes}
        )
    change = info["ChangeInfo"]
    while change["Status"] != "INSYNC":
        time.sleep(0.02)
        change = client.get_change(Id=change["Id"])["ChangeInfo"]


def measure_change(instance: Instance) -> None:
    """How soon a change of a check with 1,000 record sets is answered by all of them."""
    client = instance.recorder.client("route53")
    given = {"Type": "TCP", "IPAddress": "127.63.250.9", "Port": 9, "Disabled": True}
    check = client.create_health_check(CallerReference="thousand", HealthCheckConfig=given)[
        "HealthCheck"
    ]["Id"]
    zone = client.create_hosted_zone(Name="health.example", CallerReference="h")["HostedZone"]["Id"]
    hosts = client.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]
    assert hosts
    apply(
        client,
        zone,
        [
            {
                "Name": f"f{n}.health.example", "Type": "A", "TTL": 60, "SetIdentifier": role,
                "Failover": role, "ResourceRecords": [{"Value": f"192.0.2.{at}"}],
                **({"HealthCheckId": check} if at else {}),
            }
            for n in range(1000)
            for at, role in enumerate(("SECONDARY", "PRIMARY"))
        ],
    )  # fmt: skip
    times = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(instance.name_server)
        for turn in range(6):
            everything(sock, 1 if turn % 2 == 0 else 0)
            started = time.perf_counter()
            client.update_health_check(HealthCheckId=check, Inverted=turn % 2 == 0)
            everything(sock, 0 if turn % 2 == 0 else 1)
            times.append((time.perf_counter() - started) * 1000)
    print(
        f"A change of a check with 1,000 groups: all of them answered by it"
        f" {statistics.median(times):.0f} ms after the call was sent ({max(times):.0f} at most),"
        " their 1,000 queries one by one included.\n"
    )


def everything(sock: socket.socket, last: int) -> None:
    """Ask until every group answers so."""
    for n in range(1000):
        label = f"f{n}".encode()
        query = (
            b"\0\1\0\0\0\1\0\0\0\0\0\0"
            + bytes((len(label),))
            + label
            + b"\6health\7example\0\0\1\0\1"
        )
        while True:
            sock.send(query)
            if sock.recv(512)[-1] == last:
                break


@contextmanager
def endpoint() -> Iterator[None]:
    command = [sys.executable, "-c", SERVER, ENDPOINT[0], str(ENDPOINT[1])]
    process = subprocess.Popen(command)
    pin([process.pid], LOAD_CORE)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def measure_checks(instance: Instance, count: int) -> None:
    instance.run("account", "quota", ACCOUNT, "MAX_HEALTH_CHECKS_BY_OWNER", str(count + 10))
    client = instance.recorder.client("route53")
    given = {"Type": "HTTP", "IPAddress": ENDPOINT[0], "Port": ENDPOINT[1], "RequestInterval": 10}
    pids = instance.pids("control")
    with endpoint():
        for n in range(count):
            client.create_health_check(
                CallerReference=f"many-{n}", HealthCheckConfig={**given, "ResourcePath": f"/{n}"}
            )
        time.sleep(SETTLE)
        before, probed = cpu_seconds(pids), probes(instance)
        time.sleep(WATCH)
        used, done = cpu_seconds(pids) - before, probes(instance) - probed
    show(
        f"{count:,} health checks every 10 s over HTTP, {WATCH:.0f} s",
        ("probes/s", "of one core", "us/probe", "PSS MB"),
        [
            (
                f"{done / WATCH:.0f}",
                f"{used / WATCH:.0%}",
                f"{used / done * 1e6:.0f}",
                f"{memory(pids):.0f}",
            )
        ],
    )


def probes(instance: Instance) -> float:
    """How many probes there were, by the instance's own metrics."""
    import urllib.request

    token = (instance.data / "admin.token").read_text()
    url = f"http://{instance.api[0]}:{instance.api[1]}/_forecourt/metrics"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    text = urllib.request.urlopen(request, timeout=10).read().decode()
    return sum(
        float(each) for each in re.findall(r"forecourt_health_probes_total\{.*\} (\S+)", text)
    )


if __name__ == "__main__":
    main()
