"""Publishing: a row for the message, one for each who wants it."""

from __future__ import annotations

import pytest

from forecourt.platform.notify import publishing, subscriptions
from forecourt.platform.notify.publishing import Throttled
from forecourt.platform.notify.topics import TOPICS
from forecourt.store.tx import Call, Tx
from tests.harness import World

ME = Call("sns", "Publish", "000000000000")


def counts(tx: Tx) -> tuple[int, int]:
    return (
        tx.value("SELECT count(*) FROM sns_message"),
        tx.value("SELECT count(*) FROM sns_delivery"),
    )


def test_what_nobody_wants_is_not_kept(world: World) -> None:
    def change(tx: Tx) -> None:
        topic = TOPICS.create(tx, "t", {"Fifo": False}, {"Deleted": 0}).arn
        publishing.publish(tx, topic, {"default": "m"})
        assert counts(tx) == (0, 0)
        for name in "ab":
            subscriptions.create(tx, topic, "http", f"http://{name}/", {}, 1)
        subscriptions.create(tx, topic, "http", "http://c/", {}, 0)
        publishing.publish(tx, topic, {"default": "m"})
        assert counts(tx) == (1, 2)

    world.store.write_now(change)


def test_services_publish_in_their_own_account(world: World) -> None:
    def change(tx: Tx) -> None:
        mine = TOPICS.create(tx, "t", {"Fifo": False}, {"Deleted": 0}).arn
        assert publishing.by_service(tx, "s", mine, "m") is not None
        other = mine.replace(tx.call.account, "999999999999")
        assert publishing.by_service(tx, "s", other, "m") is None

    world.store.write_now(change)


def test_the_queue_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_WAITING", 1)

    def change(tx: Tx) -> None:
        topic = TOPICS.create(tx, "t", {"Fifo": False}, {"Deleted": 0}).arn
        subscriptions.create(tx, topic, "http", "http://a/", {}, 1)
        publishing.publish(tx, topic, {"default": "m"})
        with pytest.raises(Throttled):
            publishing.publish(tx, topic, {"default": "m"})

    world.store.write_now(change)
