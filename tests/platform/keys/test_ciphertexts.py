"""What is encrypted says itself by which key, and shows every change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.keys.ciphertexts import Ciphertext, canonical, close
from forecourt.platform.keys.material import Undecipherable
from forecourt.store.seal import Seal

SEAL, SECRET = Seal(bytes(32)), b"s" * 32
ARN, MATERIAL = "arn:aws:kms:us-east-1:1:key/k", "a" * 64
CONTEXTS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=4)


def closed(context: dict[str, str] | None = None) -> bytes:
    return close(SEAL, ARN, MATERIAL, SECRET, b"plain", context or {})


def test_round_trip() -> None:
    found = Ciphertext.parse(SEAL, closed({"a": "b"}))
    assert (found.arn, found.material) == (ARN, MATERIAL)
    assert found.open(SECRET, {"a": "b"}) == b"plain"
    for secret, context in ((SECRET, {}), (b"t" * 32, {"a": "b"})):
        with pytest.raises(Undecipherable):
            found.open(secret, context)


def test_every_byte_counts() -> None:
    blob = closed()
    for at in range(len(blob)):
        changed = blob[:at] + bytes((blob[at] ^ 1,)) + blob[at + 1 :]
        for wrong in (changed, blob[:at]):
            with pytest.raises(Undecipherable):
                Ciphertext.parse(SEAL, wrong).open(SECRET, {})


def test_heads_are_not_exchanged() -> None:
    """What one key encrypted does not pass for another's."""
    first, second = closed(), close(SEAL, f"{ARN}2", MATERIAL, SECRET, b"plain", {})
    one, other = (Ciphertext.parse(SEAL, blob) for blob in (first, second))
    mixed = Ciphertext.parse(SEAL, other.head + one.body)
    assert mixed.arn == f"{ARN}2"
    with pytest.raises(Undecipherable):
        mixed.open(SECRET, {})


def test_of_another_instance() -> None:
    with pytest.raises(Undecipherable):
        Ciphertext.parse(Seal(b"m" * 32), closed())


@given(CONTEXTS, CONTEXTS)
def test_one_form_for_each_context(one: dict[str, str], other: dict[str, str]) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)
    assert canonical(dict(reversed(one.items()))) == canonical(one)
