"""Keys travel sealed, and come out as they went in."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forecourt.planes.dns.dnssec import ZONE_KEY, dnskey, key_tag
from forecourt.platform.names.signing import dump, load
from forecourt.store.seal import Seal

KEY = ec.generate_private_key(ec.SECP256R1())
SECRET = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
RDATA = dnskey(ZONE_KEY, KEY.public_key())


def test_there_and_back() -> None:
    text = dump(Seal(bytes(32)), SECRET, [RDATA], [b"signature"])
    found = load(Seal(bytes(32)), text)
    assert found.tag == key_tag(RDATA)
    assert found.dnskeys.rdata == (RDATA,)
    assert found.dnskey_signatures == (b"signature",)
    assert found.key.private_numbers() == KEY.private_numbers()


def test_another_master_key_opens_nothing() -> None:
    text = dump(Seal(bytes(32)), SECRET, [RDATA], [])
    with pytest.raises(ValueError, match=r".*"):
        load(Seal(b"x" * 32), text)
