"""A transaction as handlers see it, on whichever database the suite runs."""

from __future__ import annotations

import time
from datetime import UTC, timedelta

import pytest

from forecourt.store import feed
from forecourt.store.tx import SYSTEM, Tx
from tests.harness import World

INSERT = "INSERT INTO setting (name, value) VALUES (:name, :value)"
SELECT = "SELECT name, value FROM setting WHERE name LIKE 'tx-%' ORDER BY name"


class RolledBack(Exception):
    """So that a test leaves nothing."""


def run(world: World, query: object) -> None:
    """Run a write whose rows nobody else is to see."""

    def change(tx: Tx) -> None:
        assert callable(query)
        query(tx)
        raise RolledBack

    with pytest.raises(RolledBack):
        world.store.write_now(change)


def test_rows(world: World) -> None:
    def change(tx: Tx) -> None:
        tx.many(INSERT, [{"name": f"tx-{n}", "value": n.upper()} for n in "abc"])
        assert tx.all(SELECT) == [("tx-a", "A"), ("tx-b", "B"), ("tx-c", "C")]
        assert tx.one(SELECT) == ("tx-a", "A")
        assert tx.value(SELECT) == "tx-a"
        assert tx.value("SELECT value FROM setting WHERE name = :name", name="none") is None
        assert tx.one("SELECT value FROM setting WHERE name = :name", name="none") is None
        assert tx.run("DELETE FROM setting WHERE name = :name", name="tx-a") == 1
        assert tx.run("DELETE FROM setting WHERE name = :name", name="tx-a") == 0

    run(world, change)
    assert world.store.read_now(lambda tx: tx.all(SELECT)) == []


def test_values_are_not_read_as_sql(world: World) -> None:
    text = "'); DROP TABLE setting; -- :name % \u00e9 \\"

    def change(tx: Tx) -> None:
        tx.run(INSERT, name=f"tx-{text}", value=text)
        assert tx.all(SELECT) == [(f"tx-{text}", text)]

    run(world, change)


def test_the_call(world: World) -> None:
    def change(tx: Tx) -> None:
        assert tx.call == SYSTEM
        assert tx.now.tzinfo is UTC
        assert tx.now.microsecond % 1000 == 0

    run(world, change)


def test_publish_rings_and_numbers(world: World) -> None:
    def change(tx: Tx) -> tuple[set[str], int, set[str]]:
        before = set(tx.rang)
        return before, tx.publish("test-tx", ["a", "b"]), tx.rang

    before, seq, after = world.store.write_now(change)
    assert (before, after) == (set(), {"test-tx"})
    entries, _ = world.store.read_now(feed.after, "test-tx", seq - 1)
    assert [(entry.seq, entry.key) for entry in entries] == [(seq, "a"), (seq, "b")]


def test_enqueue_twice_is_once(world: World) -> None:
    def change(tx: Tx) -> None:
        tx.enqueue("test-tx", "k")
        assert tx.rang
        first = tx.all("SELECT generation, due FROM work WHERE kind = 'test-tx'")
        assert first[0][1] == pytest.approx(time.time(), abs=60)
        tx.run("UPDATE work SET failures = 5 WHERE kind = 'test-tx'")
        later = tx.now + timedelta(hours=1)
        tx.enqueue("test-tx", "k", later)
        ((generation, due, failures),) = tx.all(
            "SELECT generation, due, failures FROM work WHERE kind = 'test-tx'"
        )
        assert generation > first[0][0]
        assert (due, failures) == (later.timestamp(), 0)
        tx.run("DELETE FROM work WHERE kind = 'test-tx'")
        tx.enqueue("test-tx", "k")
        again = tx.value("SELECT generation FROM work WHERE kind = 'test-tx'")
        assert again > generation  # never reused

    run(world, change)
