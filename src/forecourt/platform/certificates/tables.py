"""Certification authorities, what they issued, their CRLs, and who uses which certificate."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, Table, Text

from forecourt.store.schema import Key, metadata

authority = Table(
    "authority",
    metadata,
    Column("id", Text, primary_key=True),
    Column("certificate", LargeBinary),  # DER; none before it has one
    Column("chain", Text, nullable=False),  # PEM: its issuers, up to the root
    Column("secret", LargeBinary, nullable=False),  # its key, sealed PKCS #8
    Column("crl", Text, nullable=False),  # JSON: how its certificates and CRLs point at CRLs
    Column("issued", Integer, nullable=False),  # how many certificates
)

issued_certificate = Table(
    "issued_certificate",
    metadata,
    Column("authority", Text, primary_key=True),
    Column("serial", Key, primary_key=True),  # hexadecimal, lower case, 40 digits
    Column("certificate", LargeBinary, nullable=False),  # DER
    Column("issued_at", Float, nullable=False),  # seconds since 1970
    Column("not_after", Float, nullable=False),
    Column("partition", Integer, nullable=False),  # of the CRL
    Column("revoked_at", Float),
    Column("reason", Text),
    Index("issued_certificate_revoked", "authority", "partition", "revoked_at"),
)

crl = Table(
    "crl",
    metadata,
    Column("authority", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),  # DER
    Column("next_update", Float, nullable=False),
)

certificate_use = Table(
    "certificate_use",
    metadata,
    Column("certificate", Text, primary_key=True),  # ARNs
    Column("user", Text, primary_key=True),
    Index("certificate_use_user", "user"),
)

# What accounts' authorities issued, by the names that the API gives it.
pca_certificate = Table(
    "pca_certificate",
    metadata,
    Column("arn", Key, primary_key=True),
    Column("authority", Text, nullable=False),
    Column("serial", Key, nullable=False),
    Column("template", Text, nullable=False),  # an ARN
    Column("token", Text, nullable=False),  # of the request; empty where there was none
    Column("requested_by", Text, nullable=False),  # a service principal; empty: the account
    Column("created", Float, nullable=False),
    Index("pca_certificate_authority", "authority", "serial"),
)
