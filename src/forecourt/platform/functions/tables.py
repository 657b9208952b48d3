"""Events that wait for a function."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from forecourt.store.schema import Key, Seq, metadata

function_event = Table(
    "function_event",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("function", Key, nullable=False),  # its ARN
    Column("request", Text, nullable=False),  # the id of the request
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Index("function_event_function", "function"),
    sqlite_autoincrement=True,
)
