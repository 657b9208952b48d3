"""Run reconcilers over the work table.

A reconciler gets a key and makes the world match what the store says about it now: it may run twice,
late, or after a crash.  An item that fails waits longer each time and holds up no other.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio

from forecourt.store import work
from forecourt.store.work import Item

if TYPE_CHECKING:
    import socket

    from anyio.abc import TaskStatus

    from forecourt.store.store import Store

log = logging.getLogger(__name__)
Reconciler = Callable[[str], Awaitable[float | None]]

LOOK_AGAIN = 2.0  # seconds; a commit wakes the loop sooner
AT_ONCE = 16  # items of one kind that are worked on together


class Bell:
    """Wakes every loop of a process when something was committed anywhere."""

    def __init__(self, bell: socket.socket) -> None:
        self._bell, self._rung = bell, anyio.Event()

    @property
    def next(self) -> anyio.Event:
        return self._rung

    async def listen(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        from forecourt.store.bell import hush

        task_status.started()
        while True:
            await anyio.wait_readable(self._bell)
            hush(self._bell)
            rung, self._rung = self._rung, anyio.Event()
            rung.set()


async def reconcile_kind(
    kind: str,
    reconcile: Reconciler,
    store: Store,
    bell: Bell,
    *,
    at_once: int = AT_ONCE,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Reconcile the keys of one kind for ever, some at a time; a slow one keeps no other waiting.

    A reconciler that returns seconds is run again after them; one that returns None is done.
    """
    owner = f"{os.getpid()}-{secrets.token_hex(4)}"
    running, done = 0, anyio.Event()

    async def one(item: Item) -> None:
        nonlocal running, done
        await carry_out(item, reconcile, store, owner)
        running -= 1
        done.set()
        done = anyio.Event()

    async with anyio.create_task_group() as group:
        task_status.started()
        while True:
            rung, ended = bell.next, done  # taken before looking, so that no commit is missed
            if running < at_once and await store.read(work.any_due, kind):
                items = await store.write(work.lease, kind, owner, at_once - running)
                running += len(items)
                for item in items:
                    group.start_soon(one, item)
                if items:
                    continue
            with anyio.move_on_after(LOOK_AGAIN):
                await either(rung, ended)


async def either(*events: anyio.Event) -> None:
    """Wait for one of some events."""

    async def wait(event: anyio.Event) -> None:
        await event.wait()
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for event in events:
            group.start_soon(wait, event)


async def carry_out(item: Item, reconcile: Reconciler, store: Store, owner: str) -> None:
    """One item, its lease renewed for as long as it takes."""
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(hold, item, store, owner)
            again = await reconcile(item.key)
            group.cancel_scope.cancel()
    except Exception:
        log.exception("%s %s", item.kind, item.key)
        await store.write(work.postpone, item, owner)
    else:
        if again is None:
            await store.write(work.finish, item, owner)
        else:
            await store.write(work.postpone, item, owner, again)


async def hold(item: Item, store: Store, owner: str) -> None:
    while True:
        await anyio.sleep(work.LEASE / 3)
        await store.write(work.renew, item, owner)
