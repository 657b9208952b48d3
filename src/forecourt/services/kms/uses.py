"""A key put to use: is it there, meant for this, in a state for it, and of the right algorithm."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from forecourt.aws.operations import Later
from forecourt.platform.keys import stored
from forecourt.platform.keys.stored import Key, errors

from .identifiers import get_key

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

Answer = TypeVar("Answer")


def working_key(tx: Tx, given: str, usage: str, algorithm: str) -> Key:
    """The key that is to do something.  InvalidKeyUsageException besides those of its state."""
    return working(tx, get_key(tx, given, by_alias=True), usage, algorithm)


def working(tx: Tx, key: Key, usage: str, algorithm: str) -> Key:
    meant_for(tx, key, usage)
    stored.usable(key)
    if algorithm not in key.algorithms:
        raise errors.InvalidKeyUsageException(
            f"Algorithm {algorithm} is incompatible with key spec {key.spec.name}."
        )
    return key


def meant_for(tx: Tx, key: Key, usage: str) -> None:
    if key.usage != usage:
        raise errors.InvalidKeyUsageException(
            f"{key.arn} key usage is {key.usage} which is not valid for {tx.call.operation}."
        )


def in_time(key: Key, work: Callable[[], Answer]) -> Answer:
    """What a key does: at once, or after the transaction where it takes long."""
    return Later(work) if key.spec.slow else work()  # type: ignore[return-value]
