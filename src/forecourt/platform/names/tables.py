"""What is published: zones, their owner names, the name servers and VPCs they are served by, and what
their answers hang on."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from forecourt.store.schema import Key, metadata

server_set = Table(
    "server_set",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("hosts", Text, nullable=False),  # JSON: the four servers' names, without final dots
    Column("reserved", Boolean, nullable=False),  # whether only zones that ask for it get it
)

published_zone = Table(
    "published_zone",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", LargeBinary, nullable=False),  # in wire form, lower case
    Column("sort_key", Key, nullable=False),  # the name, its labels reversed: "com.example."
    Column("server_set", Integer, ForeignKey("server_set.number"), nullable=False),
    Column(
        "serial", BigInteger, nullable=False, server_default="0"
    ),  # of the feed: its last change
    Index("published_zone_key", "sort_key"),
    Index("published_zone_origin", "origin"),
    Index("published_zone_set", "server_set"),
)

published_name = Table(
    "published_name",
    metadata,
    Column("zone", Text, ForeignKey("published_zone.id"), primary_key=True),
    Column("owner", LargeBinary, primary_key=True),  # in wire form, lower case
    Column("node", LargeBinary, nullable=False),  # planes/dns/snapshot.py
    sqlite_with_rowid=False,
)

published_view = Table(
    "published_view",
    metadata,
    Column("zone", Text, ForeignKey("published_zone.id"), primary_key=True),
    Column(
        "vpc", Text, primary_key=True
    ),  # its ARN: private zones are answered there, and only there
    Index("published_view_vpc", "vpc"),
)

published_log = Table(
    "published_log",
    metadata,
    Column("zone", Text, ForeignKey("published_zone.id"), primary_key=True),
    Column("log_group", Text, nullable=False),  # its ARN
)

published_signing = Table(
    "published_signing",
    metadata,
    Column("zone", Text, ForeignKey("published_zone.id"), primary_key=True),
    Column("keys", Text, nullable=False),  # JSON: signing.py
)

published_health = Table(
    "published_health",
    metadata,
    Column("id", Text, primary_key=True),  # of the health check
    Column("healthy", Boolean, nullable=False),
)

published_location = Table(
    "published_location",
    metadata,
    Column("id", Text, primary_key=True),  # "collection/location"
    Column("blocks", Text, nullable=False),  # JSON: its networks
)

awaited_name = Table(
    "awaited_name",
    metadata,
    Column("owner", LargeBinary, primary_key=True),  # in wire form, lower case
    Column("kind", Text, primary_key=True),  # of the work that is due when it changes
    Column("key", Text, primary_key=True),
    Column("changed", Float, nullable=False),  # when it last did; 0: not since it is waited for
    Index("awaited_name_key", "kind", "key"),
)
