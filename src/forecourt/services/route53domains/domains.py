"""Domains as they are registered: found for their owner, named, delegated, and what is told of them.

One row a domain, whosever it is: a name is registered once.  The registry (platform/names/registry.py)
has what is delegated of it.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Literal

from cryptography.exceptions import InvalidTag

from forecourt.aws.errors import Errors
from forecourt.planes.dns import wire
from forecourt.planes.dns.dnssec import key_tag
from forecourt.platform import links, outbox
from forecourt.platform.names import registry, suffixes
from forecourt.store.resources import Kind, Resource

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("route53domains")
DOMAINS = Kind(
    "route53domains", "domain", errors.InvalidInput, is_global=True, is_shared=True
)  # named "jpub.co.kr"
CONTACT = "domain-contact"  # the purpose of a link
OK, PENDING, EXPIRED, REDEMPTION = "OK", "PENDING", "EXPIRED", "REDEMPTION"
PURPOSE = "authorization code"
MOST_SERVERS = 13
CONTACTS = ("Admin", "Registrant", "Tech", "Billing")


def name_in(given: str) -> str:
    """A name that could be registered.  InvalidInput, UnsupportedTLD."""
    name = given.lower().rstrip(".")
    labels = name.split(".")
    if not name.isascii() or len(name) > 253 or len(labels) < 2 or not all(map(is_label, labels)):
        raise errors.InvalidInput(f"{given} is not a valid domain name.")
    suffix = suffixes.public_suffix(name)
    if not suffixes.is_known(suffix):
        raise errors.UnsupportedTLD(
            f"Amazon Route 53 does not support the top-level domain .{suffix}."
        )
    if suffixes.registrable(name) != name:
        raise errors.InvalidInput(
            f"{given} cannot be registered: names are registered right below .{suffix}."
        )
    return name


def is_label(label: str) -> bool:
    plain = label.replace("-", "")
    return 0 < len(label) <= 63 and plain.isalnum() and label[0] != "-" and label[-1] != "-"


def checked_servers(domain: str, given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A domain's name servers: those below it, and only those, with IPv4 addresses.  InvalidInput."""
    servers = [dict(each) for each in given]
    if not 1 <= len(servers) <= MOST_SERVERS:
        raise errors.InvalidInput(f"A domain has one to {MOST_SERVERS} name servers.")
    for each in servers:
        name = each["Name"].rstrip(".").lower()
        labels = name.split(".")
        if (
            not name.isascii()
            or len(name) > 253
            or len(labels) < 2
            or not all(map(is_label, labels))
        ):
            raise errors.InvalidInput(f"{each['Name']} is not a name server's name.")
        below = name.endswith(f".{domain}")
        if below != bool(each.get("GlueIps")) or name == domain:
            raise errors.InvalidInput(
                f"{name} {'needs glue' if below else 'must not have glue'}: name servers below the"
                " domain come with their addresses, others do not."
            )
        for address in each.get("GlueIps", []):
            try:
                IPv4Address(address)
            except ValueError:
                raise errors.InvalidInput(f"{address} is not an IPv4 address.") from None
    return servers


def own(tx: Tx, given: str) -> Resource:
    """A domain of the caller's.  InvalidInput."""
    name = name_in(given)
    found = DOMAINS.find(tx, name)
    if found is None or found.spec["Account"] != tx.call.account:
        raise errors.InvalidInput(f"Domain {name} not found in {tx.call.account} account.")
    return found


def living(tx: Tx, given: str) -> Resource:
    """A domain of the caller's that is neither on its way nor expired.  InvalidInput."""
    found = own(tx, given)
    if found.spec["State"] != OK:
        raise errors.InvalidInput(f"The domain {found.name} is {found.spec['State']}.")
    return found


def change(tx: Tx, found: Resource, **members: Any) -> Resource:
    return DOMAINS.change(tx, found, spec={**found.spec, "Updated": tx.now.timestamp(), **members})


def delegate(tx: Tx, found: Resource) -> None:
    """Hand a domain's name servers and keys to its registry."""
    hosts = [each["Name"].rstrip(".").lower() for each in found.spec["Nameservers"]]
    glue = {
        each["Name"].rstrip(".").lower(): tuple(each["GlueIps"])
        for each in found.spec["Nameservers"]
        if each.get("GlueIps")
    }
    registry.delegate(
        tx, found.name, hosts, [ds_of(each, found.name) for each in keys(found)], glue
    )


def keys(found: Resource) -> list[dict[str, Any]]:
    return list(found.spec["DnssecKeys"])


def ds_of(key: dict[str, Any], name: str) -> bytes:
    """The DS rdata of a key that the owner gave."""
    return registry.ds_rdata(wire.from_text(name), dnskey_of(key))


def dnskey_of(key: dict[str, Any]) -> bytes:
    public = b64decode(key["PublicKey"])
    return int(key["Flags"]).to_bytes(2, "big") + bytes((3, int(key["Algorithm"]))) + public


def tag_of(key: dict[str, Any]) -> int:
    return key_tag(dnskey_of(key))


def new_code(tx: Tx) -> str:
    """A new authorization code, sealed."""
    return b64encode(tx.seal.close(secrets.token_urlsafe(12).encode(), PURPOSE)).decode()


def code_of(tx: Tx, found: Resource) -> str:
    try:
        return tx.seal.open(b64decode(found.spec["AuthCode"]), PURPOSE).decode()
    except (InvalidTag, ValueError):
        return ""


def expiry(found: Resource) -> datetime:
    return datetime.fromtimestamp(found.spec["Expiry"], UTC)


def notify(tx: Tx, found: Resource, subject: str, text: str) -> None:
    """A notice to the registrant, held until there is mail."""
    address = found.spec["RegistrantContact"].get("Email", "")
    if address:
        outbox.send(tx, address, subject, text)


def ask_to_verify(tx: Tx, found: Resource) -> None:
    """Mail the registrant a link that shows that the address is read."""
    address = found.spec["RegistrantContact"].get("Email", "")
    text = f"Is {address} the address of the registrant of {found.name}?"
    link = links.make(tx, CONTACT, f"{found.name} {address}", text)
    notify(tx, found, f"Verify your email address for {found.name}", f"{text}\nIf so: {link}\n")
    change(tx, found, Asked=tx.now.timestamp())


def verify(tx: Tx, subject: str) -> str:
    """The registrant read the mail; what to tell whoever confirmed."""
    name, _, address = subject.partition(" ")
    found = DOMAINS.find(tx, name)
    if found is None or found.spec["RegistrantContact"].get("Email") != address:
        return f"{address} is not the address of the registrant of {name} any more."
    change(tx, found, Verified=address)
    return f"{address} is verified."


def reachability(tx: Tx, found: Resource) -> Literal["DONE", "PENDING", "EXPIRED"]:
    """Whether the registrant's address is read: DONE, PENDING or EXPIRED."""
    if found.spec.get("Verified") == found.spec["RegistrantContact"].get("Email"):
        return "DONE"
    asked = found.spec.get("Asked", found.created.timestamp())
    return "PENDING" if tx.now.timestamp() < asked + links.LASTS.total_seconds() else "EXPIRED"


LINKS = {CONTACT: verify}
