"""Accounts and access keys."""

from sqlalchemy import Column, Float, ForeignKey, LargeBinary, Table, Text

from forecourt.store.schema import metadata

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),  # 12 digits
    Column("name", Text, nullable=False),
    Column("created", Float, nullable=False),
)

access_key = Table(
    "access_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("principal", Text, nullable=False),  # the ARN of whom it belongs to
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("status", Text, nullable=False),  # Active or Inactive
    Column("created", Float, nullable=False),
)
