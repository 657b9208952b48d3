"""The store on PostgreSQL: conflicts, late commits, other nodes, a server that goes and comes back."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forecourt.store import feed, postgresql
from forecourt.store.opening import HEAD, CannotOpen, open_store
from forecourt.store.postgresql import BEGIN_WRITE, Address, PostgresConnection, PostgresStore
from forecourt.store.store import Store, Unavailable
from forecourt.store.tx import Tx
from tests.store.databases import CHOSEN, WHY_NOT, Server
from tests.store.writing import ROOT, insert, names

pytestmark = pytest.mark.skipif(not CHOSEN, reason=WHY_NOT)
KEY = bytes(32)
TOPIC = "names"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    return server.database()


@pytest.fixture
def nodes(tmp_path: Path, url: str) -> Iterator[list[Store]]:
    """Two, on one database."""
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found.append(open_store(tmp_path / name, url, KEY))
    yield found
    for node in found:
        node.close()


@pytest.fixture
def other(url: str, nodes: list[Store]) -> Iterator[PostgresConnection]:
    """A session of somebody else's, on the same database."""
    connection = PostgresConnection(Address.parse(url))
    yield connection
    connection.close()


def within(seconds: float, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def increase(tx: Tx) -> int:
    value = int(tx.value("SELECT value FROM setting WHERE name = 'n'"))
    tx.run("UPDATE setting SET value = :value WHERE name = 'n'", value=str(value + 1))
    return value + 1


def test_a_conflict_runs_the_handler_again(nodes: list[Store]) -> None:
    nodes[0].write_now(lambda tx: tx.run("INSERT INTO setting VALUES ('n', '0')"))
    seen: list[int] = []

    def change(tx: Tx) -> int:
        seen.append(int(tx.value("SELECT value FROM setting WHERE name = 'n'")))
        if len(seen) == 1:
            nodes[1].write_now(increase)  # somebody is faster
        return increase(tx)

    assert nodes[0].write_now(change) == 2
    assert seen == [0, 1]


def test_many_threads_on_two_nodes_count_right(nodes: list[Store]) -> None:
    nodes[0].write_now(lambda tx: tx.run("INSERT INTO setting VALUES ('n', '0')"))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda at: nodes[at % 2].write_now(increase), range(60)))
    assert sorted(found) == list(range(1, 61))


def test_one_that_always_conflicts_is_given_up(
    nodes: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes[0].write_now(lambda tx: tx.run("INSERT INTO setting VALUES ('n', '0')"))
    monkeypatch.setattr(PostgresStore.transact, "__defaults__", (3,))
    tried = []

    def change(tx: Tx) -> int:
        tried.append(tx.value("SELECT value FROM setting WHERE name = 'n'"))
        nodes[1].write_now(increase)
        return increase(tx)

    with pytest.raises(Unavailable, match="too many conflicts"):
        nodes[0].write_now(change)
    assert tried == ["0", "1", "2"]


def test_a_failure_of_the_handler_keeps_nothing(nodes: list[Store]) -> None:
    def fail(tx: Tx) -> None:
        insert(tx, "gone")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        nodes[0].write_now(fail)
    assert nodes[0].read_now(names) == set()
    assert nodes[0].write_now(insert, "kept") == "kept"


def test_the_feed_skips_no_entry_of_one_that_commits_late(
    nodes: list[Store], other: PostgresConnection
) -> None:
    """It took its number first and commits last: until then nothing beyond it is read."""
    entry = "INSERT INTO feed (seq, topic, key) VALUES (:seq, 'names', 'late')"
    other.simple(BEGIN_WRITE)
    late = other.position()
    other.run(entry, {"seq": late})
    early = nodes[0].write_now(lambda tx: tx.publish(TOPIC, ["early"]))
    assert late < early
    entries, cursor = nodes[0].read_now(feed.after, TOPIC, 0)
    assert ([each.key for each in entries], cursor < late) == ([], True)
    other.simple("COMMIT")
    entries, cursor = nodes[0].read_now(feed.after, TOPIC, cursor)
    assert [each.key for each in entries] == ["late", "early"]
    assert cursor >= early


def test_the_feed_under_interleaved_commits(nodes: list[Store]) -> None:
    """A follower that reads all the while sees each entry once, in order."""
    stop, seen = threading.Event(), list[str]()

    def follow() -> None:
        cursor = 0
        while True:
            ending = stop.is_set()
            entries, cursor = nodes[1].read_now(feed.after, TOPIC, cursor)
            seen.extend(each.key for each in entries)
            if ending and not entries:
                return

    def publish(at: int) -> str:
        nodes[at % 2].write_now(lambda tx: tx.publish(TOPIC, [str(at)]))
        return str(at)

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        with ThreadPoolExecutor(6) as pool:
            wanted = list(pool.map(publish, range(100)))
    finally:
        stop.set()
        follower.join(20)
    assert sorted(seen) == sorted(wanted)


def test_two_reporters(nodes: list[Store]) -> None:
    one, two = (node.followers for node in nodes)
    assert one.report(TOPIC, "a", 5)
    assert not two.report(TOPIC, "b", 4, joining=True)
    assert two.report(TOPIC, "b", 5, joining=True)
    assert one.report(TOPIC, "a", 9)
    assert (two.reached(TOPIC), two.alive(TOPIC)) == (5, {"a": 9, "b": 5})
    assert two.report(TOPIC, "b", 7)
    assert one.reached(TOPIC) == 7
    two.leave(TOPIC, "b")
    assert one.report(TOPIC, "a", 9)
    assert two.reached(TOPIC) == 9
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda at: nodes[at % 2].followers.report(TOPIC, f"f{at % 2}", 10 + at), range(40)
            )
        )
    assert one.alive(TOPIC).keys() == {"a", "f0", "f1"}
    assert two.reached(TOPIC) == 9  # where the slowest is, though others are far ahead


def test_the_listener_rings_for_other_nodes(nodes: list[Store]) -> None:
    stop = threading.Event()
    bell = nodes[1].bells.listen("test")
    listener = threading.Thread(target=nodes[1].listen, args=(stop,))
    listener.start()

    def rings() -> bool:
        try:
            return bool(bell.recv(16))
        except BlockingIOError:
            return False

    try:
        within(10, rings)  # it listens
        while rings():
            pass
        nodes[0].write_now(lambda tx: tx.publish(TOPIC, ["a"]))
        within(5, rings)
    finally:
        stop.set()
        listener.join(10)
        bell.close()
    assert not listener.is_alive()


def test_a_crash_that_gives_numbers_again(server: Server, nodes: list[Store]) -> None:
    """Transactions that were not flushed leave no trace; what comes after them is followed all the same."""
    node = nodes[0]
    node.write_now(lambda tx: tx.publish(TOPIC, ["before"]))
    for seq in range(50):
        node.followers.report(TOPIC, "a", seq)  # not waited for on the disk
    cursor = node.read_now(feed.head)
    server.kill()
    server.start()
    seq = node.write_now(lambda tx: tx.publish(TOPIC, ["after"]))
    entries, cursor = node.read_now(feed.after, TOPIC, cursor)
    assert (entries, cursor) == ([feed.Entry(seq, "after")], seq)


def test_a_server_that_is_killed_and_comes_back(server: Server, nodes: list[Store]) -> None:
    node, stop = nodes[0], threading.Event()
    node.write_now(insert, "before")
    bell = node.bells.listen("test")
    listener = threading.Thread(target=node.listen, args=(stop,))
    listener.start()
    server.kill()
    try:
        for _ in range(3):
            with pytest.raises(Unavailable) as raised:
                node.write_now(insert, "meanwhile")
            assert "\n" not in str(raised.value)
            with pytest.raises(Unavailable):
                node.read_now(names)
            with pytest.raises(Unavailable):
                node.followers.report(TOPIC, "a", 1)
    finally:
        server.start()
    try:
        # Whoever had no luck yet tries with a connection that is gone, and again: nobody notices.
        assert node.write_now(insert, "after") == "after"
        assert nodes[1].read_now(names) == {"before", "after"}
        within(10, lambda: rang(nodes[1], bell))
    finally:
        stop.set()
        listener.join(10)
        bell.close()


def rang(node: Store, bell: socket.socket) -> bool:
    """Whether what a node commits rings the other's bell, by the listener."""
    node.write_now(lambda tx: tx.publish(TOPIC, ["a"]))
    try:
        return bool(bell.recv(16))
    except BlockingIOError:
        return False


def test_a_connection_that_idled_over_a_restart_costs_nobody_a_call(
    server: Server, nodes: list[Store]
) -> None:
    nodes[0].write_now(insert, "before")
    server.kill()
    server.start()
    assert nodes[0].write_now(insert, "after") == "after"
    assert nodes[1].read_now(names) == {"before", "after"}


def test_migrations_raced_by_two_processes(tmp_path: Path, url: str) -> None:
    program = (
        "import sys; from pathlib import Path; from forecourt.store.opening import open_store;"
        "s = open_store(Path(sys.argv[1]), sys.argv[2], bytes(32));"
        "s.write_now(lambda tx: tx.run('INSERT INTO setting VALUES (:n, 1)', n=sys.argv[1])); s.close()"
    )
    started = []
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        command = [sys.executable, "-c", program, str(tmp_path / name), url]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT))
    for process in started:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    store = open_store(tmp_path / "one", url, KEY)
    try:
        assert len(store.read_now(names)) == 3
    finally:
        store.close()
    assert postgresql.revision(Address.parse(url)) == HEAD


def test_a_newer_schema(tmp_path: Path, nodes: list[Store], url: str) -> None:
    nodes[0].write_now(lambda tx: tx.run("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CannotOpen) as raised:
        open_store(tmp_path / "one", url, KEY)
    assert f"newer Forecourt (schema 9999, this one knows {HEAD})" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert postgresql.revision(Address.parse(url)) == "9999"


@pytest.mark.parametrize("database", ["missing", None])
def test_a_database_that_is_not_there(tmp_path: Path, server: Server, database: str | None) -> None:
    url = server.url(database) if database else f"postgresql:///x?host={tmp_path}"
    with pytest.raises(CannotOpen) as raised:
        open_store(tmp_path, url, KEY)
    assert str(raised.value).startswith("the database ")
    assert "cannot be opened" in str(raised.value)
    assert "\n" not in str(raised.value)
