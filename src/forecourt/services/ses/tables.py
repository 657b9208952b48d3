"""Messages that were sent through SES, and addresses that nothing is sent to."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from forecourt.store.schema import Key, metadata

ses_message = Table(
    "ses_message",
    metadata,
    Column("id", Key, primary_key=True),  # MessageId
    Column("queued", Key, nullable=False),  # what it is in the queue
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("sent", Float, nullable=False),  # seconds since 1970
    Column("configuration_set", Text, nullable=False),  # its name; empty: none
    Column("mail", Text, nullable=False),  # JSON: the "mail" object of its events, and tags
    Column("recipients", Integer, nullable=False),
    Index("ses_message_queued", "queued"),
    Index("ses_message_account", "account", "region", "sent"),
    Index("ses_message_sent", "sent"),
)

ses_suppressed = Table(
    "ses_suppressed",
    metadata,
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("address", Key, primary_key=True),  # lower case
    Column("reason", Text, nullable=False),  # BOUNCE or COMPLAINT
    Column("at", Float, nullable=False),
    Column("message", Text, nullable=False),  # MessageId; empty: put by hand
)

# What was told of a recipient because somebody reported it: once.
ses_told = Table(
    "ses_told",
    metadata,
    Column("message", Key, primary_key=True),
    Column("address", Key, primary_key=True),
    Column("kind", Text, primary_key=True),
)

ses_contact = Table(
    "ses_contact",
    metadata,
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    Column("address", Key, primary_key=True),  # lower case
    Column("unsubscribed", Integer, nullable=False),  # from all
    Column("preferences", Text, nullable=False),  # JSON: OPT_IN or OPT_OUT, by topic
    Column("attributes", Text, nullable=False),  # JSON as it was given; empty: none
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("updated", Float, nullable=False),
)

# Messages that rules took, and what is left to be done with them.
ses_received = Table(
    "ses_received",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("source", Text, nullable=False),  # the reverse-path; empty: none
    Column("recipients", Text, nullable=False),  # JSON
    Column("at", Float, nullable=False),  # seconds since 1970
    Column("verdicts", Text, nullable=False),  # JSON
    Column("content", Key, nullable=False),  # empty: all is done
    Column("size", Integer, nullable=False),
    Column("header", Text, nullable=False),  # as it came, Latin-1
    Column("plan", Text, nullable=False),  # JSON: the actions in order
    Column("done", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("ses_received_at", "at"),
)

# Events that wait to be written where EventBridge or Firehose would take them.
ses_record = Table(
    "ses_record",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", Text, nullable=False),  # eventbridge or firehose
    Column("name", Text, nullable=False),  # of the file
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
)

# What happened to messages in a quarter of an hour: GetSendStatistics.
ses_statistic = Table(
    "ses_statistic",
    metadata,
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("quarter", Float, primary_key=True),  # its first second since 1970
    Column("kind", Text, primary_key=True),  # DeliveryAttempts, Bounces, Complaints, Rejects
    Column("count", Float, nullable=False),
)
