"""What the role says it has.  What it does: tests/services/elasticache/test_reconcile.py, tests/e2e."""

from __future__ import annotations

from pathlib import Path

from forecourt.config import Cache, Config
from forecourt.planes.cache.engines import Engine
from forecourt.roles import cache


def test_memory_is_the_machine_s_or_what_is_configured() -> None:
    here = (Engine("valkey", "9.1.2", "/x"),)
    found = cache.installation(Config(Path("/x")), here)
    assert found.engines == (("valkey", "9.1.2"),) and found.domain == "forecourt.cloud"
    assert 0 < found.memory < cache.machine_memory()
    set_ = cache.installation(Config(Path("/x"), cache=Cache(scale=1.0, memory=5)), here)
    assert (set_.scale, set_.memory) == (1.0, 5)
