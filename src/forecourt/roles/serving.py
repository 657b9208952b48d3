"""A role that serves names on an event loop: its sockets, the feed's bell and the supervisor."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import Any, Protocol

from forecourt.processes.channel import Channel
from forecourt.roles.following import Following
from forecourt.store.store import Unavailable

TICK = 1.0  # seconds
Purpose = dict[str, Any]


class Listening(Protocol):
    """What is listened on, by what is spoken there."""

    async def serve(self, purpose: Purpose, sock: socket.socket) -> None: ...

    def changed(self) -> None:
        """What is followed may have changed."""

    def tick(self) -> None: ...

    async def close(self) -> None:
        """Take no more, and let what is under way end."""


async def serve_all(
    channel: Channel,
    sockets: list[tuple[Purpose, socket.socket]],
    following: Following,
    listening: Listening,
) -> None:
    """Serve the sockets, and those that come later, until told to end."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    pending: set[asyncio.Task[None]] = set()

    def told() -> None:
        message = channel.receive()
        if message is None or message[1] is None:
            stop.set()
            return
        task = loop.create_task(serve_one(message[0]["socket"], message[1]))
        pending.add(task)
        task.add_done_callback(pending.discard)

    async def serve_one(purpose: Purpose, sock: socket.socket) -> None:
        while True:
            try:
                await listening.serve(purpose, sock)
                break
            except Unavailable:  # which its certificate needs
                await asyncio.sleep(TICK)
        following.catch_up(renew=True)

    def rung() -> None:
        following.rung()
        listening.changed()

    for purpose, sock in sockets:
        await listening.serve(purpose, sock)
    following.join()
    listening.changed()
    loop.add_reader(following.bell, rung)
    loop.add_reader(channel, told)
    channel.send({"ready": True})
    last = loop.time()
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), TICK)
        except TimeoutError:
            following.late(loop.time() - last - TICK)
            following.tick()
            listening.tick()
            last = loop.time()
    await listening.close()
    following.leave()
