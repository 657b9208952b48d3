"""The peer name servers, each with one process that answers, and the zone Forecourt has.

They are Debian's packages, run from a folder of ours on an address of ours, with everything off that
is not asked of Forecourt too.  With `cookies`, Knot and BIND count rates and verify cookies, NSD
answers them, PowerDNS answers them: what each can.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.instance import ORIGIN, address_of, owner
from bench.processes import running, tree
from bench.queries import EXEMPT, Address, answers

ADDRESS = "127.63.200.1"
LOOPBACK = "127.0.0.1"  # BIND listens on addresses an interface has, and on no others
PORT = 5353
SECRET = "0123456789abcdef0123456789abcdef"


def write_zone(path: Path, records: int) -> None:
    """The same names as `Instance.fill` makes."""
    with open(path, "w") as file:
        file.write(f"$ORIGIN {ORIGIN}.\n$TTL 300\n")
        file.write(f"@ IN SOA ns1.{ORIGIN}. hostmaster.{ORIGIN}. 1 7200 900 1209600 300\n")
        file.write(f"@ IN NS ns1.{ORIGIN}.\nns1 IN A {ADDRESS}\n")
        file.writelines(f"{owner(each)}. IN A {address_of(each)}\n" for each in range(records))


def knot(folder: Path, zone: Path, cookies: bool) -> list[str]:
    modules = f"""
mod-rrl:
  - id: default
    rate-limit: 1000
    whitelist: 127.0.0.0/16
mod-cookies:
  - id: default
    secret: 0x{SECRET}
"""
    use = "    global-module: [mod-cookies/default, mod-rrl/default]\n"
    (folder / "knot.conf").write_text(
        f"""
server:
    rundir: {folder}
    listen: {ADDRESS}@{PORT}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {folder}
{modules if cookies else ""}
template:
  - id: default
    storage: {folder}
    journal-content: none
    zonefile-sync: -1
    semantic-checks: off
{use if cookies else ""}
zone:
  - domain: {ORIGIN}
    file: {zone}
"""
    )
    return ["knotd", "-c", str(folder / "knot.conf")]


def nsd(folder: Path, zone: Path, cookies: bool) -> list[str]:
    (folder / "nsd.conf").write_text(
        f"""
server:
    ip-address: {ADDRESS}@{PORT}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: {folder}
    pidfile: {folder}/nsd.pid
    xfrdfile: {folder}/xfrd.state
    zonelistfile: {folder}/zone.list
    logfile: {folder}/nsd.log
    database: ""
    rrl-ratelimit: 0
    answer-cookie: {"yes" if cookies else "no"}
    cookie-secret: {SECRET}
remote-control:
    control-enable: no
zone:
    name: {ORIGIN}
    zonefile: {zone}
"""
    )
    return ["nsd", "-d", "-c", str(folder / "nsd.conf")]


def bind(folder: Path, zone: Path, cookies: bool) -> list[str]:
    limit = f"rate-limit {{ responses-per-second 1000; exempt-clients {{ {EXEMPT}0.0/16; }}; }};"
    (folder / "named.conf").write_text(
        f"""
options {{
    directory "{folder}";
    listen-on port {PORT} {{ {LOOPBACK}; }};
    listen-on-v6 {{ none; }};
    pid-file "{folder}/named.pid";
    session-keyfile "{folder}/session.key";
    managed-keys-directory "{folder}";
    recursion no;
    dnssec-validation no;
    minimal-responses yes;
    answer-cookie {"yes" if cookies else "no"};
    cookie-secret "{SECRET}";
    {limit if cookies else ""}
}};
controls {{ }};
zone "{ORIGIN}" {{ type primary; file "{zone}"; }};
"""
    )
    return ["named", "-g", "-n", "1", "-c", str(folder / "named.conf")]


def powerdns(folder: Path, zone: Path, cookies: bool) -> list[str]:
    (folder / "named.zones").write_text(f'zone "{ORIGIN}" {{ type master; file "{zone}"; }};\n')
    (folder / "pdns.conf").write_text(
        f"""
launch=bind
bind-config={folder}/named.zones
local-address={ADDRESS}:{PORT}
socket-dir={folder}
receiver-threads=1
distributor-threads=1
signing-threads=1
cache-ttl=3600
query-cache-ttl=3600
max-cache-entries=2000000
max-packet-cache-entries=2000000
zone-cache-refresh-interval=300
edns-cookie-secret={SECRET if cookies else ""}
guardian=no
daemon=no
"""
    )
    return ["pdns_server", f"--config-dir={folder}"]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    program: str
    command: Callable[[Path, Path, bool], list[str]]
    address: str = ADDRESS


PEERS = (
    Peer("Knot", "knotd", knot),
    Peer("NSD", "nsd", nsd),
    Peer("BIND", "named", bind, LOOPBACK),
    Peer("PowerDNS", "pdns_server", powerdns),
)


def is_installed(peer: Peer) -> bool:
    return shutil.which(peer.program) is not None


@contextlib.contextmanager
def serving(
    peer: Peer, folder: Path, zone: Path, *, cookies: bool
) -> Iterator[tuple[Address, list[int]]]:
    """Run a peer with a zone; its address and processes.  NotReady."""
    home = folder / f"{peer.program}-{'cookies' if cookies else 'bare'}"
    home.mkdir()
    server = peer.address, PORT
    with running(
        peer.command(home, zone, cookies), home / "log", lambda: answers(server)
    ) as process:
        yield server, tree(process.pid)
