"""The process a function runs in, alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from forecourt.planes.functions import child
from forecourt.planes.functions.server import environment

from .test_server import function


def test_it_reads_an_event_and_writes_an_answer() -> None:
    ours, theirs = os.pipe()
    done = subprocess.run(
        [sys.executable, child.__file__, str(theirs), "examples.echo", "256"],
        input=b'{"a": 1}', pass_fds=(theirs,), cwd=Path(__file__).parent,
        env=environment(function(), "r"), capture_output=True, timeout=30, check=True,
    )  # fmt: skip
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        body = answer.read()
    assert body[:1] == b"0"
    assert json.loads(body[1:])["event"] == {"a": 1}
    assert done.stdout.startswith(b"got ")
