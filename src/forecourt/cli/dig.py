"""forecourt dig: the walk from the root to an answer, hop by hop, and why this record was chosen."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import console, data_option, fail, json_option, open_here, print_json, running

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


@click.command("dig")
@click.argument("name")
@click.argument("type", default="A")
@click.option("--subnet", help="For a client of this network, as 192.0.2.0/24.")
@click.option("--all", "everything", is_flag=True, help="Show questions for servers and keys, too.")
@data_option
@json_option
def command(
    name: str, type: str, subnet: str | None, everything: bool, data: Path, as_json: bool
) -> None:
    """Walk from the root down to NAME, asking each name server as a resolver does.

    Shows who was asked, what each answered, whether it was proven, and by which routing policy a
    record of ours was chosen.
    """
    import dns.exception
    import dns.name
    import dns.rdatatype

    status = running(data)
    try:
        wanted, type_ = dns.name.from_text(name), int(dns.rdatatype.from_text(type.upper()))
    except (dns.exception.DNSException, UnicodeError) as bad:
        fail(f"{name} {type}: {bad or 'not a question'}")
    document = asyncio.run(walk(data, status, wanted, type_))
    store = open_here(data)
    try:
        document["choices"] = store.read_now(choices, str(wanted.canonicalize()), type_, subnet)
    except ValueError as bad:
        fail(f"--subnet {subnet}: {bad}")
    finally:
        store.close()
    if as_json:
        print_json(document)
    else:
        show(document, everything=everything)
    if document["status"] == "SERVFAIL":
        raise SystemExit(1)


async def walk(data: Path, status: dict[str, Any], name: Any, type_: int) -> dict[str, Any]:
    import dns.rcode
    import dns.rdata
    import dns.rdatatype

    from forecourt.planes.resolver.asking import PORT, Asking
    from forecourt.planes.resolver.cache import Cache
    from forecourt.planes.resolver.walk import Walker
    from forecourt.platform.names import registry

    store = open_here(data)
    try:
        found = store.read_now(registry.known_anchors)
    finally:
        store.close()
    anchors = [dns.rdata.from_wire("IN", "DS", each, 0, len(each)) for each in found]
    names = {
        each["address"]: each["name"] for each in status["listeners"] if each["protocol"] == "dns"
    }
    ports = {
        each["address"]: each["port"] for each in status["listeners"] if each["protocol"] == "dns"
    }
    roots = [address for address, listener in names.items() if listener == "root"]
    if not roots:
        fail("this instance has no root: it was started without the role dns")
    asking = Asking(lambda address: ports.get(address, PORT))
    walker = Walker(asking, roots, anchors, Cache(16 * 1024 * 1024), time.time)
    started = time.monotonic()
    outcome, hops = await walker.trace(name, type_)
    return {
        "name": str(name),
        "type": dns.rdatatype.to_text(dns.rdatatype.RdataType.make(type_)),
        "status": dns.rcode.to_text(dns.rcode.Rcode(outcome.rcode)),
        "security": outcome.security,
        "error": outcome.error[1] if outcome.error else None,
        "seconds": round(time.monotonic() - started, 4),
        "hops": [
            {
                "zone": hop.zone,
                "server": names.get(hop.server, hop.server),
                "address": hop.server,
                "question": hop.question,
                "said": hop.said,
                "signed": hop.secure,
                "records": hop.records,
                "depth": hop.depth,
            }
            for hop in hops
        ],
        "answer": [
            f"{each.name} {each.ttl} {dns.rdatatype.to_text(each.rdtype)} {rdata.to_text()}"
            for each in outcome.answer
            if each.rdtype != dns.rdatatype.RRSIG
            for rdata in each
        ],
    }


def choices(tx: Tx, name: str, type_: int, subnet: str | None) -> list[dict[str, Any]]:
    """By which policies a record of ours is chosen, for a client.  ValueError."""
    from forecourt.planes.dns import wire
    from forecourt.planes.dns.names import question
    from forecourt.planes.dns.routing import NOWHERE
    from forecourt.platform.names import geography
    from forecourt.platform.names.asking import names_of, zone_for

    client = NOWHERE
    if subnet is not None:
        address, _, prefix = subnet.partition("/")
        found = ip_address(address)
        bits = int(prefix) if prefix else found.max_prefixlen
        client = geography.locator(geography.mounted(tx))(found.version, int(found), bits)
    owner = wire.from_text(name)
    if (zone := zone_for(tx, owner)) is None:
        return []
    shown = []
    for at, group, chosen in names_of(tx, zone).explain(question(owner, type_), client):
        routings = [each.routing for each in group.sets if each.routing is not None]
        shown.append(
            {
                "name": wire.to_text(at),
                "policy": group.policy,
                "chosen": routings[chosen].identifier
                if chosen is not None and chosen < len(routings)
                else None,
                "sets": [
                    {"identifier": each.identifier, "check": each.check or None}
                    for each in routings
                ],
                "client": list(client.places),
            }
        )
    return shown


def show(document: dict[str, Any], *, everything: bool) -> None:
    screen = console()
    aside = 0
    for hop in document["hops"]:
        if not everything and (hop["depth"] or hop["said"] == "keys"):
            aside += 1
            continue
        mark = "[green]signed[/]" if hop["signed"] else "[dim]not signed[/]"
        screen.print(
            f"[bold]{hop['zone']}[/] at {hop['server']} ({hop['address']}), {mark}:"
            f" {hop['question']}? {hop['said']}",
            soft_wrap=True,
        )
        for record in hop["records"]:
            screen.print(f"    [dim]{record}[/]", soft_wrap=True, markup=True)
    if aside:
        screen.print(f"[dim]{aside} more questions, for keys and for the names of servers[/]")
    for choice in document["choices"]:
        sets = ", ".join(each["identifier"] for each in choice["sets"])
        where = f" for {', '.join(choice['client'])}" if choice["client"] else ""
        screen.print(
            f"{choice['name']} {choice['policy']}{where}: {choice['chosen'] or 'one'} of {sets}",
            soft_wrap=True,
        )
    screen.print(
        f"\n{document['name']} {document['type']}: {document['status']}, {document['security']},"
        f" {document['seconds'] * 1000:.0f} ms"
    )
    if document["error"]:
        screen.print(f"    {document['error']}", soft_wrap=True)
    for record in document["answer"]:
        screen.print(f"    {record}", soft_wrap=True)
