"""The store on SQLite: shared commits, failures that stay alone, crashes, several processes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from forecourt.store import feed, sqlite
from forecourt.store.seal import Seal
from forecourt.store.sqlite import SqliteStore
from forecourt.store.store import Unavailable
from forecourt.store.tx import Call, Tx

from .writing import insert, names, start

SOON = 10.0  # seconds after which a test gives up


def fail(tx: Tx) -> None:
    insert(tx, "gone")
    raise RuntimeError("no")


def break_commit(tx: Tx) -> None:
    """A write that only the commit finds wrong."""
    tx.run("PRAGMA defer_foreign_keys = ON")
    tx.run(
        "INSERT INTO published_zone (id, origin, sort_key, server_set) VALUES ('Z', x'00', '.', 99)"
    )


@contextlib.contextmanager
def held_up(store: SqliteStore) -> Iterator[None]:
    """Another process has its turn: what is written meanwhile queues up."""
    with open(store.path.with_suffix(".lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def queued(store: SqliteStore, *writes: Any) -> list[Any]:
    """Writes that queued up behind one another, and how each ended."""
    with held_up(store):
        tasks = [asyncio.create_task(store.write(*write)) for write in writes]
        await asyncio.sleep(0)  # each task runs up to its future
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), SOON)


def test_many_writers_and_one_that_fails(store: SqliteStore) -> None:
    async def write() -> list[Any]:
        good = [store.write(insert, f"n{number}") for number in range(200)]
        return await asyncio.gather(
            *good[:100], store.write(fail), *good[100:], return_exceptions=True
        )

    found = asyncio.run(write())
    (failure,) = (each for each in found if isinstance(each, Exception))
    assert (type(failure), str(failure)) == (RuntimeError, "no")
    assert store.read_now(names) == {f"n{number}" for number in range(200)}


def test_writers_on_threads(store: SqliteStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda number: store.write_now(insert, f"n{number}"), range(200)))
    assert set(found) == store.read_now(names)


def test_what_queued_up_shares_a_commit(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that fails takes with it all that share it, and tells each; then all goes on."""
    monkeypatch.setattr(sqlite, "BATCH", SOON)
    found = asyncio.run(queued(store, (insert, "a"), (break_commit,), (insert, "b")))
    assert [type(each) for each in found] == [Unavailable] * 3
    assert store.read_now(names) == set()
    assert store.write_now(insert, "c") == "c"
    assert store.read_now(names) == {"c"}


def test_a_batch_ends(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BATCH", 0.0)
    found = asyncio.run(queued(store, (insert, "a"), (break_commit,), (insert, "b")))
    assert (found[0], type(found[1]), found[2]) == ("a", Unavailable, "b")
    assert store.read_now(names) == {"a", "b"}


def test_a_failure_of_the_statement_is_the_callers(store: SqliteStore) -> None:
    store.write_now(insert, "a")
    with pytest.raises(sqlite3.IntegrityError):
        store.write_now(insert, "a")


def test_who_went_away_writes_nothing(store: SqliteStore) -> None:
    async def write() -> None:
        with held_up(store):
            first = asyncio.create_task(store.write(insert, "first"))
            second = asyncio.create_task(store.write(insert, "second"))
            await asyncio.sleep(0)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
        await asyncio.wait_for(first, SOON)

    asyncio.run(write())
    assert store.read_now(names) == {"first"}


def test_who_went_away_while_the_database_was_held(store: SqliteStore) -> None:
    """A caller that gave up before a transaction could begin must not stop the writer."""

    async def write() -> None:
        await store.write(lambda tx: tx.all("PRAGMA busy_timeout = 0"))
        with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            with held_up(store):
                gone = asyncio.create_task(store.write(insert, "gone"))
                await asyncio.sleep(0)
                gone.cancel()
                await asyncio.sleep(0)
                other.execute("BEGIN IMMEDIATE")
            with contextlib.suppress(Unavailable):  # in whose batch the database was held
                await asyncio.wait_for(store.write(insert, "next"), SOON / 5)
            other.execute("ROLLBACK")
        assert await asyncio.wait_for(store.write(insert, "after"), SOON / 5) == "after"

    asyncio.run(write())


def test_a_database_that_cannot_be_opened(data: Path) -> None:
    (data / "store.db").unlink()
    store = SqliteStore(data / "store.db", Seal(bytes(32)))
    try:
        with pytest.raises(Unavailable):
            asyncio.run(asyncio.wait_for(store.write(insert, "a"), SOON / 5))
    finally:
        store.close()


def test_a_database_that_cannot_be_opened_for_reading(data: Path) -> None:
    (data / "store.db").unlink()
    store = SqliteStore(data / "store.db", Seal(bytes(32)))
    try:
        with pytest.raises(Unavailable):
            store.read_now(names)
    finally:
        store.close()


def test_a_database_that_is_held_is_unavailable(store: SqliteStore) -> None:
    store.write_now(lambda tx: tx.all("PRAGMA busy_timeout = 0"))
    with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            store.write_now(insert, "a")
        other.execute("ROLLBACK")
    assert store.write_now(insert, "a") == "a"


def test_reads_see_one_moment(store: SqliteStore) -> None:
    def read(tx: Tx) -> tuple[set[str], set[str]]:
        before = names(tx)
        thread = threading.Thread(target=store.write_now, args=(insert, "new"))
        thread.start()
        thread.join(SOON)
        assert not thread.is_alive()  # readers do not hold up the writer
        return before, names(tx)

    assert store.read_now(read) == (set(), set())
    assert store.read_now(names) == {"new"}


def test_reads_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(Unavailable):
        store.read_now(insert, "a")
    assert store.read_now(names) == set()


def test_a_write_reads_what_it_wrote(store: SqliteStore) -> None:
    assert store.write_now(lambda tx: (insert(tx, "a"), names(tx))[1]) == {"a"}


def test_calls_are_handed_on(store: SqliteStore) -> None:
    call = Call("route53", "GetChange", "111122223333", "eu-west-1")

    async def ask() -> list[tuple[Call, int]]:
        return [
            await store.read_for(call, lambda tx, req: (tx.call, req), 1),
            await store.write_for(call, lambda tx, req: (tx.call, req), 2),
        ]

    assert asyncio.run(ask()) == [(call, 1), (call, 2)]


def test_closing_finishes_what_was_submitted(data: Path) -> None:
    store = SqliteStore(data / "store.db", Seal(bytes(32)))

    async def write() -> list[str]:
        tasks = [asyncio.create_task(store.write(insert, f"n{n}")) for n in range(50)]
        await asyncio.sleep(0)
        store.close()
        return await asyncio.wait_for(asyncio.gather(*tasks), SOON)

    assert asyncio.run(write()) == [f"n{n}" for n in range(50)]
    with contextlib.closing(sqlite3.connect(store.path)) as raw:
        assert raw.execute("SELECT count(*) FROM setting").fetchone() == (50,)


def test_a_commit_rings_when_somebody_waits(store: SqliteStore) -> None:
    with store.bells.listen("test") as bell:
        bell.setblocking(False)
        store.write_now(insert, "a")
        with pytest.raises(BlockingIOError):
            bell.recv(1)
        store.write_now(lambda tx: tx.publish("names", ["x"]))
        bell.settimeout(SOON)
        assert bell.recv(1) == b"!"


def test_a_crash_loses_nothing_that_was_acknowledged(data: Path, store: SqliteStore) -> None:
    child = start(data, "n", 1_000_000)
    assert child.stdout is not None
    kept = {child.stdout.readline().strip() for _ in range(200)}
    child.kill()
    kept |= {line.strip() for line in child.stdout if line.endswith("\n")}
    assert child.wait(SOON) == -9
    child.stdout.close()
    assert len(kept) >= 200
    there = store.read_now(names)
    assert kept <= there
    assert len(there) <= len(kept) + 1  # the one that was on its way
    assert store.write_now(insert, "after") == "after"


def test_two_processes_write(data: Path, store: SqliteStore) -> None:
    child = start(data, "child", 100)
    assert child.stdout is not None
    child.stdout.readline()  # it has begun
    for number in range(100):
        store.write_now(insert, f"ours{number}")
    assert len(child.stdout.readlines()) == 99
    child.stdout.close()
    assert child.wait(SOON) == 0
    expected = {f"{who}{number}" for who in ("ours", "child") for number in range(100)}
    assert store.read_now(names) == expected


def test_sequence_numbers_only_rise(store: SqliteStore) -> None:
    def publish_and_fail(tx: Tx) -> None:
        tx.publish("names", ["gone"])
        raise RuntimeError

    first = store.write_now(lambda tx: tx.publish("names", ["a"]))
    with pytest.raises(RuntimeError):
        store.write_now(publish_and_fail)
    second = store.write_now(lambda tx: tx.publish("names", ["b"]))
    assert second > first
    entries, cursor = store.read_now(feed.after, "names", 0)
    assert [entry.key for entry in entries] == ["a", "b"]
    assert cursor == second
