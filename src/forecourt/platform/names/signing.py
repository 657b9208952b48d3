"""A zone's keys as they are handed to the name servers.

    publishing.publish_signing(tx, zone, dump(tx.seal, secret, dnskeys, signatures))
    load(tx.seal, keys)          -> planes.dns.dnssec.Signing

The zone-signing key travels sealed.  The key-signing keys stay where they are (KMS): what they sign is
the set of DNSKEYs, ahead of time.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from forecourt.planes.dns.dnssec import DNSKEY_TTL, ZONE_KEY, Signing, dnskey, key_tag
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import DNSKEY

if TYPE_CHECKING:
    from forecourt.store.seal import Seal

PURPOSE = "zone-signing key"


def dump(seal: Seal, secret: bytes, dnskeys: Iterable[bytes], signatures: Iterable[bytes]) -> str:
    """`secret` is the zone-signing key (PKCS #8, DER); the rest is rdata."""
    return json.dumps(
        {
            "key": b64encode(seal.close(secret, PURPOSE)).decode(),
            "dnskeys": [b64encode(each).decode() for each in dnskeys],
            "signatures": [b64encode(each).decode() for each in signatures],
        }
    )


def load(seal: Seal, keys: str) -> Signing:
    given = json.loads(keys)
    key = load_der_private_key(seal.open(b64decode(given["key"]), PURPOSE), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Signing(
        key,
        key_tag(dnskey(ZONE_KEY, key.public_key())),
        RRset(DNSKEY, DNSKEY_TTL, tuple(b64decode(each) for each in given["dnskeys"])),
        tuple(b64decode(each) for each in given["signatures"]),
    )
