"""Rows of subscriptions."""

from forecourt.platform.notify import subscriptions
from forecourt.platform.notify.subscriptions import CONFIRMED, PENDING, SIGNED
from forecourt.store.tx import Tx
from tests.harness import World

TOPIC = "arn:aws:sns:us-east-1:000000000000:t"


def test_tokens_are_kept_as_hashes(world: World) -> None:
    def change(tx: Tx) -> None:
        made = subscriptions.create(tx, TOPIC, "http", "http://a/", {}, PENDING)
        token = subscriptions.new_token(tx, made.arn)
        kept = tx.value("SELECT token FROM sns_subscription WHERE arn = :arn", arn=made.arn)
        assert token not in kept
        assert subscriptions.by_token(tx, TOPIC, token) == made
        assert subscriptions.by_token(tx, f"{TOPIC}x", token) is None
        subscriptions.confirm(tx, made.arn, SIGNED)
        subscriptions.confirm(tx, made.arn, CONFIRMED)
        again = subscriptions.find(tx, made.arn)
        assert again is not None
        assert again.confirmed == SIGNED
        assert subscriptions.of_endpoint(tx, TOPIC, "http", "http://a/") == again
        assert subscriptions.of_topic(tx, TOPIC) == [again]
        subscriptions.change(tx, again, {"RawMessageDelivery": "true"})
        raw = subscriptions.find(tx, made.arn)
        assert raw is not None
        assert raw.raw

    world.store.write_now(change)


def test_what_nobody_confirmed_goes(world: World) -> None:
    def change(tx: Tx) -> None:
        kept = subscriptions.create(tx, TOPIC, "http", "http://a/", {}, CONFIRMED)
        subscriptions.create(tx, TOPIC, "http", "http://b/", {}, PENDING)
        subscriptions.forget(tx)
        assert len(subscriptions.of_topic(tx, TOPIC)) == 2
        tx.run("UPDATE sns_subscription SET created = 0")
        subscriptions.forget(tx)
        (left,) = subscriptions.of_topic(tx, TOPIC)
        assert left.arn == kept.arn

    world.store.write_now(change)
