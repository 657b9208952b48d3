"""What a signed zone is signed with, handed to the name servers and kept fresh.

The zone-signing key is made when signing begins and replaced every month, by pre-publication (RFC 6781
§4.1.1.1): the next key is published while the old one signs; once no cache can be without it, it
signs; once no cache can hold what the old one signed, the old one goes.  The DNSKEYs are signed
again long before their signatures end.
"""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from forecourt.aws.errors import AwsError
from forecourt.planes.dns.dnssec import (
    DNSKEY_TTL,
    LONGEST_TTL,
    ZONE_KEY,
    dnskey,
    key_tag,
    raw,
    to_be_signed,
)
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import DNSKEY
from forecourt.platform import keys
from forecourt.platform.keys.stored import ENABLED
from forecourt.platform.names import publishing
from forecourt.platform.names.server_sets import TOPIC
from forecourt.platform.names.signing import PURPOSE, dump
from forecourt.store.resources import Kind, Resource

from . import dnssec
from .domain_names import parse
from .zones import Zone, errors, get_anybodys

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

WORK = "route53-signing"  # the kind of work that keeps a signed zone fresh
HOUR = 3600.0
AGAIN = 86400.0  # seconds between signing the DNSKEYs
ROTATED = 30 * 86400.0  # seconds a zone-signing key signs
KNOWN = 2.0 * DNSKEY_TTL  # seconds after which every cache has a key that was published

zones = Kind("route53", "signing", AwsError, is_global=True, is_shared=True)  # named by zone id


def is_signing(tx: Tx, zone_id: str) -> bool:
    return zones.find(tx, zone_id) is not None


def enable(tx: Tx, zone: Zone) -> int:
    """Sign a zone from now on; the feed's sequence number."""
    if zones.find(tx, zone.id) is None:
        zones.create(tx, zone.id, {}, {"Keys": [new_key(tx)], "Current": 0})
    return republish(tx, zone)


def disable(tx: Tx, zone: Zone) -> int:
    forget(tx, zone.id)
    return publishing.publish_signing(tx, zone.id, None)


def forget(tx: Tx, zone_id: str) -> None:
    if (found := zones.find(tx, zone_id)) is not None:
        zones.remove(tx, found)


def republish(tx: Tx, zone: Zone) -> int:
    """Hand the keys to the name servers; the feed's sequence number."""
    if (found := zones.find(tx, zone.id)) is None:
        return tx.publish(TOPIC, [f"zone:{zone.id}"])
    tx.enqueue(WORK, zone.id)
    return publish(tx, zone, found)


def publish(tx: Tx, zone: Zone, found: Resource) -> int:
    secrets = [opened(tx, each) for each in found.status["Keys"]]
    active = dnssec.active_keys(tx, zone.id)
    dnskeys = [dnskey(ZONE_KEY, each.public_key()) for each in secrets]
    dnskeys += [b64decode(each.status["Dnskey"]) for each in active]
    rrset = RRset(DNSKEY, DNSKEY_TTL, tuple(dnskeys))
    signatures = [signature(tx, zone, each, rrset) for each in active]
    current = found.status["Current"]
    secret = secrets[current].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return publishing.publish_signing(
        tx, zone.id, dump(tx.seal, secret, dnskeys, [each for each in signatures if each])
    )


def signature(tx: Tx, zone: Zone, ksk: Resource, rrset: RRset) -> bytes:
    """A key-signing key's RRSIG of the DNSKEYs; empty where its key of KMS works no more."""
    found = keys.find(tx, ksk.spec["KmsArn"])
    if found is None or found.state != ENABLED:
        return b""
    origin, tag = parse(zone.name).wire, key_tag(b64decode(ksk.status["Dnskey"]))
    head, message = to_be_signed(tag, origin, origin, rrset, time.time())
    return head + raw(keys.sign(tx, found, "ECDSA_SHA_256", message))


def is_usable(tx: Tx, ksk: Resource) -> bool:
    """Whether a key-signing key's key of KMS works."""
    found = keys.find(tx, ksk.spec["KmsArn"])
    return found is not None and found.state == ENABLED


def new_key(tx: Tx) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = b64encode(tx.seal.close(secret, PURPOSE)).decode()
    return {"Sealed": sealed, "Since": time.time()}


def opened(tx: Tx, key: dict[str, Any]) -> ec.EllipticCurvePrivateKey:
    found = load_der_private_key(tx.seal.open(b64decode(key["Sealed"]), PURPOSE), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


async def reconcile(store: Store, zone_id: str) -> float | None:
    """Replace and sign what is due; in how many seconds to look again."""
    return await store.write(tend, zone_id)


def tend(tx: Tx, zone_id: str) -> float | None:
    found = zones.find(tx, zone_id)
    if found is None:
        return None
    try:
        zone = get_anybodys(tx, zone_id)
    except errors.NoSuchHostedZone:
        zones.remove(tx, found)
        return None
    if not all(is_usable(tx, each) for each in dnssec.active_keys(tx, zone_id)):
        return HOUR  # what was signed stays, as long as it is good
    status, wait = rotated(found.status, time.time(), new_key(tx))
    publish(tx, zone, zones.change(tx, found, status=status))
    return min(wait, AGAIN)


def rotated(status: Any, now: float, fresh: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The keys as they are to be now, and in how many seconds the next step is due.

    `Since` is when a key was published, or began or ceased to sign: its last step.
    """
    known, current = list(status["Keys"]), status["Current"]
    if len(known) == 1:  # it signs alone
        left = known[0]["Since"] + ROTATED - now
        if left > 0:
            return {**status}, left
        return {"Keys": [known[0], fresh], "Current": 0}, KNOWN
    if current == 0:  # the next one is known by now, or will be
        left = known[1]["Since"] + KNOWN - now
        if left > 0:
            return {**status}, left
        return {"Keys": [{**each, "Since": now} for each in known], "Current": 1}, LONGEST_TTL
    left = known[0]["Since"] + LONGEST_TTL - now  # the old one signs no more
    if left > 0:
        return {**status}, left
    return {"Keys": [known[1]], "Current": 0}, known[1]["Since"] + ROTATED - now
