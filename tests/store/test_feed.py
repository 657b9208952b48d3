"""The feed: its order, what is read of it, and who has followed it how far."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.store import feed
from forecourt.store.feed import Entry, Followers
from forecourt.store.sqlite import SqliteStore
from forecourt.store.tx import Tx

TOPIC = "names"


def publish(store: SqliteStore, *keys: str, topic: str = TOPIC) -> int:
    return store.write_now(lambda tx: tx.publish(topic, keys))


def read(store: SqliteStore, cursor: int = 0) -> tuple[list[str], int]:
    entries, end = store.read_now(feed.after, TOPIC, cursor)
    return [entry.key for entry in entries], end


def test_order_of_commits(store: SqliteStore) -> None:
    first = publish(store, "a", "b")
    second = publish(store, "c")
    entries, cursor = store.read_now(feed.after, TOPIC, 0)
    assert entries == [Entry(first, "a"), Entry(first, "b"), Entry(second, "c")]
    assert cursor == second == store.read_now(feed.head)
    assert read(store, first) == (["c"], second)
    assert read(store, second) == ([], second)


def test_other_topics_move_the_cursor_on(store: SqliteStore) -> None:
    publish(store, "a")
    other = publish(store, "x", topic="other")
    assert read(store) == (["a"], other)


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5, 100])
def test_pages_hold_whole_transactions(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """However little is read at once, everything is read, and no commit in halves."""
    monkeypatch.setattr(feed, "MOST", most)
    for keys in ("a", "bcd", "ef", "g", "hijk"):
        publish(store, *keys)
    found, cursor = "", 0
    while cursor < store.read_now(feed.head):
        read_keys, cursor = read(store, cursor)
        found += "".join(read_keys)
        assert found[-1] in "adfgk"  # the last of a commit
    assert found == "abcdefghijk"


def test_trim(store: SqliteStore) -> None:
    assert store.read_now(feed.trimmed) == 0
    first, second, third = (publish(store, key) for key in "abc")
    store.write_now(feed.trim, 3)
    assert (store.read_now(feed.trimmed), read(store)[0]) == (0, ["a", "b", "c"])
    store.write_now(feed.trim, 2)
    assert (store.read_now(feed.trimmed), read(store)[0]) == (first, ["b", "c"])
    store.write_now(feed.trim, 0)
    assert (store.read_now(feed.trimmed), read(store, second)[0]) == (third, [])
    assert publish(store, "d") > third  # a trimmed feed does not begin anew


def test_trim_of_nothing(store: SqliteStore) -> None:
    store.write_now(feed.trim)
    assert (store.read_now(feed.head), store.read_now(feed.trimmed)) == (0, 0)


def test_what_is_rolled_back_was_not_published(store: SqliteStore) -> None:
    def fail(tx: Tx) -> None:
        tx.publish(TOPIC, ["gone"])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.write_now(fail)
    assert read(store)[0] == []


# Followers.


@pytest.fixture
def followers(tmp_path: Path) -> Iterator[Followers]:
    followers = Followers(tmp_path)
    yield followers
    followers.close()


def ago(followers: Followers, seconds: float, *who: str) -> None:
    """Let the last reports of these be older than they are."""
    for each in who:
        followers._connection.run(
            "UPDATE follower SET until = until - :seconds WHERE id = :id",
            {"seconds": seconds, "id": each},
        )


def test_the_slowest_counts(followers: Followers) -> None:
    assert followers.reached(TOPIC) == 0
    assert followers.report(TOPIC, "a", 5)
    assert followers.report(TOPIC, "b", 5, joining=True)
    assert followers.report(TOPIC, "a", 9)
    assert followers.reached(TOPIC) == 5
    assert followers.report(TOPIC, "b", 7)
    assert followers.reached(TOPIC) == 7
    assert followers.alive(TOPIC) == {"a": 9, "b": 7}


@pytest.mark.parametrize(("seq", "admitted"), [(4, False), (5, True), (6, True)])
def test_joining(followers: Followers, seq: int, admitted: bool) -> None:
    followers.report(TOPIC, "a", 5)
    assert followers.report(TOPIC, "b", seq, joining=True) is admitted
    assert ("b" in followers.alive(TOPIC)) is admitted
    assert followers.reached(TOPIC) == 5


def test_what_was_reached_stays_so(followers: Followers) -> None:
    followers.report(TOPIC, "a", 5)
    followers.report(TOPIC, "b", 3)
    followers.report(TOPIC, "a", 2)
    assert followers.reached(TOPIC) == 5


def test_topics_are_apart(followers: Followers) -> None:
    followers.report(TOPIC, "a", 5)
    followers.report("other", "a", 3)
    assert (followers.reached(TOPIC), followers.reached("other")) == (5, 3)
    assert followers.alive("other") == {"a": 3}


@pytest.mark.parametrize("how", ["leaves", "dies"])
def test_one_that_is_gone_holds_nobody_up(followers: Followers, how: str) -> None:
    followers.report(TOPIC, "a", 5)
    followers.report(TOPIC, "b", 5)
    followers.report(TOPIC, "a", 9)
    if how == "leaves":
        assert followers.reached(TOPIC) == 5
        followers.leave(TOPIC, "b")
    else:
        ago(followers, feed.LEASE, "b")
    followers.report(TOPIC, "a", 9)
    assert followers.reached(TOPIC) == 9
    assert not followers.report(TOPIC, "b", 5, joining=True)  # it comes back behind
    assert followers.report(TOPIC, "b", 9, joining=True)


def test_processes_see_each_other(followers: Followers, tmp_path: Path) -> None:
    other = Followers(tmp_path)
    try:
        followers.report(TOPIC, "a", 5)
        assert other.reached(TOPIC) == 5
        assert not other.report(TOPIC, "b", 4, joining=True)
        assert other.report(TOPIC, "b", 5, joining=True)
        assert followers.alive(TOPIC) == {"a": 5, "b": 5}
    finally:
        other.close()


@pytest.mark.parametrize("held_up", [2.0, 30.0])
def test_after_an_outage_the_others_are_waited_for(followers: Followers, held_up: float) -> None:
    """Whoever is first back may hold a lease still, or not: the others went on answering."""
    for each in "ab":
        followers.report(TOPIC, each, 5)
    ago(followers, held_up, "b")
    ago(followers, held_up + 1.5, "a")
    assert followers.report(TOPIC, "b", 9, joining=held_up > feed.LEASE)
    assert followers.reached(TOPIC) == 5
    assert followers.report(TOPIC, "b", 9)
    assert followers.reached(TOPIC) == 5
    assert followers.report(TOPIC, "a", 9, joining=True)
    assert followers.reached(TOPIC) == 9


def test_the_grace_after_an_outage_ends(followers: Followers) -> None:
    for each in "ab":
        followers.report(TOPIC, each, 5)
    ago(followers, 4, "a", "b")
    followers.report(TOPIC, "a", 9, joining=True)
    assert followers.reached(TOPIC) == 5
    ago(followers, feed.GRACE, "b")
    followers.report(TOPIC, "a", 9)
    assert followers.reached(TOPIC) == 9


def test_who_died_before_an_outage_is_not_waited_for(followers: Followers) -> None:
    for each in "ab":
        followers.report(TOPIC, each, 5)
    ago(followers, 8, "b")
    ago(followers, 4, "a")
    followers.report(TOPIC, "a", 9, joining=True)
    assert followers.reached(TOPIC) == 9


def test_a_lease_from_a_later_time_is_none(followers: Followers) -> None:
    """The clock was set back since it was given."""
    for each in "ab":
        followers.report(TOPIC, each, 5)
    ago(followers, -3600, "b")
    followers.report(TOPIC, "a", 9)
    assert followers.reached(TOPIC) == 9
