"""Secrets that must be replayed, sealed with the master key (AES-256-GCM, a random nonce each).

What a secret is for is bound to it, so that a sealed value moved to another row does not open.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Seal:
    """Processes that open no secrets never import the cipher."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._master_key)

    def close(self, secret: bytes, purpose: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The secret; ValueError where the master key or the purpose is another."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
        except InvalidTag:
            raise ValueError(
                f"{purpose} was sealed with another master key than this data directory's"
            ) from None
