"""The loop over the work table: done once, again after a failure, never lost."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest

from forecourt.processes import reconcile
from forecourt.processes.reconcile import Bell, reconcile_kind
from forecourt.store import work
from forecourt.store.opening import open_store
from forecourt.store.store import Store
from forecourt.store.tx import Tx

pytestmark = pytest.mark.anyio
KIND = "test"
WITHIN = 10.0  # seconds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(tmp_path, "sqlite", bytes(32))
    yield found
    found.close()


def enqueue(tx: Tx, key: str, later: float = 0.0) -> None:
    tx.enqueue(KIND, key, tx.now + timedelta(seconds=later))


def enqueue_all(tx: Tx, keys: str) -> None:
    for key in keys:
        enqueue(tx, key)


def left(tx: Tx) -> dict[str, int]:
    """The keys that wait, and how often each failed."""
    return dict(tx.all("SELECT key, failures FROM work"))


async def until(store: Store, wanted: Callable[[dict[str, int]], bool]) -> None:
    while not wanted(await store.read(left)):
        await anyio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(
    store: Store, body: Callable[[str], Awaitable[float | None]], loops: int = 1
) -> AsyncIterator[None]:
    with contextlib.closing(store.bells.listen("test")) as sock, anyio.fail_after(WITHIN):
        bell = Bell(sock)
        async with anyio.create_task_group() as group:
            await group.start(bell.listen)
            for _ in range(loops):
                await group.start(partial(reconcile_kind, KIND, body, store, bell))
            yield
            group.cancel_scope.cancel()


async def test_what_waits_and_what_comes_is_done_once(store: Store) -> None:
    done = list[str]()

    async def body(key: str) -> None:
        done.append(key)

    await store.write(enqueue, "before")
    async with running(store, body):
        await until(store, lambda found: not found)
        started = anyio.current_time()
        await store.write(enqueue, "after")
        await until(store, lambda found: not found)
        assert anyio.current_time() - started < reconcile.LOOK_AGAIN / 2  # the bell woke it
    assert done == ["before", "after"]


async def test_other_kinds_are_left(store: Store) -> None:
    await store.write(lambda tx: tx.enqueue("other", "x"))
    await store.write(enqueue, "mine")

    async def body(key: str) -> None:
        assert key == "mine"

    async with running(store, body):
        await until(store, lambda found: found == {"x": 0})


async def test_one_failure_waits_and_holds_up_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    done = list[str]()

    async def body(key: str) -> None:
        if key == "bad":
            raise RuntimeError("boom")
        done.append(key)

    async with running(store, body):
        for key in ("bad", "a", "b"):
            await store.write(enqueue, key)
        await until(store, lambda found: found == {"bad": 1})
    assert sorted(done) == ["a", "b"]
    assert "test bad" in caplog.text
    assert await store.read(work.any_due, KIND) is False  # it waits a second


async def test_a_failure_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "LOOK_AGAIN", 0.05)
    tries = 0

    async def body(key: str) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("boom")

    await store.write(enqueue, "x")
    async with running(store, body):
        await until(store, lambda found: not found)
    assert tries == 2


async def test_one_that_names_seconds_is_run_again_after_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "LOOK_AGAIN", 0.02)
    times = list[float]()

    async def body(key: str) -> float | None:
        times.append(anyio.current_time())
        return 0.2 if len(times) < 3 else None

    await store.write(enqueue, "x")
    async with running(store, body):
        await until(store, lambda found: not found)
    assert len(times) == 3
    assert all(b - a > 0.15 for a, b in itertools.pairwise(times))


async def test_a_change_during_the_run_is_run_again(store: Store) -> None:
    runs, changed = 0, anyio.Event()

    async def body(key: str) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            await changed.wait()

    await store.write(enqueue, "x")
    async with running(store, body):
        while runs == 0:
            await anyio.sleep(0.002)
        await store.write(enqueue, "x")
        changed.set()
        await until(store, lambda found: not found)
    assert runs == 2


async def test_what_is_not_due_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "LOOK_AGAIN", 0.02)
    done = list[str]()

    async def body(key: str) -> None:
        done.append(key)

    await store.write(enqueue, "later", 60.0)
    await store.write(enqueue, "soon", 0.2)
    async with running(store, body):
        assert done == []
        await until(store, lambda found: list(found) == ["later"])
    assert done == ["soon"]


async def test_two_loops_do_each_key_once(store: Store) -> None:
    done = list[str]()

    async def body(key: str) -> None:
        done.append(key)
        await anyio.sleep(0.001)

    keys = [f"k{n:02}" for n in range(60)]
    async with running(store, body, loops=3):
        for key in keys:
            await store.write(enqueue, key)
        await until(store, lambda found: not found)
    assert sorted(done) == keys


async def test_keys_of_a_kind_are_worked_on_together(store: Store) -> None:
    together, met = set[str](), anyio.Event()

    async def body(key: str) -> None:
        together.add(key)
        if len(together) == 3:
            met.set()
        await met.wait()

    async with running(store, body):
        await store.write(enqueue_all, "abc")
        await until(store, lambda found: not found)
    assert together == set("abc")


async def test_the_lease_of_what_takes_long_is_renewed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LEASE", 0.3)
    monkeypatch.setattr(reconcile, "LOOK_AGAIN", 0.02)
    runs = 0

    async def body(key: str) -> None:
        nonlocal runs
        runs += 1
        await anyio.sleep(0.8)

    await store.write(enqueue, "x")
    async with running(store, body, loops=2):
        await until(store, lambda found: not found)
    assert runs == 1


async def test_what_a_dead_worker_held_is_taken_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LEASE", 0.1)
    monkeypatch.setattr(reconcile, "LOOK_AGAIN", 0.02)
    await store.write(enqueue, "x")
    assert await store.write(work.lease, KIND, "dead", 1)
    done = list[str]()

    async def body(key: str) -> None:
        done.append(key)

    async with running(store, body):
        await until(store, lambda found: not found)
    assert done == ["x"]
