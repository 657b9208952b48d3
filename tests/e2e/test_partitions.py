"""A zone that is cut off: no write is lost that a replica elsewhere was to have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 8.0  # so long it is cut off
BOUND = (
    3.5  # seconds for which an engine that is cut off may take writes: its node timeout, and some
)


def may_cut() -> bool:
    if os.geteuid() or shutil.which("ip") is None:
        return False
    tried = "ip link set lo up && ip link add void type veth peer name end"
    done = subprocess.run(["unshare", "-n", "sh", "-c", tried], capture_output=True, check=False)
    return done.returncode == 0


pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not may_cut(), reason="a zone can be cut off in a network namespace of one's own alone"
    ),
]


def test_what_a_replica_was_to_have_is_not_lost_with_a_zone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, "-m", "tests.e2e.cache_partition", str(tmp_path), str(SECONDS)]
    done = subprocess.run(
        ["unshare", "-n", *words],
        capture_output=True, text=True, timeout=150, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    with capsys.disabled():
        sys.stdout.write(f"\na zone was cut off for {SECONDS:.0f} s: {said['kinds']}\n")
    for kind in ("wait", "sync"):
        assert said["kinds"][kind]["lost"] == 0
        assert said["kinds"][kind]["acknowledged"] > 200
    assert said["kinds"]["default"]["gap"] > -BOUND  # two took writes for no longer
