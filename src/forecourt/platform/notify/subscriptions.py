"""Subscriptions: an endpoint that is told what is published, once it agreed."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.store.tx import Row, Tx

COLUMNS = "arn, topic, account, protocol, endpoint, confirmed, created, attributes"
PENDING, CONFIRMED, SIGNED = 0, 1, 2
CONFIRMED_WITHIN = timedelta(days=2)  # as long a token holds
FORGOTTEN_AFTER = timedelta(days=3)  # what nobody confirmed


@dataclass(frozen=True, slots=True)
class Subscription:
    arn: str
    topic: str
    account: str
    protocol: str
    endpoint: str
    confirmed: int
    created: float
    attributes: Mapping[str, Any]

    @classmethod
    def of(cls, row: Row) -> Subscription:
        arn, topic, account, protocol, endpoint, confirmed, created, attributes = row
        return cls(
            arn, topic, account, protocol, endpoint, confirmed, created, json.loads(attributes)
        )

    @property
    def raw(self) -> bool:
        return bool(self.attributes.get("RawMessageDelivery") == "true")


def find(tx: Tx, arn: str) -> Subscription | None:
    row = tx.one(f"SELECT {COLUMNS} FROM sns_subscription WHERE arn = :arn", arn=arn)
    return Subscription.of(row) if row else None


def of_endpoint(tx: Tx, topic: str, protocol: str, endpoint: str) -> Subscription | None:
    row = tx.one(
        f"SELECT {COLUMNS} FROM sns_subscription WHERE topic = :topic AND protocol = :protocol"
        " AND endpoint = :endpoint",
        topic=topic,
        protocol=protocol,
        endpoint=endpoint,
    )
    return Subscription.of(row) if row else None


def of_topic(tx: Tx, topic: str, after: str = "", most: int = 1_000_000) -> list[Subscription]:
    rows = tx.all(
        f"SELECT {COLUMNS} FROM sns_subscription WHERE topic = :topic AND arn > :after"
        " ORDER BY arn LIMIT :most",
        topic=topic,
        after=after,
        most=most,
    )
    return [Subscription.of(row) for row in rows]


def of_account(tx: Tx, account: str, after: str, most: int) -> list[Subscription]:
    rows = tx.all(
        f"SELECT {COLUMNS} FROM sns_subscription WHERE account = :account AND arn > :after"
        " ORDER BY arn LIMIT :most",
        account=account,
        after=after,
        most=most,
    )
    return [Subscription.of(row) for row in rows]


def create(
    tx: Tx,
    topic: str,
    protocol: str,
    endpoint: str,
    attributes: Mapping[str, Any],
    confirmed: int,
) -> Subscription:
    arn = f"{topic}:{uuid.uuid4()}"
    tx.run(
        "INSERT INTO sns_subscription (arn, topic, account, protocol, endpoint, confirmed, token,"
        " created, attributes) VALUES (:arn, :topic, :account, :protocol, :endpoint, :confirmed, '',"
        " :now, :attributes)",
        arn=arn,
        topic=topic,
        account=tx.call.account,
        protocol=protocol,
        endpoint=endpoint,
        confirmed=confirmed,
        now=tx.now.timestamp(),
        attributes=json.dumps(attributes),
    )
    found = find(tx, arn)
    assert found is not None
    return found


def change(tx: Tx, of: Subscription, attributes: Mapping[str, Any]) -> None:
    tx.run(
        "UPDATE sns_subscription SET attributes = :attributes WHERE arn = :arn",
        arn=of.arn,
        attributes=json.dumps(attributes),
    )


def new_token(tx: Tx, arn: str) -> str:
    """What confirms a subscription; only its hash is kept."""
    token = secrets.token_hex(64)
    tx.run(
        "UPDATE sns_subscription SET token = :token WHERE arn = :arn", arn=arn, token=hashed(token)
    )
    return token


def by_token(tx: Tx, topic: str, token: str) -> Subscription | None:
    """Whose token it is, while it holds."""
    row = tx.one(
        f"SELECT {COLUMNS} FROM sns_subscription WHERE topic = :topic AND token = :token"
        " AND created > :from_",
        topic=topic,
        token=hashed(token),
        from_=(tx.now - CONFIRMED_WITHIN).timestamp(),
    )
    return Subscription.of(row) if row else None


def confirm(tx: Tx, arn: str, how: int = CONFIRMED) -> None:
    tx.run(
        "UPDATE sns_subscription SET confirmed = :how WHERE arn = :arn AND confirmed < :how",
        arn=arn,
        how=how,
    )


def remove(tx: Tx, arn: str) -> None:
    tx.run("DELETE FROM sns_subscription WHERE arn = :arn", arn=arn)


def forget(tx: Tx) -> None:
    """Those that nobody confirmed go."""
    tx.run(
        "DELETE FROM sns_subscription WHERE confirmed = :pending AND created < :before",
        pending=PENDING,
        before=(tx.now - FORGOTTEN_AFTER).timestamp(),
    )


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
