"""What is encrypted under a symmetric key, as bytes that say themselves by which.

    version (1) | length of the head (2) | head, sealed | nonce (12) | AES-256-GCM

The head names the key and which of its materials was used.  It is sealed with the instance's master
key, so that a head which was changed is told from one that names a key of somebody else.  The head and
the encryption context are authenticated with the data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .material import Undecipherable

if TYPE_CHECKING:
    from forecourt.store.seal import Seal

VERSION = b"\x01"
PURPOSE = "head of a ciphertext"
NONCE = 12
LENGTH = 2

Context = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ciphertext:
    arn: str  # of the key
    material: str  # the id of one of its materials
    head: bytes  # all before the nonce
    body: bytes

    @classmethod
    def parse(cls, seal: Seal, blob: bytes) -> Ciphertext:
        """Undecipherable."""
        start = len(VERSION) + LENGTH
        if blob[:1] != VERSION or len(blob) < start:
            raise Undecipherable
        end = start + int.from_bytes(blob[len(VERSION) : start], "big")
        try:
            material, _, arn = seal.open(blob[start:end], PURPOSE).decode().partition(" ")
        except ValueError:
            raise Undecipherable from None
        return cls(arn, material, blob[:end], blob[end:])

    def open(self, secret: bytes, context: Context) -> bytes:
        """The plaintext.  Undecipherable."""
        try:
            return AESGCM(secret).decrypt(
                self.body[:NONCE], self.body[NONCE:], self.head + canonical(context)
            )
        except (InvalidTag, ValueError):
            raise Undecipherable from None


def close(
    seal: Seal, arn: str, material: str, secret: bytes, plaintext: bytes, context: Context
) -> bytes:
    """Encrypt under a material of a key."""
    sealed = seal.close(f"{material} {arn}".encode(), PURPOSE)
    head = VERSION + len(sealed).to_bytes(LENGTH, "big") + sealed
    nonce = os.urandom(NONCE)
    return head + nonce + AESGCM(secret).encrypt(nonce, plaintext, head + canonical(context))


def canonical(context: Context) -> bytes:
    """An encryption context as bytes: one form for each, whatever the order it was given in."""
    parts = []
    for pair in sorted(context.items()):
        for text in pair:
            encoded = text.encode("utf-8", "surrogatepass")
            parts += [len(encoded).to_bytes(4, "big"), encoded]
    return b"".join(parts)
