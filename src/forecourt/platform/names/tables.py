"""What is published: zones, their owner names, and the sets of name servers they are served by."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

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
    Index("published_zone_key", "sort_key"),
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
