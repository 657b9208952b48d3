"""Reports of what private authorities issued."""

from sqlalchemy import Column, Float, Index, LargeBinary, Table, Text

from forecourt.store.schema import metadata

report = Table(
    "pca_report",
    metadata,
    Column("id", Text, primary_key=True),
    Column("authority", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("pca_report_authority", "authority", "created"),
)
