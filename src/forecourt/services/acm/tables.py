"""Certificates as ACM keeps them."""

from sqlalchemy import Boolean, Column, Float, Index, LargeBinary, Table, Text

from forecourt.store.schema import Key, metadata

certificate = Table(
    "acm_certificate",
    metadata,
    Column("id", Key, primary_key=True),  # the last part of its ARN
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("domain", Text, nullable=False),  # in lower case
    Column("status", Text, nullable=False),  # as the API says it
    Column("type", Text, nullable=False),
    Column("algorithm", Text, nullable=False),  # of its key, as requests spell it
    Column("created", Float, nullable=False),  # seconds since 1970, by the calendar
    Column("not_after", Float),
    Column("exported", Boolean, nullable=False),
    Column("authority", Text),  # platform/certificates: who issued it
    Column("certificate", LargeBinary),  # DER
    Column("chain", Text, nullable=False),  # PEM
    Column("secret", LargeBinary),  # its key, sealed PKCS #8
    Column("spec", Text, nullable=False),  # JSON: what was asked for
    Column("state", Text, nullable=False),  # JSON: what became of it
    Column("tags", Text, nullable=False),  # JSON: {key: value}
    Index("acm_certificate_created", "account", "region", "created", "id"),
)
