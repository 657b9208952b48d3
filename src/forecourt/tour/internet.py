"""A name that is registered, found from the root down by everybody, and given up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dns.flags
import dns.rcode
import dns.rdatatype

from forecourt.tour.names import clean_up, in_sync
from forecourt.tour.routing import query, record, wait_for

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Internet: a name, from its registry to every resolver"
CONTACT = {
    "FirstName": "Alice", "LastName": "Kim", "ContactType": "PERSON", "AddressLine1": "1 Sejong-daero",
    "City": "Seoul", "CountryCode": "KR", "ZipCode": "04524", "PhoneNumber": "+82.212345678",
    "Email": "alice@example.com",
}  # fmt: skip


def chapter(guide: Guide) -> None:
    domains, route53 = guide.client("route53domains"), guide.client("route53")
    name = f"{guide.unique()}.co.kr"
    zone = ""
    registered = False
    try:
        with guide.step(f"Register {name}") as step:
            found = domains.check_domain_availability(DomainName=name)["Availability"]
            operation = domains.register_domain(
                DomainName=name,
                DurationInYears=1,
                AdminContact=CONTACT,
                RegistrantContact=CONTACT,
                TechContact=CONTACT,
            )["OperationId"]
            wait_for(lambda: status(domains, operation) == "SUCCESSFUL")
            registered = True
            servers = domains.get_domain_detail(DomainName=name)["Nameservers"]
            step.evidence = f"{found}, then ours: {', '.join(each['Name'] for each in servers)}"
        with guide.step("Its hosted zone is there; add a record") as step:
            listed = route53.list_hosted_zones_by_name(DNSName=name, MaxItems="1")["HostedZones"]
            zone = next(each["Id"] for each in listed if each["Name"] == f"{name}.")
            took = in_sync(route53, zone, [record(f"www.{name}", "192.0.2.80")])
            step.evidence = f"{zone}, INSYNC in {took * 1000:.0f} ms"
        with guide.step("Walk: each server knows who is asked next") as step:
            step.evidence = "\n".join(
                referral(guide, server, f"www.{name}") for server in ("root", "tld", "registry-2")
            )
        with guide.step("Ask the resolver, which knows only the root") as step:
            resolver = guide.listener("resolver")
            reply = wait_for(lambda: answered(resolver, f"www.{name}"))
            (rrset,) = reply.answer
            step.evidence = rrset.to_text()
        with guide.step("Ask for a name that nobody registered: it is proven that there is none") as step:  # fmt: skip
            reply = query(resolver, f"none-{name}", want_dnssec=True)
            if reply.answer or not reply.flags & dns.flags.AD:
                raise AssertionError(reply.to_text())
            (proof,) = (each for each in reply.authority if each.rdtype == dns.rdatatype.NSEC)
            step.evidence = f"authenticated (AD), by\n{proof.to_text()}"
        with guide.step("Give the domain up: its registry knows it no more") as step:
            domains.delete_domain(DomainName=name)
            registered = False
            registry = guide.listener("registry-2")
            wait_for(lambda: query(registry, name, "NS").rcode() == dns.rcode.NXDOMAIN)
            step.evidence = f"{name}: NXDOMAIN at its registry"
    finally:
        if registered:
            domains.delete_domain(DomainName=name)
        if zone:
            clean_up(route53, zone)


def status(domains: Any, operation: str) -> str:
    return str(domains.get_operation_detail(OperationId=operation)["Status"])


def referral(guide: Guide, server: str, name: str) -> str:
    """Which zone a registry's server refers to, and to whom."""
    where = guide.listener(server)
    authority = query(where, name).authority
    if not authority:
        raise AssertionError(f"{server} refers to nobody")
    hosts = " ".join(sorted(each.to_text() for each in authority[0]))
    return f"{server} at {where[0]}: {authority[0].name} is at {hosts}"


def answered(where: tuple[str, int], name: str) -> Any:
    reply = query(where, name)
    return reply if reply.answer else None
