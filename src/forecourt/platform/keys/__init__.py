"""Keys that services hold for their callers: KMS is the API over them, others sign and encrypt.

    found = keys.find(tx, arn)
    blob = keys.encrypt(tx, found, plaintext, {"purpose": "mail"})
    signature = keys.sign(tx, found, "ECDSA_SHA_256", message)

specs.py says which kinds of keys there are and what each may do, material.py does it on bytes,
ciphertexts.py is what encrypted data looks like, stored.py keeps keys with their material sealed, and
grants.py lets principals use them.
"""

from forecourt.platform.keys.grants import granted
from forecourt.platform.keys.stored import (
    Key,
    create,
    decrypt,
    encrypt,
    find,
    secret,
    sign,
    usable,
)

__all__ = [
    "Key",
    "create",
    "decrypt",
    "encrypt",
    "find",
    "granted",
    "secret",
    "sign",
    "usable",
]
