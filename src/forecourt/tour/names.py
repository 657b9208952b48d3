"""A zone, a record, an answer: what the API says, asked of a name server."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Names: a signed call becomes a DNS answer"
IN_SYNC_WITHIN = 10.0  # seconds


def chapter(guide: Guide) -> None:
    route53 = guide.client("route53")
    name = f"{guide.unique()}.example"
    zone = ""
    try:
        with guide.step(f"Create the hosted zone {name}") as step:
            made = route53.create_hosted_zone(Name=name, CallerReference=name)
            zone = made["HostedZone"]["Id"]
            step.evidence = f"{zone}, served by {', '.join(made['DelegationSet']['NameServers'])}"
        with guide.step("Add www, and wait until every name server has it") as step:
            batch = [change("CREATE", f"www.{name}", "192.0.2.7")]
            took = in_sync(route53, zone, batch)
            step.evidence = f"PENDING, then INSYNC after {took * 1000:.0f} ms"
        with guide.step("Ask all four name servers") as step:
            answers = {server: ask(*at, f"www.{name}") for server, at in servers(guide).items()}
            if set(answers.values()) != {"192.0.2.7"}:
                raise AssertionError(f"they answer {answers}")
            step.evidence = "\n".join(f"{server}: {value}" for server, value in answers.items())
        with guide.step("Delete it: answers stop") as step:
            in_sync(route53, zone, [change("DELETE", f"www.{name}", "192.0.2.7")])
            said = ask(*guide.listener("ns1"), f"www.{name}")
            if said:
                raise AssertionError(f"ns1 still answers {said}")
            step.evidence = "ns1: no such name"
    finally:
        if zone:
            clean_up(route53, zone)


def servers(guide: Guide) -> dict[str, tuple[str, int]]:
    return {name: guide.listener(name) for name in ("ns1", "ns2", "ns3", "ns4")}


def change(action: str, name: str, value: str) -> dict[str, Any]:
    records = [{"Value": value}]
    rrset = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": records}
    return {"Action": action, "ResourceRecordSet": rrset}


def in_sync(route53: Any, zone: str, changes: list[Any]) -> float:
    """Make changes and wait until they are INSYNC; the seconds that took."""
    started = time.monotonic()
    info = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    while route53.get_change(Id=info["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] != "INSYNC":
        if time.monotonic() - started > IN_SYNC_WITHIN:
            raise TimeoutError("the change stayed PENDING")
        time.sleep(0.002)
    return time.monotonic() - started


def ask(address: str, port: int, name: str) -> str:
    """What a name server says of a name's address: by dig, or by dnspython where dig is not."""
    if shutil.which("dig"):
        words = ["dig", f"@{address}", "-p", str(port), name, "A", "+short", "+time=2", "+tries=2"]
        said = subprocess.run(words, capture_output=True, text=True, timeout=10, check=True)
        return said.stdout.strip()
    import dns.message
    import dns.query

    answer = dns.query.udp(dns.message.make_query(name, "A"), address, port=port, timeout=2)
    return " ".join(rdata.to_text() for rrset in answer.answer for rdata in rrset)


def clean_up(route53: Any, zone: str) -> None:
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    left = [
        {"Action": "DELETE", "ResourceRecordSet": each}
        for page in pages
        for each in page["ResourceRecordSets"]
        if each["Type"] not in ("NS", "SOA")
    ]
    if left:
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": left})
    route53.delete_hosted_zone(Id=zone)
