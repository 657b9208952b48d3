"""TestDNSAnswer: what the name servers would answer, by the code that answers.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import dns.rcode

from forecourt.aws.operations import Operations
from forecourt.planes.dns.routing import NOWHERE, Client
from forecourt.planes.dns.wire import TYPES
from forecourt.platform.names import geography, server_sets
from forecourt.platform.names.asking import ask, names_of

from .domain_names import BadName, Name, parse
from .zones import errors, get_zone

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
KNOWN = {4: 24, 6: 64}  # bits of a client's subnet that are told where the request says none


@ops.read
def test_dns_answer(tx: Tx, req: t.TestDNSAnswerRequest) -> t.TestDNSAnswerResponse:
    """The answer a client gets: by its subnet, by its resolver, or one of which nothing is known."""
    zone = get_zone(tx, req["HostedZoneId"])
    if zone.private:
        raise errors.InvalidInput("TestDNSAnswer is available for public hosted zones only.")
    name = name_in(req["RecordName"], parse(zone.name))
    answer = ask(names_of(tx, zone.id), name.wire, TYPES[req["RecordType"]], client_of(tx, req))
    wanted = TYPES[req["RecordType"]]
    values = [
        rdata.to_text()
        for rrset in answer.answer
        if rrset.rdtype == wanted or len(answer.answer) == 1
        for rdata in rrset
    ]
    return {
        "Nameserver": server_sets.get(tx, zone.server_set).hosts[0],
        "RecordName": req["RecordName"],
        "RecordType": req["RecordType"],
        "RecordData": values,
        "ResponseCode": dns.rcode.to_text(answer.rcode()),
        "Protocol": "UDP",
    }


def name_in(given: str, origin: Name) -> Name:
    """A name of the zone.  InvalidInput."""
    try:
        name = parse(given)
    except BadName as bad:
        raise errors.InvalidInput(str(bad)) from None
    if not name.within(origin):
        raise errors.InvalidInput(f"{given} is not in the hosted zone {origin.text}")
    return name


def client_of(tx: Tx, req: t.TestDNSAnswerRequest) -> Client:
    """Who asks.  InvalidInput."""
    subnet, mask = req.get("EDNS0ClientSubnetIP"), req.get("EDNS0ClientSubnetMask")
    if mask is not None and subnet is None:
        raise errors.InvalidInput("EDNS0ClientSubnetMask was given without EDNS0ClientSubnetIP.")
    given = subnet or req.get("ResolverIP")
    if given is None:
        return NOWHERE
    try:
        address = ip_address(given)
    except ValueError:
        raise errors.InvalidInput(f"{given} is not an IP address.") from None
    prefix: int = address.max_prefixlen
    if subnet is not None:
        prefix = KNOWN[address.version]
    if mask is not None:
        if not mask.isdecimal() or int(mask) > address.max_prefixlen:
            raise errors.InvalidInput(f"{mask} is not a prefix length of {given}.")
        prefix = int(mask)
    beyond = address.max_prefixlen - prefix
    number = int(address) >> beyond << beyond
    return geography.locator(geography.mounted(tx))(address.version, number, prefix)
