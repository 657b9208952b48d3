"""Domains, people, mailboxes, messages, and the queue.

Contents are apart from the messages that show them: copies share one.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, Table, Text

from forecourt.store.schema import Key, Seq, metadata

mail_domain = Table(
    "mail_domain",
    metadata,
    Column("name", Key, primary_key=True),  # lower case, A-labels
    Column("account", Text, nullable=False),
    Column("organization", Text, nullable=False),  # of WorkMail; empty: none
    Column("selector", Text, nullable=False),  # of DKIM
    Column("secret", LargeBinary, nullable=False),  # DKIM's key, sealed PKCS #8
    Column("public_key", Text, nullable=False),  # base64, as DKIM's record has it
    Column("created", Float, nullable=False),  # seconds since 1970
    # PENDING, VERIFIED or FAILED: whether its DNS proves that it is the account's, and has the key
    Column("ownership", Text, nullable=False, server_default="VERIFIED"),
    Column("dkim", Text, nullable=False, server_default="VERIFIED"),
)

mail_person = Table(
    "mail_person",
    metadata,
    Column("id", Key, primary_key=True),
    Column("address", Key, nullable=False),  # the primary one; empty while there is none
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),  # Argon2id; empty: nobody signs in
    Column("quota", BigInteger, nullable=False),  # bytes
    Column("used", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created", Float, nullable=False),
)

# Which people an address reaches: one, or with a group many.
mail_address = Table(
    "mail_address",
    metadata,
    Column("address", Key, primary_key=True),  # lower case
    Column("person", Key, primary_key=True),
    Column("domain", Key, nullable=False),
    Column("kind", Text, nullable=False),  # primary, alias, or group
    Index("mail_address_domain", "domain"),
    Index("mail_address_person", "person"),
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("person", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("exists_", Boolean, nullable=False),  # else only subscribed to
    Column("subscribed", Boolean, nullable=False),
    Column("special", Text, nullable=False),  # \Sent and its like
    Column("keywords", Text, nullable=False),  # flags beyond the system's that were ever used here
    Column("uid_validity", BigInteger, nullable=False),
    Column("uid_next", BigInteger, nullable=False),
    Column("modseq", BigInteger, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("unseen", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("recent_from", BigInteger, nullable=False),  # the first UID no session has seen
    Index("mailbox_name", "person", "name", unique=True),
    sqlite_autoincrement=True,
)

mail_message = Table(
    "mail_message",
    metadata,
    Column("mailbox", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("modseq", BigInteger, nullable=False),
    Column("flags", Text, nullable=False),  # between single spaces, one before and one after
    Column("seen", Boolean, nullable=False),
    Column("date", Float, nullable=False),  # internal; seconds since 1970
    Column("size", Integer, nullable=False),
    Column("content", Key, nullable=False),
    Index("mail_message_modseq", "mailbox", "modseq"),
    Index("mail_message_unseen", "mailbox", "seen", "uid"),
    Index("mail_message_content", "content"),
)

# UIDs that are gone, for those who look at a mailbox meanwhile.
mail_expunged = Table(
    "mail_expunged",
    metadata,
    Column("mailbox", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("modseq", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Index("mail_expunged_modseq", "mailbox", "modseq"),
)

# What IMAP shows and searches of a content without reading it.
mail_content = Table(
    "mail_content",
    metadata,
    Column("id", Key, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("structure", LargeBinary, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("sent", Integer, nullable=False),  # day of the Date field, since 1970
    Column("sender", Text, nullable=False),  # fields as they read, in lower case
    Column("recipients", Text, nullable=False),
    Column("copied", Text, nullable=False),
    Column("blind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # Last, because a row is read from its start.  None: it is the blob of that id.
    Column("data", LargeBinary),
)

mail_queued = Table(
    "mail_queued",
    metadata,
    Column("id", Key, primary_key=True),
    Column("content", Key, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sender", Text, nullable=False),  # the reverse-path; empty: none
    Column("message_id", Text, nullable=False),
    Column("options", Text, nullable=False),  # JSON: eight_bit, utf8, ret, envid
    Column("created", Float, nullable=False),
    Index("mail_queued_created", "created"),
)

mail_recipient = Table(
    "mail_recipient",
    metadata,
    Column("message", Key, primary_key=True),
    Column("address", Key, primary_key=True),
    Column("domain", Key, nullable=False),
    Column("state", Text, nullable=False),  # queued, held, delivered, captured, failed
    Column("attempts", Integer, nullable=False),
    Column("due", Float, nullable=False),
    Column("said", Text, nullable=False),  # what came of the last attempt
    Column("options", Text, nullable=False),  # JSON: notify, original
    Column("warned", Boolean, nullable=False),  # whether the sender was told of the delay
    Index("mail_recipient_state", "state"),
)

# The path of each message, step by step.
mail_step = Table(
    "mail_step",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("message_id", Key, nullable=False),
    Column("at", Float, nullable=False),
    Column("step", Text, nullable=False),  # submitted, sent, stored, read, ...
    Column("detail", Text, nullable=False),
    Index("mail_step_message", "message_id", "id"),
    Index("mail_step_at", "at"),
    sqlite_autoincrement=True,
)
