"""Private keys: made ahead where that takes long, so that whoever needs one has it at once.

RSA keys cost tens of milliseconds each, so a pool makes some while nothing is asked of it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

EXPONENT = 65537
MAKE: Mapping[str, Callable[[], Any]] = {  # by the names of AWS
    "RSA_2048": lambda: rsa.generate_private_key(EXPONENT, 2048),
    "RSA_3072": lambda: rsa.generate_private_key(EXPONENT, 3072),
    "RSA_4096": lambda: rsa.generate_private_key(EXPONENT, 4096),
    "EC_prime256v1": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EC_secp384r1": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EC_secp521r1": lambda: ec.generate_private_key(ec.SECP521R1()),
}
POOLED = ("RSA_2048",)
READY = 32


class Pool:
    """Keys that are ready.  `fill` is a thread's work; without it keys are made when asked for."""

    def __init__(self, most: int = READY) -> None:
        self._ready: dict[str, queue.Queue[Any]] = {each: queue.Queue(most) for each in POOLED}
        self._ended = threading.Event()

    def take(self, algorithm: str) -> Any:
        """A new key; that of each call is its caller's alone."""
        try:
            return self._ready[algorithm].get_nowait()
        except (KeyError, queue.Empty):
            return MAKE[algorithm]()

    def fill(self) -> None:
        """Make keys until the end."""
        while not self._ended.is_set():
            for algorithm, ready in self._ready.items():
                if ready.full():
                    continue
                ready.put(MAKE[algorithm]())
                break
            else:
                self._ended.wait(0.05)

    def end(self) -> None:
        self._ended.set()


def algorithm_of(key: Any) -> str:
    """A key's algorithm as AWS names it; a name of our own for those that AWS has none for."""
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        curve = "prime256v1" if key.curve.name == "secp256r1" else key.curve.name
        return f"EC_{curve}"
    return type(key).__name__.removesuffix("PublicKey").removesuffix("PrivateKey").lstrip("_")


def dump(key: Any) -> bytes:
    """A key as PKCS #8 (DER)."""
    return bytes(
        key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def load(secret: bytes) -> Any:
    return serialization.load_der_private_key(secret, None)
