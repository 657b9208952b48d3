"""The tables of the store itself.  Each service's are in its tables.py; migrations make them all."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

# Names are compared byte by byte, on either database.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Seq = BigInteger().with_variant(Integer, "sqlite")

resource = Table(
    "resource",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("arn", Key, nullable=False, unique=True),
    Column("service", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),  # "" for global services
    Column("name", Key, nullable=False),
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("generation", Integer, nullable=False),  # counts changes of spec
    Column("observed", Integer, nullable=False),  # the generation reconcilers have carried out
    Column("deleting", Boolean, nullable=False),
    Column("spec", Text, nullable=False),  # JSON: what the caller asked for
    Column("status", Text, nullable=False),  # JSON: what reconcilers saw
    Column("tags", Text, nullable=False),  # JSON: {key: value}
    Index("resource_name", "service", "kind", "account", "region", "name", unique=True),
)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

work = Table(
    "work",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("generation", BigInteger, nullable=False),  # never reused
    Column("due", Float, nullable=False),  # seconds since 1970, by the calendar
    Column("failures", Integer, nullable=False),
    Column("owner", Text),
    Column("leased_until", Float),  # by the real clock
    Index("work_due", "kind", "due"),
)

feed = Table(
    "feed",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("seq", BigInteger, nullable=False),  # of the transaction, in the order of commits
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Index("feed_seq", "seq"),
    sqlite_autoincrement=True,
)

# Where the nodes of an instance report in one database; on SQLite see feed.py.
follower = Table(
    "follower",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("until", Float, nullable=False),  # seconds since 1970
)

reached = Table(
    "reached",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

__all__ = ["JSON", "Boolean", "ForeignKey", "Key", "LargeBinary", "String", "metadata"]
