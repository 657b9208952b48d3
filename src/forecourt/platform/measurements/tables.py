"""Metrics, their last hours by the minute, and days that are over in blocks."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, Table, Text

from forecourt.store.schema import Key, Seq, metadata

cloudwatch_metric = Table(
    "cloudwatch_metric",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("namespace", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("dimensions", Key, nullable=False),  # JSON: [[name, value], ...] by name
    Column("unit", Text, nullable=False),
    Column("last", BigInteger, nullable=False),  # the newest minute, since 1970
    Index(
        "cloudwatch_metric_name",
        "account", "region", "namespace", "name", "dimensions", "unit",
        unique=True,
    ),
    Index("cloudwatch_metric_last", "last"),
    sqlite_autoincrement=True,
)  # fmt: skip

cloudwatch_point = Table(
    "cloudwatch_point",
    metadata,
    Column("metric", BigInteger, primary_key=True),
    Column("minute", BigInteger, primary_key=True),  # since 1970
    Column("samples", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("least", Float, nullable=False),
    Column("most", Float, nullable=False),
    Column("spread", Text),  # JSON: {value's bucket: samples}; none where all were the same
    Index("cloudwatch_point_minute", "minute"),
    sqlite_with_rowid=False,
)

cloudwatch_block = Table(
    "cloudwatch_block",
    metadata,
    Column("metric", BigInteger, primary_key=True),
    Column("day", Integer, primary_key=True),  # since 1970
    Column("data", LargeBinary, nullable=False),
    Index("cloudwatch_block_day", "day"),
)

# Which alarms look at which metrics, whatever their dimensions; or, without a namespace, at which alarms.
cloudwatch_watch = Table(
    "cloudwatch_watch",
    metadata,
    Column("alarm", Key, primary_key=True),  # its ARN
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("namespace", Key, primary_key=True),
    Column("name", Key, primary_key=True),  # of a metric; an alarm's ARN
    Index("cloudwatch_watch_metric", "account", "region", "namespace", "name"),
)

cloudwatch_history = Table(
    "cloudwatch_history",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("alarm", Key, nullable=False),  # its name
    Column("composite", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # ConfigurationUpdate, StateUpdate, Action
    Column("at", Float, nullable=False),  # seconds since 1970
    Column("summary", Text, nullable=False),
    Column("data", Text, nullable=False),  # JSON
    Index("cloudwatch_history_alarm", "account", "region", "alarm", "id"),
    Index("cloudwatch_history_at", "at"),
    sqlite_autoincrement=True,
)
