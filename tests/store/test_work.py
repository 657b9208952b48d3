"""Work: leased to one worker, never lost, never finished by one whose lease ran out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from forecourt.store import work
from forecourt.store.tx import Tx
from forecourt.store.work import Item
from tests.harness import World

KIND = "test-work"


@pytest.fixture
def store(world: World) -> Iterator[Any]:
    yield world.store
    world.store.write_now(lambda tx: tx.run("DELETE FROM work WHERE kind LIKE 'test-work%'"))


def enqueue(store: Any, *keys: str, after: float = 0.0) -> None:
    def change(tx: Tx) -> None:
        for key in keys:
            tx.enqueue(KIND, key, tx.now + timedelta(seconds=after))

    store.write_now(change)


def lease(store: Any, owner: str, most: int = 10) -> list[Item]:
    found: list[Item] = store.write_now(work.lease, KIND, owner, most)
    return found


def there(store: Any) -> list[Any]:
    found: list[Any] = store.read_now(
        lambda tx: tx.all("SELECT key, owner, failures FROM work WHERE kind = :kind", kind=KIND)
    )
    return found


def expire(store: Any) -> None:
    store.write_now(lambda tx: tx.run("UPDATE work SET leased_until = :past", past=time.time() - 1))


def test_one_worker_at_a_time(store: Any) -> None:
    enqueue(store, "a", "b", "c")
    first = lease(store, "w1", 2)
    assert len(first) == 2
    second = lease(store, "w2")
    assert {item.key for item in first + second} == {"a", "b", "c"}
    assert len(second) == 1
    assert lease(store, "w3") == []


def test_kinds_are_apart(store: Any) -> None:
    store.write_now(lambda tx: tx.enqueue(KIND + "-other", "a"))
    assert lease(store, "w1") == []
    assert store.read_now(work.any_due, KIND + "-other")


@pytest.mark.parametrize(("after", "due"), [(-60, True), (0, True), (60, False)])
def test_due(store: Any, after: float, due: bool) -> None:
    enqueue(store, "a", after=after)
    assert store.read_now(work.any_due, KIND) is due
    assert bool(lease(store, "w1")) is due
    assert not store.read_now(work.any_due, KIND)  # it is held, or not due


def test_the_longest_due_comes_first(store: Any) -> None:
    for key, after in (("b", -20.0), ("c", -10.0), ("a", -30.0)):
        enqueue(store, key, after=after)
    assert [item.key for item in lease(store, "w1", 2)] == ["a", "b"]


def test_finished(store: Any) -> None:
    enqueue(store, "a")
    (item,) = lease(store, "w1")
    store.write_now(work.finish, item, "w1")
    assert there(store) == []


def test_enqueued_again_meanwhile(store: Any) -> None:
    enqueue(store, "a")
    (item,) = lease(store, "w1")
    enqueue(store, "a")
    assert lease(store, "w2") == []  # still held
    store.write_now(work.finish, item, "w1")
    (again,) = lease(store, "w2")
    assert again.generation > item.generation


@pytest.mark.parametrize("end", [work.finish, work.postpone, work.release])
def test_a_stale_worker_changes_nothing(store: Any, end: Any) -> None:
    enqueue(store, "a")
    (old,) = lease(store, "w1")
    expire(store)
    (new,) = lease(store, "w2")
    assert new.generation == old.generation
    assert not store.write_now(work.renew, old, "w1")
    store.write_now(end, old, "w1")
    assert there(store) == [("a", "w2", 0)]
    store.write_now(work.finish, new, "w2")
    assert there(store) == []


def test_a_stale_worker_does_not_finish_newer_work_of_its_own(store: Any) -> None:
    """The same key, done, enqueued anew and leased by the same worker."""
    enqueue(store, "a")
    (old,) = lease(store, "w1")
    store.write_now(work.finish, old, "w1")
    enqueue(store, "a")
    (new,) = lease(store, "w1")
    store.write_now(work.finish, old, "w1")
    assert [key for key, _, _ in there(store)] == ["a"]
    assert new.generation > old.generation


def test_a_renewed_lease_holds(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    enqueue(store, "a")
    monkeypatch.setattr(work, "LEASE", 0.0)
    (item,) = lease(store, "w1")
    monkeypatch.undo()
    assert store.write_now(work.renew, item, "w1")
    assert lease(store, "w2") == []


@pytest.mark.parametrize(
    ("failures", "wait", "seconds"),
    [(0, None, 1), (1, None, 2), (5, None, 32), (30, None, 300), (3, 600.0, 600), (3, 0.0, 0)],
)
def test_postponed(store: Any, failures: int, wait: float | None, seconds: float) -> None:
    enqueue(store, "a")
    store.write_now(
        lambda tx: tx.run("UPDATE work SET failures = :n WHERE kind = :k", n=failures, k=KIND)
    )
    (item,) = lease(store, "w1")
    assert item.failures == failures

    def postpone(tx: Tx) -> float:
        work.postpone(tx, item, "w1", wait)
        return float(tx.value("SELECT due FROM work WHERE kind = :k", k=KIND)) - tx.now.timestamp()

    assert store.write_now(postpone) == pytest.approx(seconds, abs=0.01)
    assert there(store) == [("a", None, failures + 1 if wait is None else 0)]


def test_what_is_enqueued_again_is_not_postponed(store: Any) -> None:
    enqueue(store, "a")
    (item,) = lease(store, "w1")
    enqueue(store, "a")
    store.write_now(work.postpone, item, "w1", 3600.0)
    (again,) = lease(store, "w2")
    assert again.failures == 0


def test_released(store: Any) -> None:
    enqueue(store, "a")
    (item,) = lease(store, "w1")
    store.write_now(work.release, item, "w1")
    assert lease(store, "w2") == [item]
