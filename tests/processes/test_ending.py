"""A role is told to end by SIGTERM, or by its supervisor's end."""

from __future__ import annotations

import os
import signal

import anyio
import pytest

from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end

pytestmark = pytest.mark.anyio


async def ends_after(act: str) -> None:
    ours, theirs = Channel.pair()
    other = Channel(theirs)
    ended = anyio.Event()

    async def wait() -> None:
        await told_to_end(other)
        ended.set()

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                await anyio.sleep(0.001)
            assert not ended.is_set()
            if act == "term":
                os.kill(os.getpid(), signal.SIGTERM)
            else:
                ours.close()
            await ended.wait()
    ours.close()
    other.close()


@pytest.mark.parametrize("act", ["term", "gone"])
async def test_told_to_end(act: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    await ends_after(act)
    assert signal.getsignal(signal.SIGTERM) is before
