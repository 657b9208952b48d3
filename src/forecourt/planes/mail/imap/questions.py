"""What a session asks of whoever keeps the mail, and what it is told.

Each question is answered with the value its comment names, or refused with `No`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .searching import Key


class No(Exception):
    """What was asked is not done: answered NO, with a response code (RFC 3501 §7.1, RFC 5530)."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Login:  # None
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartTls:  # None
    pass


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    subscribed: bool
    special: str = ""  # \Sent and its like (RFC 6154)
    exists: bool = True  # else it is only subscribed, or the parent of others


@dataclass(frozen=True, slots=True)
class Mailboxes:  # list[Listed], by name
    pass


@dataclass(frozen=True, slots=True)
class Create:  # None
    name: str
    special: str = ""


@dataclass(frozen=True, slots=True)
class Delete:  # None
    name: str


@dataclass(frozen=True, slots=True)
class Rename:  # None
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Subscribe:  # None
    name: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class State:
    """How a mailbox stands."""

    id: int
    uid_validity: int
    uid_next: int
    modseq: int
    messages: int
    unseen: int
    recent: int
    size: int


@dataclass(frozen=True, slots=True)
class Status:  # State
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    state: State
    uids: array[int]
    keywords: tuple[str, ...]
    first_unseen: int  # its UID; 0: none
    recent_from: int  # messages from this UID on are recent in this session


@dataclass(frozen=True, slots=True)
class Open:  # Opened
    name: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Changed:
    modseq: int
    uids: tuple[int, ...]  # of those that came
    gone: tuple[int, ...]
    flags: tuple[tuple[int, str, int], ...]  # UID, flags, MODSEQ
    deleted: bool = False  # the mailbox itself


@dataclass(frozen=True, slots=True)
class Changes:  # Changed
    mailbox: int
    since: int


class Row(NamedTuple):  # of which there are many: a dataclass costs a quarter of a FETCH
    """A message, as far as it was asked for."""

    uid: int
    flags: str  # between single spaces
    modseq: int
    date: float = 0.0  # seconds since 1970
    size: int = 0
    envelope: bytes = b""
    structure: bytes = b""
    content: bytes = b""  # from the start as far as was asked


@dataclass(frozen=True, slots=True)
class Fetch:  # list[Row], by UID; those that are gone are left out, large contents if it asks for several
    mailbox: int
    uids: Sequence[int]
    summary: bool = False  # date, size, envelope, structure
    content: int | None = 0  # bytes from its start; None: all
    since: int = 0  # only those changed after this MODSEQ


@dataclass(frozen=True, slots=True)
class Store:  # Stored
    mailbox: int
    uids: Sequence[int]
    action: str  # "+", "-" or ""
    flags: tuple[str, ...]
    unless_since: int | None = None  # RFC 7162 §3.1.3


@dataclass(frozen=True, slots=True)
class Stored:
    rows: tuple[tuple[int, str, int], ...]  # UID, flags, MODSEQ of those that are there
    modified: tuple[int, ...]  # those that were changed meanwhile, and left alone
    modseq: int  # of the mailbox; 0 where nothing changed


@dataclass(frozen=True, slots=True)
class Expunge:  # tuple of UIDs that are gone, and the MODSEQ (0: nothing changed)
    mailbox: int
    uids: Sequence[int] | None = None  # None: all that are deleted


@dataclass(frozen=True, slots=True)
class Copied:
    uid_validity: int
    sources: tuple[int, ...]
    copies: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Copy:  # Copied
    mailbox: int
    uids: Sequence[int]
    to: str
    move: bool


@dataclass(frozen=True, slots=True)
class MayAppend:  # None; refused where it would not be taken
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Piece:  # None
    data: bytes


@dataclass(frozen=True, slots=True)
class Append:  # (UIDVALIDITY, UID)
    name: str
    flags: tuple[str, ...]
    date: float | None
    last: bytes  # what follows the pieces


@dataclass(frozen=True, slots=True)
class Search:  # list of UIDs, by UID
    mailbox: int
    program: Key
    uids: Sequence[int]  # of the messages the session sees


@dataclass(frozen=True, slots=True)
class Quota:  # (bytes used, bytes allowed)
    pass


@dataclass(frozen=True, slots=True)
class Closed:  # None: the mailbox is no longer looked at
    pass
