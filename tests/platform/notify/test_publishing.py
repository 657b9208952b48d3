"""Publishing: a row for the message, one for each who wants it."""

from __future__ import annotations

import json

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
        account = tx.call.account
        assert publishing.by_service(tx, "s", mine, "m", "", "arn:x", account) is not None
        assert publishing.by_service(tx, "s", mine, "m", "", "arn:x", "999999999999") is None
        other = mine.replace(account, "999999999999")
        assert publishing.by_service(tx, "s", other, "m", "", "arn:x", account) is None

    world.store.write_now(change)


def test_services_publish_where_a_policy_lets_them(world: World) -> None:
    def change(tx: Tx) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": "*",
            "Condition": {
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::a-*"},
                "StringEquals": {"aws:SourceAccount": "999999999999"},
            },
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        topic = TOPICS.create(tx, "t", {"Fifo": False, "Policy": policy}, {"Deleted": 0}).arn

        def told(service: str, source: str, account: str) -> bool:
            found = publishing.by_service(tx, service, topic, "m", "", source, account)
            return found is not None

        assert told("s3.amazonaws.com", "arn:aws:s3:::a-b", "999999999999")
        assert not told("s3.amazonaws.com", "arn:aws:s3:::b", "999999999999")
        assert not told("s3.amazonaws.com", "arn:aws:s3:::a-b", "888888888888")
        assert not told("ses.amazonaws.com", "arn:aws:s3:::a-b", "999999999999")

    world.store.write_now(change)


def test_one_account_does_not_fill_the_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_WAITING", 8)

    def change(tx: Tx) -> None:
        topic = TOPICS.create(tx, "t", {"Fifo": False}, {"Deleted": 0}).arn
        subscriptions.create(tx, topic, "http", "http://a/", {}, 1)
        for _ in range(4):
            publishing.publish(tx, topic, {"default": "m"})
        with pytest.raises(Throttled):
            publishing.publish(tx, topic, {"default": "m"})
        told = publishing.by_service(tx, "s", topic, "m", "", "arn:x", tx.call.account)
        assert told is None  # whatever it has to tell has happened

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
