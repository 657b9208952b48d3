"""SEARCH on rows: what rows can tell is asked of the database, contents are read only for the rest."""

from __future__ import annotations

import binascii
import quopri
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from forecourt.planes.mail import mime
from forecourt.planes.mail.imap.searching import (
    Age,
    And,
    Day,
    Field,
    Flag,
    Header,
    Key,
    ModSeq,
    Not,
    Or,
    Size,
    Text,
    Uids,
)

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

COLUMNS = {
    "FROM": "c.sender",
    "TO": "c.recipients",
    "CC": "c.copied",
    "BCC": "c.blind",
    "SUBJECT": "c.subject",
}
MOST_SPANS = 200  # of UIDs that are asked for by the database; more are looked up here
EPOCH = date(1970, 1, 1)


class Sql:
    """A condition under way: its parameters, and what the tables must be."""

    def __init__(self, now: float) -> None:
        self.parameters: dict[str, Any] = {}
        self.contents = False
        self.now = now

    def value(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def of(self, key: Key) -> str:
        match key:
            case And(()):
                return "1 = 1"
            case And(keys):
                return "(" + " AND ".join(map(self.of, keys)) + ")"
            case Or(one, other):
                return f"({self.of(one)} OR {self.of(other)})"
            case Not(Flag("\\Seen")):  # so that its index serves
                return f"m.seen = {self.value(False)}"
            case Not(inner):
                return f"(NOT {self.of(inner)})"
            case Flag("\\Seen"):
                return f"m.seen = {self.value(True)}"
            case Flag(name):
                return self.like("m.flags", f"% {escaped(name)} %")
            case Uids(()):
                return "1 = 0"
            case Uids(spans):
                parts = (
                    f"(m.uid >= {self.value(low)} AND m.uid <= {self.value(high)})"
                    for low, high in spans
                )
                return "(" + " OR ".join(parts) + ")"
            case Day(True, relation, day):
                self.contents = True
                return f"(c.sent >= 0 AND {self.span('c.sent', relation, (day - EPOCH).days, 1)})"
            case Day(False, relation, day):
                start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
                return f"({self.span('m.date', relation, start, 86400)})"
            case Age(older, seconds):
                return f"m.date {'<=' if older else '>='} {self.value(self.now - seconds)}"
            case Size(larger, size):
                return f"m.size {'>' if larger else '<'} {self.value(size)}"
            case ModSeq(least):
                return f"m.modseq >= {self.value(least)}"
            case Field(name, text):
                self.contents = True
                return self.like(COLUMNS[name], f"%{escaped(text.lower())}%")
            case _:
                raise AssertionError(key)

    def span(self, column: str, relation: str, start: float, length: int) -> str:
        if relation == "BEFORE":
            return f"{column} < {self.value(start)}"
        if relation == "SINCE":
            return f"{column} >= {self.value(start)}"
        return f"{column} >= {self.value(start)} AND {column} < {self.value(start + length)}"

    def like(self, column: str, pattern: str) -> str:
        # Fields are kept in lower case; flags are ASCII, and few differ by case alone.
        return f"{column} LIKE {self.value(pattern)} ESCAPE '!'"


def escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def needs_content(key: Key) -> bool:
    """Whether rows cannot tell."""
    match key:
        case Text() | Header():
            return True
        case Uids(spans):
            return len(spans) > MOST_SPANS
        case And(keys):
            return any(map(needs_content, keys))
        case Or(one, other):
            return needs_content(one) or needs_content(other)
        case Not(inner):
            return needs_content(inner)
        case _:
            return False


def split(program: Key) -> tuple[And, list[Key]]:
    """What rows can tell, and what else must hold too."""
    keys = list(program.keys) if isinstance(program, And) else [program]
    flat: list[Key] = []
    for key in keys:
        flat += key.keys if isinstance(key, And) else (key,)
    return And(tuple(k for k in flat if not needs_content(k))), [
        k for k in flat if needs_content(k)
    ]


def candidates(
    tx: Tx, mailbox: int, program: Key, *, counted: bool = False
) -> list[tuple[int, int]]:
    """UIDs of the messages for which a condition on rows holds, with their MODSEQs where these count."""
    sql = Sql(tx.now.timestamp())
    condition = sql.of(program)
    table = "mail_message m" + (" JOIN mail_content c ON c.id = m.content" if sql.contents else "")
    rows = tx.all(
        f"SELECT m.uid, {'m.modseq' if counted else 0} FROM {table} WHERE m.mailbox = :mailbox AND {condition} ORDER BY m.uid",
        mailbox=mailbox,
        **sql.parameters,
    )
    return [(uid, modseq) for uid, modseq in rows]


def holds(key: Key, uid: int, content: Callable[[], bytes], told: Callable[[Key], bool]) -> bool:
    """Whether a message matches; `told` says it of what rows can tell."""
    match key:
        case And(keys):
            return all(holds(each, uid, content, told) for each in keys)
        case Or(one, other):
            return holds(one, uid, content, told) or holds(other, uid, content, told)
        case Not(inner):
            return not holds(inner, uid, content, told)
        case Uids(spans):
            return any(low <= uid <= high for low, high in spans)
        case Header(name, text):
            values = (
                mime.decoded(mime.text(value)).lower()
                for each, value in mime.fields(content()[: mime.header_end(content())])
                if each == name
            )
            return any(text.lower() in value for value in values)
        case Text(text, whole):
            return found_in(content(), text.lower(), whole=whole)
        case _:
            return told(key)


def found_in(content: bytes, text: str, *, whole: bool) -> bool:
    """Whether a text is in the readable parts of a message (RFC 3501 §6.4.4: BODY, TEXT)."""
    return any(text in each.lower() for each in readable(content, whole=whole))


def readable(content: bytes, *, whole: bool) -> Iterator[str]:
    tree = mime.scan(content)
    pending = [tree]
    while pending:
        part = pending.pop()
        pending += part.parts
        if part.message is not None:
            pending.append(part.message)
            yield from (mime.decoded(mime.text(value)) for _, value in part.message.fields)
        if whole and part is tree:
            yield from (f"{name}: {mime.decoded(mime.text(value))}" for name, value in part.fields)
        if part.parts or part.message is not None or part.type not in ("text", "message"):
            continue
        body = content[part.body : part.end]
        encoding = part.value("content-transfer-encoding").lower()
        try:
            if encoding == "base64":
                body = binascii.a2b_base64(body)
            elif encoding == "quoted-printable":
                body = quopri.decodestring(body)
        except (binascii.Error, ValueError):
            pass
        charset = next((v for k, v in part.parameters if k == "charset"), "utf-8")
        try:
            yield body.decode(charset, "replace")
        except LookupError:
            yield body.decode("utf-8", "replace")


def row_keys(keys: Sequence[Key]) -> list[Key]:
    """The conditions inside others that rows can tell."""
    found: list[Key] = []
    pending = list(keys)
    while pending:
        key = pending.pop()
        match key:
            case And(inner):
                pending += inner
            case Or(one, other):
                pending += (one, other)
            case Not(inner):
                pending.append(inner)
            case Uids() | Text() | Header():
                continue
            case _:
                found.append(key)
    return list(dict.fromkeys(found))
