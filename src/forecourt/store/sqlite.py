"""The store on SQLite: one file, readers beside one writer, many writes to an fsync.

A read runs where it is called, in a snapshot, through statements that are prepared once: some
microseconds.  Writes go to one thread a process, which takes what has queued up meanwhile into one
commit (WAL, synchronous=FULL), each in a savepoint so that one that fails fails alone.  The writers
of several processes take turns by a file lock: SQLite's own busy wait starves.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from forecourt.store.bell import Bells
from forecourt.store.clock import Calendar
from forecourt.store.connection import SqliteConnection
from forecourt.store.feed import Followers
from forecourt.store.seal import Seal
from forecourt.store.store import Unavailable
from forecourt.store.tx import SYSTEM, Call, Tx

P = ParamSpec("P")
R = TypeVar("R")

BATCH = 0.005  # seconds after which a batch of writes is ended


class Job:
    """One write that waits for its turn."""

    __slots__ = ("args", "call", "change", "failure", "future", "kwargs", "result")

    def __init__(self, change: Callable[..., Any], call: Call, args: Any, kwargs: Any) -> None:
        self.change, self.call, self.args, self.kwargs = change, call, args, kwargs
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.failure: BaseException | None = None


class SqliteStore:
    """See tx.py for what a transaction can do, feed.py for following changes."""

    def __init__(self, path: Path, seal: Seal) -> None:
        self.path, self.seal = path, seal
        self.bells = Bells(path.parent / "run" / "bells")
        self.followers = Followers(path.parent)
        self._local = threading.local()
        self._readers: list[SqliteConnection] = []
        self._calendar = Calendar()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._lock_file = open(path.with_suffix(".lock"), "w")  # noqa: SIM115  kept open

    def read_now(
        self,
        query: Callable[Concatenate[Tx, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `query(tx, ...)` on a snapshot, here."""
        return self._read(query, SYSTEM, args, kwargs)

    async def read(
        self, query: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(tx, ...)` on a snapshot."""
        return self._read(query, SYSTEM, args, kwargs)

    async def read_for(self, call: Call, query: Callable[[Tx, Any], R], req: Any) -> R:
        return self._read(query, call, (req,), {})

    async def write(
        self, change: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `change(tx, ...)`; when this returns, it is on disk."""
        return await asyncio.wrap_future(self._submit(Job(change, SYSTEM, args, kwargs)))

    async def write_for(self, call: Call, change: Callable[[Tx, Any], R], req: Any) -> R:
        return await asyncio.wrap_future(self._submit(Job(change, call, (req,), {})))

    def write_now(
        self, change: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `change(tx, ...)` and wait for it."""
        return self._submit(Job(change, SYSTEM, args, kwargs)).result()

    def listen(self, stop: threading.Event) -> None:
        """Nothing to hear: whoever commits rings the bells of this machine, the only one."""
        stop.wait()

    def close(self) -> None:
        """Finish the writes that were submitted."""
        if self._writer:
            self._jobs.put(None)
            self._writer.join()
            self._writer = None
        for reader in self._readers:
            reader.close()
        self._lock_file.close()
        self.followers.close()
        self.bells.close()

    def _read(self, query: Callable[..., R], call: Call, args: Any, kwargs: Any) -> R:
        connection: SqliteConnection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = SqliteConnection(self.path, read_only=True)
                self._readers.append(connection)
            with connection.snapshot():
                now = self._calendar.now(connection)
                return query(
                    Tx(connection, call, now, self.seal, self.followers.reached), *args, **kwargs
                )
        except sqlite3.OperationalError as error:
            raise Unavailable(str(error)) from error

    def _submit(self, job: Job) -> Future[Any]:
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._write, name="store", daemon=True)
                    self._writer.start()
        self._jobs.put(job)
        return job.future

    def _write(self) -> None:
        connection: SqliteConnection | None = None
        while (job := self._jobs.get()) is not None:
            batch: list[Job] = []
            try:
                connection = connection or SqliteConnection(self.path)
                rang = self._commit(connection, job, batch)
            except BaseException as error:  # the whole batch was lost: its callers are told
                if connection is not None:
                    with contextlib.suppress(sqlite3.Error):
                        connection.run("ROLLBACK", {})
                lost = Unavailable(str(error)) if isinstance(error, sqlite3.Error) else error
                for each in batch or [job]:
                    with contextlib.suppress(InvalidStateError):  # its caller went away
                        each.future.set_exception(lost)
                continue
            if rang:  # before the answers: who asks after one must not be judged by what was before
                self.bells.ring(rang)
            for each in batch:
                if each.failure is not None:
                    each.future.set_exception(each.failure)
                else:
                    each.future.set_result(each.result)
        if connection is not None:
            connection.close()

    def _commit(self, connection: SqliteConnection, first: Job, batch: list[Job]) -> set[str]:
        """Run what has queued up as one commit; the topics it wrote to."""
        rang: set[str] = set()
        with self._turn():
            connection.run("BEGIN IMMEDIATE", {})
            end = time.monotonic() + BATCH
            job: Job | None = first
            while job is not None:
                if job.future.set_running_or_notify_cancel():
                    batch.append(job)
                    rang |= self._attempt(connection, job)
                if time.monotonic() >= end:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:  # the end was asked for: after this batch
                    self._jobs.put(None)
            connection.run("COMMIT", {})
        return rang

    def _attempt(self, connection: SqliteConnection, job: Job) -> set[str]:
        connection.run("SAVEPOINT job", {})
        try:
            now = self._calendar.now(connection)
            tx = Tx(connection, job.call, now, self.seal, self.followers.reached)
            job.result = job.change(tx, *job.args, **job.kwargs)
        except Exception as error:
            connection.run("ROLLBACK TO job", {})
            connection.run("RELEASE job", {})
            job.failure = Unavailable(str(error)) if disk_trouble(error) else error
            return set()
        connection.run("RELEASE job", {})
        return tx.rang

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)


def disk_trouble(error: Exception) -> bool:
    """Whether the disk or another process is at fault, not the statement."""
    codes = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_CANTOPEN")
    return getattr(error, "sqlite_errorname", "").startswith(codes)
