"""Keys, and the pool that has some ready."""

from __future__ import annotations

import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from forecourt.planes.tls import keys
from forecourt.planes.tls.keys import MAKE, Pool, algorithm_of, dump, load


@pytest.mark.parametrize("algorithm", [*MAKE])
def test_algorithms(algorithm: str) -> None:
    if algorithm == "RSA_4096":
        pytest.skip("takes a second")
    key = MAKE[algorithm]()
    assert algorithm_of(key) == algorithm_of(key.public_key()) == algorithm
    assert load(dump(key)).public_key() == key.public_key()


def test_others_have_names_too() -> None:
    assert algorithm_of(ed25519.Ed25519PrivateKey.generate().public_key()) == "Ed25519"


def test_a_pool_is_filled_and_gives_each_key_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(range(1000))
    monkeypatch.setattr(keys, "MAKE", {"RSA_2048": lambda: next(made), "EC": lambda: "new"})
    pool = Pool(3)
    thread = threading.Thread(target=pool.fill)
    thread.start()
    end = time.monotonic() + 5
    while not pool._ready["RSA_2048"].full():
        assert time.monotonic() < end
    pool.end()
    thread.join()
    taken = [pool.take("RSA_2048") for _ in range(5)]  # the last are made when asked for
    assert len(set(taken)) == 5
    assert pool.take("EC") == "new"
