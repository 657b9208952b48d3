"""Which engines are here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from forecourt.planes.cache import engines
from forecourt.planes.cache.engines import Engine


def test_valkey_comes_with_the_program() -> None:
    found = {each.name: each for each in engines.installed()}
    assert found["valkey"].version.startswith("9.")
    assert found["valkey"].family == "valkey9" and found["valkey"].offered.count(".") == 1
    sum_ = hashlib.sha256(Path(found["valkey"].program).read_bytes()).hexdigest()
    assert sum_ in engines.SUMS.values()


def test_another_program_in_its_place_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "SUMS", dict.fromkeys(engines.SUMS, "0" * 64))
    assert engines.valkey() is None


@pytest.mark.parametrize(
    ("engine", "family", "offered"),
    [
        (Engine("redis", "7.0.15", ""), "redis7", "7.0"),
        (Engine("memcached", "1.6.18", ""), "memcached1.6", "1.6.18"),
    ],
)
def test_families_are_named_as_elasticache_does(engine: Engine, family: str, offered: str) -> None:
    assert (engine.family, engine.offered) == (family, offered)


def test_what_does_not_run_is_not_here(tmp_path: Path) -> None:
    assert engines.version_of(str(tmp_path / "none")) is None
    assert engines.version_of("/bin/true") is None
