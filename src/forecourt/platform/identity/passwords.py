"""Passwords of users, as they are kept: Argon2id, in PHC's form, with a salt of each user's own.

All passwords a user has had share the salt, so that one computation tells whether a new one was used
before.  A computation takes a tenth of a second and 64 MiB: never in a transaction.
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

ITERATIONS, LANES, MEMORY = 1, 1, 64 * 1024  # KiB
LENGTH, SALT = 32, 16  # bytes


def digest(password: str, salt: bytes | None = None) -> str:
    """What is kept of a password; with a new salt where none is given."""
    kdf = Argon2id(
        salt=salt or os.urandom(SALT),
        length=LENGTH,
        iterations=ITERATIONS,
        lanes=LANES,
        memory_cost=MEMORY,
    )
    return kdf.derive_phc_encoded(password.encode())


def salt_of(kept: str) -> bytes:
    text = kept.split("$")[4]
    return base64.b64decode(text + "=" * (-len(text) % 4))


def same(one: str, other: str) -> bool:
    """Whether two digests with one salt are of one password."""
    return hmac.compare_digest(one.encode(), other.encode())
