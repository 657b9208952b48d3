"""Route 53's tables."""

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

zone = Table(
    "route53_zone",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("name", Text, nullable=False),  # as the API shows it: "example.com."
    Column("sort_key", Key, nullable=False),  # labels reversed: "com.example."
    Column("caller_reference", Text, nullable=False),
    Column("comment", Text),
    Column("private", Boolean, nullable=False),
    Column("server_set", Integer, ForeignKey("server_set.number"), nullable=False),
    Column("delegation_set", Text),  # the id of a reusable one
    Column("record_sets", Integer, nullable=False),  # how many
    Column("features", Text, nullable=False),  # JSON
    Column("tags", Text, nullable=False),  # JSON: {key: value}
    Column("created", Float, nullable=False),
    Index("route53_zone_by_id", "account", "id"),
    Index("route53_zone_by_name", "account", "sort_key", "id"),
)

record_set = Table(
    "route53_record_set",
    metadata,
    Column("zone", Text, ForeignKey("route53_zone.id"), primary_key=True),
    Column("sort_key", Key, primary_key=True),
    Column("type", Key, primary_key=True),
    Column("set_identifier", Key, primary_key=True),  # "" for simple records
    Column("owner", LargeBinary, nullable=False),  # the name in wire form
    Column("body", Text, nullable=False),  # JSON: the ResourceRecordSet as the API spells it
    Column("packed", LargeBinary, nullable=False),  # as the name servers take it
    Column("location", Text),  # the CIDR location it is routed by: "collection/location"
    Index("route53_record_set_location", "location"),
    sqlite_with_rowid=False,
)

change = Table(
    "route53_change",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("comment", Text),
    Column("submitted", Float, nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the feed: reached means INSYNC
    Index("route53_change_submitted", "submitted"),
)

caller_reference = Table(
    "route53_caller_reference",
    metadata,
    Column("account", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("reference", Text, primary_key=True),  # never free again
)

protection = Table(
    "route53_protection",
    metadata,
    Column("zone", Text, ForeignKey("route53_zone.id"), primary_key=True),
    Column("sort_key", Key, primary_key=True),
    Column("type", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("comment", Text),
)

observation = Table(
    "route53_observation",
    metadata,
    Column("health_check", Text, primary_key=True),
    Column(
        "checker", Text, primary_key=True
    ),  # a process that probes, and the region it stands for
    Column("region", Text, nullable=False),
    Column("address", Text, nullable=False),  # where the checker probes from
    Column("healthy", Boolean, nullable=False),
    Column("status", Text, nullable=False),  # of the last probe, in AWS's words
    Column("checked", Float, nullable=False),
    Column("failure", Text),  # of the last probe that failed
    Column("failed", Float),
)
