"""Keep servers, loops and child processes running.

A worker is a coroutine function that reports readiness and then runs until cancelled.  All start
at once.  A failure before first readiness (a port in use, a bad file) stops the program; a crash
later restarts only the worker that crashed, waiting longer each time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import TaskStatus

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 30.0  # seconds
HEALTHY = 60.0  # seconds up, after which a crash counts as the first again


@dataclass(frozen=True)
class Worker:
    name: str
    # takes task_status=, as anyio's TaskGroup.start passes it
    run: Callable[..., Coroutine[Any, Any, None]]


async def supervise(
    workers: Iterable[Worker], *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Run all workers until cancelled; ready when each of them is."""
    async with anyio.create_task_group() as group:
        async with anyio.create_task_group() as starting:
            for worker in workers:
                starting.start_soon(group.start, keep_running, worker)
        task_status.started()


async def keep_running(worker: Worker, *, task_status: TaskStatus[None]) -> None:
    wait, was_ready = FIRST_WAIT, False
    while True:
        started = anyio.current_time()
        try:
            async with anyio.create_task_group() as group:
                await group.start(worker.run)
                if not was_ready:
                    was_ready = True
                    task_status.started()
            log.error("%s ended by itself", worker.name)
        except Exception as crash:
            if not was_ready:
                raise
            log.error("%s crashed: %s", worker.name, reason(crash))
        if anyio.current_time() - started > HEALTHY:
            wait = FIRST_WAIT
        await anyio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


def reason(crash: BaseException) -> str:
    """What an exception, or the first in a group, says."""
    while isinstance(crash, BaseExceptionGroup):
        crash = crash.exceptions[0]
    return str(crash) or type(crash).__name__
