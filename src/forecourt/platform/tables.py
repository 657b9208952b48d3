"""Quotas and the audit trail.  Declarations are apart from what uses them: roles import no SQLAlchemy."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from forecourt.store.schema import metadata

quota = Table(
    "quota",
    metadata,
    Column("account", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("event_id", Text, nullable=False),
    Column("at", Float, nullable=False),  # seconds since 1970, by the calendar
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("access_key", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("source", Text, nullable=False),  # the client's address
    Column("agent", Text, nullable=False),
    Column("error", Text),  # the code, where the call failed
    Column("parameters", Text, nullable=False),  # JSON
    Index("audit_event_at", "at"),
    sqlite_autoincrement=True,
)
