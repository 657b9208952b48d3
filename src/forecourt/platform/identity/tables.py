"""Accounts, access keys, and who may do what: users, groups, roles, and policies.

Entities are known by their unique ids (AIDA, AGPA, AROA, ANPA), which outlive a change of name.  Names
are unique in an account whatever their case: `folded` is the name in lower case.
"""

from sqlalchemy import (
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
    Column("principal", Text, nullable=False),  # the unique id of a user, or the ARN of the root
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("status", Text, nullable=False),  # Active or Inactive
    Column("created", Float, nullable=False),
    Column("used", Float),  # when last, within some minutes; by the calendar
    Column("used_service", Text),
    Column("used_region", Text),
    Index("access_key_principal", "principal"),
)

iam_user = Table(
    "iam_user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Key, nullable=False),
    Column("path", Key, nullable=False),
    Column("created", Float, nullable=False),
    Column("boundary", Text),  # the ARN of a managed policy
    Column("tags", Text, nullable=False),  # JSON: {key: value}
    Column("password_used", Float),
    Index("iam_user_name", "account", "folded", unique=True),
)

iam_login_profile = Table(
    "iam_login_profile",
    metadata,
    Column("user_id", Text, ForeignKey("iam_user.id"), primary_key=True),
    Column("password", Text, nullable=False),  # hashed
    Column("history", Text, nullable=False),  # JSON: earlier hashes, the newest first
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("reset_required", Boolean, nullable=False),
)

iam_group = Table(
    "iam_group",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Key, nullable=False),
    Column("path", Key, nullable=False),
    Column("created", Float, nullable=False),
    Index("iam_group_name", "account", "folded", unique=True),
)

iam_member = Table(
    "iam_member",
    metadata,
    Column("user_id", Text, ForeignKey("iam_user.id"), primary_key=True),
    Column("group_id", Text, ForeignKey("iam_group.id"), primary_key=True),
    Index("iam_member_group", "group_id"),
)

iam_role = Table(
    "iam_role",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Key, nullable=False),
    Column("path", Key, nullable=False),
    Column("created", Float, nullable=False),
    Column("trust", Text, nullable=False),  # the trust policy, principals as unique ids
    Column("description", Text),
    Column("longest", Integer, nullable=False),  # seconds a session may last
    Column("boundary", Text),
    Column("tags", Text, nullable=False),
    Column("used", Float),
    Column("used_region", Text),
    Index("iam_role_name", "account", "folded", unique=True),
)

iam_policy = Table(
    "iam_policy",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("arn", Key, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("folded", Key, nullable=False),
    Column("path", Key, nullable=False),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("description", Text),
    Column("tags", Text, nullable=False),
    Column("current", Integer, nullable=False),  # the default version's number
    Column("newest", Integer, nullable=False),  # numbers are not given again
    Index("iam_policy_name", "account", "folded", unique=True),
)

iam_policy_version = Table(
    "iam_policy_version",
    metadata,
    Column("policy_id", Text, ForeignKey("iam_policy.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("document", Text, nullable=False),
    Column("created", Float, nullable=False),
)

iam_attachment = Table(
    "iam_attachment",
    metadata,
    Column("entity", Text, primary_key=True),  # the id of a user, a group or a role
    Column("arn", Key, primary_key=True),  # of a managed policy, the account's or AWS's
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Index("iam_attachment_arn", "account", "arn"),
)

iam_inline = Table(
    "iam_inline",
    metadata,
    Column("entity", Text, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("document", Text, nullable=False),
)

iam_account = Table(
    "iam_account",
    metadata,
    Column("account", Text, ForeignKey("account.id"), primary_key=True),
    Column("alias", Text, unique=True),
    Column("password_policy", Text),  # JSON
)
