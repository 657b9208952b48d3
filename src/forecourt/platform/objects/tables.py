"""Buckets, objects, and uploads in parts.  What objects hold is in blobs, of one part or of many."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from forecourt.store.schema import Key, metadata

s3_bucket = Table(
    "s3_bucket",
    metadata,
    Column("name", Key, primary_key=True),  # of all accounts
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("tags", Text, nullable=False),  # JSON
    Column("settings", Text, nullable=False),  # JSON: Policy, Notification, ... as they were put
    Index("s3_bucket_account", "account", "name"),
)

s3_object = Table(
    "s3_object",
    metadata,
    Column("bucket", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("etag", Text, nullable=False),  # without its quotes
    Column("modified", Float, nullable=False),
    Column("headers", Text, nullable=False),  # JSON: ContentType, Metadata, sums, ...
    Column("tags", Text, nullable=False),  # JSON
    Column("parts", Text, nullable=False),  # JSON: [[blob, size, sum or ""], ...]
)

s3_upload = Table(
    "s3_upload",
    metadata,
    Column("id", Key, primary_key=True),
    Column("bucket", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("initiated", Float, nullable=False),
    Column("initiator", Text, nullable=False),  # an ARN
    Column("headers", Text, nullable=False),  # JSON: as the object will have them
    Column("tags", Text, nullable=False),  # JSON
    Index("s3_upload_key", "bucket", "key", "id"),
)

s3_part = Table(
    "s3_part",
    metadata,
    Column("upload", Key, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("blob", Key, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Float, nullable=False),
    Column("sums", Text, nullable=False),  # JSON: by algorithm
    Index("s3_part_blob", "blob"),
)

# Which blobs objects are of, so that one whose row never came is known.
s3_blob = Table(
    "s3_blob",
    metadata,
    Column("blob", Key, primary_key=True),
)
