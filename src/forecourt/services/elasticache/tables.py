"""Nodes, what happened to them, and how long it took."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from forecourt.store.schema import Key, Seq, metadata

node = Table(
    "cache_node",
    metadata,
    Column("id", Key, primary_key=True),
    Column("owner", Key, nullable=False),  # the ARN of its replication group, or of its cluster
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("cluster", Key, nullable=False),  # CacheClusterId
    Column("number", Text, nullable=False),  # CacheNodeId
    Column("shard", Text, nullable=False),  # NodeGroupId; empty: there are none
    Column("zone", Text, nullable=False),
    Column("place", Integer, nullable=False),  # of its address in the network
    Column("port", Integer, nullable=False),
    Column("host", Text, nullable=False),  # its name in DNS
    Column("role", Text, nullable=False),  # primary, replica; empty: there are none
    Column("state", Text, nullable=False),  # CacheNodeStatus
    Column("engine", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("memory", BigInteger, nullable=False),  # bytes for data
    Column("created", Float, nullable=False),
    Index("cache_node_owner", "owner"),
)

event = Table(
    "cache_event",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("date", Float, nullable=False),
    Index("cache_event_date", "account", "region", "date"),
)

# The steps of failovers: detected, decided, promoted, endpoint moved, rejoined.
step = Table(
    "cache_step",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("owner", Key, nullable=False),
    Column("failover", Text, nullable=False),  # one after another, of one failure
    Column("node", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Float, nullable=False),  # seconds since 1970, by the real clock
    Index("cache_step_owner", "owner", "id"),
)
