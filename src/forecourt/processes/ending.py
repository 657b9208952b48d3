"""How a role with an event loop learns that it is to end."""

from __future__ import annotations

import signal

import anyio

from forecourt.processes.channel import Channel


async def told_to_end(channel: Channel) -> bool:
    """Wait for SIGTERM, or for the supervisor to be gone; whether it was the first."""
    told = False

    async def gone() -> None:
        await anyio.wait_readable(channel.fileno())
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(gone)
        with anyio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                told = True
                group.cancel_scope.cancel()
                break
    return told
