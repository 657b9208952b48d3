"""The control role: housekeeping is done, and planned again."""

from __future__ import annotations

import signal
from pathlib import Path

import anyio

from forecourt.config import Config
from forecourt.platform.keys import stored
from forecourt.platform.keys.material import generate
from forecourt.platform.keys.specs import SPECS
from forecourt.roles.control import EVERY, HOUSEKEEPING, housekeep, plan
from forecourt.store import feed
from forecourt.store.blobs import Blobs
from forecourt.store.resources import at
from forecourt.store.store import Store
from forecourt.store.tx import Tx

from .running import child, wait_until


def waiting(tx: Tx) -> dict[str, float]:
    """The keys of housekeeping, and in how many seconds each is due."""
    rows = tx.all("SELECT key, due FROM work WHERE kind = :kind", kind=HOUSEKEEPING)
    return {key: due - tx.now.timestamp() for key, due in rows}


def test_housekeeping_is_done_and_planned_again(config: Config, store: Store) -> None:
    with child("control", config, []) as role:
        wait_until(
            lambda: all(EVERY - 60 < due <= EVERY for due in store.read_now(waiting).values())
        )
        assert store.read_now(waiting).keys() >= {"feed", "changes"}
        assert role.terminate() == 0


def test_planning_twice_is_once(store: Store) -> None:
    store.write_now(plan)
    once = store.read_now(waiting).keys()
    store.write_now(plan)
    assert once == store.read_now(waiting).keys()


def test_the_feed_is_cut(store: Store, tmp_path: Path) -> None:
    def fill(tx: Tx, count: int) -> int:
        return tx.publish("names", (f"zone:{n}" for n in range(count)))

    old, new = store.write_now(fill, 500), store.write_now(fill, 100_000)
    assert anyio.run(housekeep, store, Blobs(tmp_path), "feed") == EVERY
    assert store.read_now(feed.trimmed) == old
    assert store.read_now(left) == (100_000, new)


def left(tx: Tx) -> tuple[int, int]:
    return tx.value("SELECT count(*) FROM feed"), tx.value("SELECT max(seq) FROM feed")


def test_changes_are_looked_at(store: Store, tmp_path: Path) -> None:
    assert anyio.run(housekeep, store, Blobs(tmp_path), "changes") == EVERY


def test_keys_go_when_their_time_is_over(config: Config, store: Store) -> None:
    def give_up(tx: Tx) -> str:
        spec = SPECS["SYMMETRIC_DEFAULT"]
        key = stored.create(tx, spec, "ENCRYPT_DECRYPT", generate(spec), "{}")
        stored.change(tx, key, status={"DeletionDate": tx.now.timestamp()})
        tx.enqueue(stored.WORK, key.arn)
        return key.arn

    arn = store.write_now(give_up)
    assert store.read_now(at, arn) is not None
    with child("control", config, []):
        wait_until(lambda: store.read_now(at, arn) is None)


def test_it_ends_when_its_supervisor_is_gone(config: Config) -> None:
    with child("control", config, []) as role:
        role.channel.close()
        wait_until(lambda: role.process.poll() is not None)
        assert role.process.returncode == 0


def test_a_killed_process_leaves_its_work(config: Config, store: Store) -> None:
    with child("control", config, []) as role:
        role.process.send_signal(signal.SIGKILL)
        role.process.wait(5)
    assert store.read_now(waiting).keys() >= {"feed", "changes"}
