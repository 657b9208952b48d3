"""SEARCH: what is asked, as a tree (RFC 3501 §6.4.4; MODSEQ: RFC 7162 §3.1.5, OLDER: RFC 5032)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from .grammar import Bad, Ranges, Reader

DEEPEST = 50
MOST_KEYS = 2000
SYSTEM = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
FIELDS = ("FROM", "TO", "CC", "BCC", "SUBJECT")
CHARSETS = ("UTF-8", "US-ASCII")


@dataclass(frozen=True, slots=True)
class And:
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Or:
    one: Key
    other: Key


@dataclass(frozen=True, slots=True)
class Not:
    key: Key


@dataclass(frozen=True, slots=True)
class Flag:
    name: str


@dataclass(frozen=True, slots=True)
class Recent:
    pass


@dataclass(frozen=True, slots=True)
class Numbers:
    ranges: Ranges
    by_uid: bool


@dataclass(frozen=True, slots=True)
class Uids:
    """What Recent and Numbers become: the messages meant, as spans of UIDs, in order."""

    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Day:
    sent: bool  # the Date field, else the internal date
    relation: str  # BEFORE, ON or SINCE
    day: date


@dataclass(frozen=True, slots=True)
class Age:
    older: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class Size:
    larger: bool
    size: int


@dataclass(frozen=True, slots=True)
class ModSeq:
    least: int


@dataclass(frozen=True, slots=True)
class Field:
    """A text in one of the fields that are kept readable."""

    name: str  # of FIELDS
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    whole: bool  # header too


Key = (
    And
    | Or
    | Not
    | Flag
    | Recent
    | Numbers
    | Uids
    | Day
    | Age
    | Size
    | ModSeq
    | Field
    | Header
    | Text
)


class BadCharset(Exception):
    pass


def program(args: Reader) -> And:
    """What follows SEARCH.  Bad, BadCharset."""
    left = [MOST_KEYS]
    if args.skip(b"CHARSET "):
        charset = args.astring().decode("ascii", "replace").upper()
        if charset not in CHARSETS:
            raise BadCharset(charset)
        args.space()
    return _list(args, 0, left)


def _list(args: Reader, depth: int, left: list[int]) -> And:
    keys = [_key(args, depth, left)]
    while args.skip(b" "):
        keys.append(_key(args, depth, left))
    return And(tuple(keys))


def _key(args: Reader, depth: int, left: list[int]) -> Key:
    left[0] -= 1
    if depth > DEEPEST or left[0] < 0:
        raise Bad("the search is too large")
    if args.skip(b"("):
        found = _list(args, depth + 1, left)
        args.expect(b")")
        return found
    if args.peek().isdigit() or args.peek() == b"*":
        return Numbers(args.sequence_set(), by_uid=False)
    word = args.word()
    if word == "NOT":
        args.space()
        return Not(_key(args, depth + 1, left))
    if word == "OR":
        args.space()
        one = _key(args, depth + 1, left)
        args.space()
        return Or(one, _key(args, depth + 1, left))
    if word in SIMPLE:
        return SIMPLE[word]
    if word in WITH_ARGUMENT:
        args.space()
        return WITH_ARGUMENT[word](args)
    raise Bad(f"there is no search key {word}")


def _text(args: Reader) -> str:
    return args.astring().decode("utf-8", "replace")


def _header(args: Reader) -> Key:
    name = _text(args)
    args.space()
    text = _text(args)
    return (
        Field(name.upper(), text) if name.upper() in FIELDS and text else Header(name.lower(), text)
    )


def _modseq(args: Reader) -> Key:  # RFC 7162 §3.1.5: an entry may be named, and is of no account
    if args.peek() == b'"':
        args.string()
        args.space()
        args.word()
        args.space()
    return ModSeq(args.number())


def _uid(args: Reader) -> Key:
    return Numbers(args.sequence_set(), by_uid=True)


SIMPLE: dict[str, Key] = {
    "ALL": And(()),
    "NEW": And((Recent(), Not(Flag("\\Seen")))),
    "OLD": Not(Recent()),
    "RECENT": Recent(),
    **{name: Flag(f"\\{name.capitalize()}") for name in SYSTEM},
    **{f"UN{name}": Not(Flag(f"\\{name.capitalize()}")) for name in SYSTEM},
}


def _day(relation: str, *, sent: bool) -> Callable[[Reader], Key]:
    return lambda args: Day(sent, relation, args.date())


def _field(name: str) -> Callable[[Reader], Key]:
    return lambda args: Field(name, _text(args))


RELATIONS = ("BEFORE", "ON", "SINCE")
WITH_ARGUMENT: dict[str, Callable[[Reader], Key]] = {
    "UID": _uid,
    "KEYWORD": lambda args: Flag(args.flag()),
    "UNKEYWORD": lambda args: Not(Flag(args.flag())),
    **{relation: _day(relation, sent=False) for relation in RELATIONS},
    **{f"SENT{relation}": _day(relation, sent=True) for relation in RELATIONS},
    "OLDER": lambda args: Age(True, args.number()),
    "YOUNGER": lambda args: Age(False, args.number()),
    "LARGER": lambda args: Size(True, args.number()),
    "SMALLER": lambda args: Size(False, args.number()),
    "MODSEQ": _modseq,
    **{name: _field(name) for name in FIELDS},
    "HEADER": _header,
    "BODY": lambda args: Text(_text(args), whole=False),
    "TEXT": lambda args: Text(_text(args), whole=True),
}


def settle(key: Key, spans: Callable[[Key], tuple[tuple[int, int], ...]]) -> Key:
    """The tree with UIDs in place of what only the session knows."""
    match key:
        case And(keys):
            return And(tuple(settle(each, spans) for each in keys))
        case Or(one, other):
            return Or(settle(one, spans), settle(other, spans))
        case Not(inner):
            return Not(settle(inner, spans))
        case Recent() | Numbers():
            return Uids(spans(key))
        case _:
            return key


def spans_of(uids: Sequence[int], places: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Messages at places, ordered, as spans of UIDs: neighbours are one span."""
    found: list[tuple[int, int]] = []
    before = -2
    for place in places:
        if place == before + 1:
            found[-1] = (found[-1][0], uids[place])
        else:
            found.append((uids[place], uids[place]))
        before = place
    return tuple(found)


def uses_modseq(key: Key) -> bool:
    match key:
        case ModSeq():
            return True
        case And(keys):
            return any(map(uses_modseq, keys))
        case Or(one, other):
            return uses_modseq(one) or uses_modseq(other)
        case Not(inner):
            return uses_modseq(inner)
        case _:
            return False
