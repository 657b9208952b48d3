"""Keys as they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forecourt.platform import keys
from forecourt.platform.keys import material, stored
from forecourt.platform.keys.ciphertexts import Ciphertext
from forecourt.platform.keys.specs import SPECS
from forecourt.platform.keys.stored import Key, errors
from forecourt.store import resources
from forecourt.store.opening import open_store
from forecourt.store.store import Store
from forecourt.store.tx import Call, Tx
from tests.harness import World

CALL = Call("kms", "Test", "1", "eu-west-1")
Run = Callable[..., Any]


def runner(store: Store) -> Run:
    def run(change: Any, *args: Any, **options: Any) -> Any:
        return asyncio.run(
            store.write_for(CALL, lambda tx, req: change(tx, *args, **options), None)
        )

    return run


@pytest.fixture
def run(world: World) -> Run:
    """Runs a function as a caller of an account and a region."""
    return runner(world.store)


def make(tx: Tx, spec: str = "SYMMETRIC_DEFAULT") -> Key:
    usage = next(iter(SPECS[spec].algorithms))
    made = material.generate(SPECS[spec])
    return stored.create(tx, SPECS[spec], usage, made, "{}", "mail", {"a": "1"})


def test_what_a_key_says_of_itself(run: Run) -> None:
    key = run(make, "ECC_NIST_P256")
    assert key.arn == f"arn:aws:kms:eu-west-1:1:key/{key.id}"
    assert (key.account, key.region) == ("1", "eu-west-1")
    assert (key.spec, key.usage) == (SPECS["ECC_NIST_P256"], "SIGN_VERIFY")
    assert (key.algorithms, key.state, key.deletion) == (("ECDSA_SHA_256",), "Enabled", None)
    assert (key.policy, key.resource.tags, key.rotates) == ("{}", {"a": "1"}, False)
    assert run(stored.find, key.arn) == key
    assert run(stored.find, key.arn.replace("eu", "us")) is None
    assert material.public_key(key.public)


def test_the_secret_is_sealed_for_its_key(run: Run) -> None:
    one, other = run(make), run(make)
    secret = run(stored.secret, one)
    assert len(secret) == 32
    assert secret.hex() not in str(one.resource)
    taken = stored.Key(other.resource.__class__(
        other.resource.uid, other.arn, other.resource.name, other.resource.created, 1, 0, False,
        other.resource.spec, one.resource.status, {},
    ))  # fmt: skip
    with pytest.raises(ValueError, match="sealed"):
        run(stored.secret, taken)


def test_encryption(run: Run) -> None:
    key = run(make)
    blob = run(keys.encrypt, key, b"plain", {"a": "b"})

    def opened(tx: Tx, key: Key) -> bytes:
        return keys.decrypt(tx, key, Ciphertext.parse(tx.seal, blob), {"a": "b"})

    assert run(opened, key) == b"plain"
    rotated = run(stored.rotate, key, "AUTOMATIC")
    assert rotated.current != key.current
    assert run(opened, rotated) == b"plain"
    with pytest.raises(material.Undecipherable):
        run(opened, run(make))


def test_signatures(run: Run) -> None:
    key = run(make, "ECC_NIST_P256")
    signature = run(keys.sign, key, "ECDSA_SHA_256", b"m")
    assert material.verify(key.public, "ECDSA_SHA_256", b"m", signature)


def test_states(run: Run) -> None:
    key = run(make)
    assert keys.usable(key) is key
    disabled = run(stored.change, key, status={"KeyState": stored.DISABLED})
    with pytest.raises(errors.DisabledException, match=r"is disabled\.$"):
        keys.usable(disabled)
    assert stored.staying(disabled) is disabled
    pending = run(stored.change, key, status={"KeyState": stored.PENDING_DELETION})
    for check in (keys.usable, stored.staying):
        with pytest.raises(errors.KMSInvalidStateException, match=r"is pending deletion\.$"):
            check(pending)


def test_time_is_over(run: Run) -> None:
    def deleted_in(tx: Tx, seconds: float) -> Key | None:
        date = tx.now.timestamp() + seconds
        key = stored.change(tx, make(tx), status={"DeletionDate": date})
        return stored.find(tx, key.arn)

    assert run(deleted_in, 60) is not None
    assert run(deleted_in, 0) is run(deleted_in, -60) is None


def test_members_come_and_go(run: Run) -> None:
    key = run(make)
    changed = run(stored.change, key, spec={"Description": "new"}, status={"DeletionDate": 1})
    assert changed.resource.spec == {**key.resource.spec, "Description": "new"}
    back = run(stored.change, changed, without=("DeletionDate",))
    assert back.resource.status == key.resource.status
    assert run(resources.at, key.arn) == back.resource


def test_reopened(tmp_path: Path) -> None:
    """Keys outlive their process, and need the master key."""
    store = open_store(tmp_path, "sqlite", bytes(32))
    key = runner(store)(make)
    blob = runner(store)(keys.encrypt, key, b"plain", {})
    store.close()

    def opened(tx: Tx) -> bytes:
        found = stored.find(tx, key.arn)
        assert found is not None
        return keys.decrypt(tx, found, Ciphertext.parse(tx.seal, blob), {})

    again = open_store(tmp_path, "sqlite", bytes(32))
    assert runner(again)(opened) == b"plain"
    again.close()
    other = open_store(tmp_path, "sqlite", b"m" * 32)
    with pytest.raises(material.Undecipherable):
        runner(other)(opened)
    with pytest.raises(ValueError, match="another master key"):
        runner(other)(stored.secret, key)
    other.close()
