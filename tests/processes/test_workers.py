"""Workers: started together, fatal before they are ready, restarted after."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.abc import TaskStatus

from forecourt.processes import workers
from forecourt.processes.workers import Worker, reason, supervise

pytestmark = pytest.mark.anyio
WITHIN = 5.0  # seconds


def worker(body: Callable[[], Coroutine[Any, Any, None]], name: str = "w") -> Worker:
    """A worker that is ready at once and then does something."""

    async def run(*, task_status: TaskStatus[None]) -> None:
        task_status.started()
        await body()

    return Worker(name, run)


async def test_ready_when_all_are_and_ended_by_cancelling() -> None:
    running = set[int]()

    async def run(number: int, *, task_status: TaskStatus[None]) -> None:
        await anyio.sleep(0.01 * number)
        running.add(number)
        task_status.started()
        try:
            await anyio.sleep_forever()
        finally:
            running.discard(number)

    all_ = [Worker(f"w{n}", partial(run, n)) for n in range(3)]
    with anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            await group.start(supervise, all_)
            assert running == {0, 1, 2}
            group.cancel_scope.cancel()
    assert not running


async def test_all_start_at_once() -> None:
    first, second = anyio.Event(), anyio.Event()

    async def run(mine: anyio.Event, other: anyio.Event, *, task_status: TaskStatus[None]) -> None:
        mine.set()
        await other.wait()
        task_status.started()
        await anyio.sleep_forever()

    pair = [Worker("a", partial(run, first, second)), Worker("b", partial(run, second, first))]
    with anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            await group.start(supervise, pair)
            group.cancel_scope.cancel()


async def test_a_failure_before_readiness_is_fatal_and_says_why() -> None:
    async def fails(*, task_status: TaskStatus[None]) -> None:
        raise OSError("port in use")

    ended = anyio.Event()

    async def rests() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    with anyio.fail_after(WITHIN), pytest.raises(ExceptionGroup) as caught:
        await supervise([worker(rests), Worker("bad", fails)])
    assert reason(caught.value) == "port in use"
    assert ended.is_set()


async def test_one_that_ends_without_being_ready_is_fatal() -> None:
    async def returns(*, task_status: TaskStatus[None]) -> None:
        return

    with anyio.fail_after(WITHIN), pytest.raises(ExceptionGroup):
        await supervise([Worker("bad", returns)])


@pytest.mark.parametrize("crash", [RuntimeError("boom"), None])
async def test_a_crash_later_restarts_only_that_one(
    crash: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "FIRST_WAIT", 0.01)
    starts: dict[str, int] = {"bad": 0, "good": 0}
    enough = anyio.Event()

    async def bad() -> None:
        starts["bad"] += 1
        if starts["bad"] == 3:
            enough.set()
            await anyio.sleep_forever()
        if crash:
            raise crash

    async def good() -> None:
        starts["good"] += 1
        await anyio.sleep_forever()

    with anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            await group.start(supervise, [worker(bad, "bad"), worker(good, "good")])
            await enough.wait()
            group.cancel_scope.cancel()
    assert starts == {"bad": 3, "good": 1}
    said = "bad crashed: boom" if crash else "bad ended by itself"
    assert [record.message for record in caplog.records] == [said] * 2


async def test_a_failure_to_come_back_is_not_fatal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FIRST_WAIT", 0.01)
    turns, back = itertools.count(), anyio.Event()

    async def run(*, task_status: TaskStatus[None]) -> None:
        match next(turns):
            case 0:
                task_status.started()
                raise RuntimeError("crash")
            case 1:
                raise RuntimeError("not ready")
        task_status.started()
        back.set()
        await anyio.sleep_forever()

    with anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            await group.start(supervise, [Worker("w", run)])
            await back.wait()
            group.cancel_scope.cancel()


async def test_the_wait_doubles_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(workers, "LONGEST_WAIT", 0.08)
    starts, enough = list[float](), anyio.Event()

    async def crashes() -> None:
        starts.append(anyio.current_time())
        if len(starts) == 6:
            enough.set()
            await anyio.sleep_forever()
        raise RuntimeError("crash")

    with anyio.fail_after(WITHIN):
        async with anyio.create_task_group() as group:
            await group.start(supervise, [worker(crashes)])
            await enough.wait()
            group.cancel_scope.cancel()
    waits = [b - a for a, b in itertools.pairwise(starts)]
    assert all(
        wait >= least - 0.005
        for wait, least in zip(waits, (0.02, 0.04, 0.08, 0.08, 0.08), strict=True)
    )
    assert waits[4] < 0.16 + 0.5


@pytest.mark.parametrize(
    ("crash", "text"),
    [
        (ValueError("why"), "why"),
        (ValueError(), "ValueError"),
        (ExceptionGroup("g", [ExceptionGroup("h", [OSError("in"), ValueError("x")])]), "in"),
    ],
)
async def test_reason(crash: Exception, text: str) -> None:
    assert reason(crash) == text
