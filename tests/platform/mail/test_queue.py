"""The queue: what is on its way, who is tried when, and when a message is done."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.planes.mail.smtp import Envelope, Recipient
from forecourt.platform.mail import contents, queue, steps
from forecourt.platform.mail.queue import DELIVERED, FAILED, QUEUED, Result, Task
from forecourt.store.tx import Tx
from tests.harness import World

TEXT = b"Message-ID: <1@jpub.co.kr>\r\nSubject: x\r\n\r\nHi\r\n"
LATER = Result(QUEUED, "450 not now", "4.2.0")


def put(tx: Tx, *addresses: str) -> str:
    id = queue.new_id()
    envelope = Envelope("alice@jpub.co.kr", tuple(map(Recipient, addresses)), ret="HDRS")
    queue.put(tx, id, envelope, contents.prepare(TEXT, None))
    return id


def keys(world: World, id: str) -> list[str]:
    rows: Any = world.store.read_now(
        lambda tx: tx.all(
            "SELECT key FROM work WHERE kind = :kind AND key LIKE :of ORDER BY key",
            kind=queue.WORK,
            of=f"{id} %",
        )
    )
    return [key for (key,) in rows]


def task(world: World, id: str, domain: str) -> Task:
    found = world.store.read_now(queue.take, f"{id} {domain}")
    assert found is not None
    return found


def test_a_message_is_work_for_each_domain(world: World) -> None:
    id = world.store.write_now(put, "a@x.test", "b@x.test", "c@Y.test")
    assert keys(world, id) == [f"{id} x.test", f"{id} y.test"]
    found = task(world, id, "x.test")
    assert [each.address for each in found.envelope.recipients] == ["a@x.test", "b@x.test"]
    assert found.envelope.ret == "HDRS" and found.envelope.sender == "alice@jpub.co.kr"


def test_when_all_are_settled_the_message_goes(world: World) -> None:
    id = world.store.write_now(put, "a@x.test", "b@y.test")
    for domain, state in (("x.test", DELIVERED), ("y.test", FAILED)):
        found = task(world, id, domain)
        results = {each.address: Result(state, "said") for each in found.waiting}
        settled, again = world.store.write_now(queue.settle, found, results)
        assert again is None and len(settled.failed) == (state == FAILED)
    assert world.store.read_now(queue.get, id) is None
    assert world.store.read_now(contents.size_of, found.message.content) is None


def test_attempts_lie_further_and_further_apart(world: World) -> None:
    id = world.store.write_now(put, "a@x.test")
    waits = []
    for _ in range(9):
        found = task(world, id, "x.test")
        waits.append(world.store.write_now(queue.settle, found, {"a@x.test": LATER})[1])
    assert waits == [60, 300, 900, 1800, 3600, 7200, 14400, 14400, 14400]


def test_after_hours_the_sender_is_told_and_after_days_it_is_over(world: World) -> None:
    id = world.store.write_now(put, "a@x.test")

    def attempt(age: float) -> Any:
        def older(tx: Tx) -> Any:
            tx.run("UPDATE mail_queued SET created = :created", created=tx.now.timestamp() - age)
            found = queue.take(tx, f"{id} x.test")
            assert found is not None
            return queue.settle(tx, found, {"a@x.test": LATER})

        return world.store.write_now(older)

    assert attempt(3600)[0].late == []
    assert len(attempt(5 * 3600)[0].late) == 1
    assert attempt(6 * 3600)[0].late == []  # once
    settled, again = attempt(5 * 86400)
    assert again is None and settled.failed[0][1].status == "4.4.7"
    assert world.store.read_now(queue.get, id) is None


def test_what_is_held_is_not_tried_until_it_is_retried(world: World) -> None:
    id = world.store.write_now(put, "a@x.test")
    assert world.store.write_now(queue.hold, [id]) == 1
    assert world.store.read_now(queue.take, f"{id} x.test") is None
    assert world.store.write_now(queue.retry, [id]) == 1
    assert world.store.read_now(queue.take, f"{id} x.test") is not None


def test_what_is_dropped_is_gone_without_a_word(world: World) -> None:
    id = world.store.write_now(put, "a@x.test")
    assert world.store.write_now(queue.drop, [id, "nonsense"]) == 1
    assert world.store.read_now(queue.all_waiting) == []
    assert [step for _, step, _ in world.store.read_now(steps.path, "1@jpub.co.kr")] == ["dropped"]


def test_a_result_that_comes_late_changes_nothing(world: World) -> None:
    id = world.store.write_now(put, "a@x.test")
    found = task(world, id, "x.test")
    world.store.write_now(queue.hold, [id])
    world.store.write_now(queue.settle, found, {"a@x.test": LATER})
    (waiting,) = world.store.read_now(queue.waiting, id)
    assert waiting.state == queue.HELD


@pytest.mark.parametrize("wanted", [[], ["all"]])
def test_messages_are_named_or_all(world: World, wanted: list[str]) -> None:
    id = world.store.write_now(put, "a@x.test")
    named = [id, "nonsense"] if wanted else []
    assert world.store.read_now(queue.ids, named) == [id]
