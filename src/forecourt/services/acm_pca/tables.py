"""What private authorities issued, as the API names it; and reports of it."""

from sqlalchemy import Column, Float, Index, LargeBinary, Table, Text

from forecourt.store.schema import Key, metadata

certificate = Table(
    "pca_certificate",
    metadata,
    Column("arn", Key, primary_key=True),
    Column("authority", Text, nullable=False),
    Column("serial", Text, nullable=False),  # as platform/certificates keeps it
    Column("template", Text, nullable=False),  # an ARN
    Column("token", Text, nullable=False),  # of the request; empty where there was none
    Column("requested_by", Text, nullable=False),  # a service principal; empty: the account
    Column("created", Float, nullable=False),
    Index("pca_certificate_authority", "authority", "serial"),
)

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
