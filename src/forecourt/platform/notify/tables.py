"""Topics' subscriptions, what was published, and what is still to be delivered to whom."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from forecourt.store.schema import Key, Seq, metadata

sns_subscription = Table(
    "sns_subscription",
    metadata,
    Column("arn", Key, primary_key=True),
    Column("topic", Key, nullable=False),  # its ARN
    Column("account", Text, nullable=False),  # whose subscription it is
    Column("protocol", Text, nullable=False),
    Column("endpoint", Key, nullable=False),
    Column("confirmed", Integer, nullable=False),  # 0, 1; 2: by somebody who signed
    Column("token", Text, nullable=False),  # SHA-256 of the one that confirms
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("attributes", Text, nullable=False),  # JSON: FilterPolicy, RawMessageDelivery, ...
    Index("sns_subscription_topic", "topic", "arn"),
    Index("sns_subscription_endpoint", "topic", "protocol", "endpoint", unique=True),
    Index("sns_subscription_account", "account", "arn"),
)

sns_message = Table(
    "sns_message",
    metadata,
    Column("id", Key, primary_key=True),  # MessageId
    Column("topic", Key, nullable=False),
    Column("document", Text, nullable=False),  # JSON: Message, Subject, attributes, ...
    Column("published", Float, nullable=False),
)

sns_delivery = Table(
    "sns_delivery",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("message", Key, nullable=False),
    Column("subscription", Key, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("sns_delivery_message", "message"),
    Index("sns_delivery_subscription", "subscription"),
    sqlite_autoincrement=True,
)

# What could not be delivered to those who named a queue for it.
sns_dead_letter = Table(
    "sns_dead_letter",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("queue", Key, nullable=False),  # its ARN
    Column("body", Text, nullable=False),  # as the subscriber would have had it
    Column("why", Text, nullable=False),
    Column("at", Float, nullable=False),
    Index("sns_dead_letter_queue", "queue", "id"),
    sqlite_autoincrement=True,
)

# Messages of FIFO topics, for as long as one like it is the same.
sns_duplicate = Table(
    "sns_duplicate",
    metadata,
    Column("topic", Key, primary_key=True),
    Column("id", Key, primary_key=True),  # MessageDeduplicationId
    Column("message", Text, nullable=False),
    Column("at", Float, nullable=False),
)
