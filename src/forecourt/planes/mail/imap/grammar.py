"""Reading commands: atoms, strings, literals, sequence sets (RFC 3501 §9)."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from . import names

ATOM = re.compile(rb'[^\x00-\x20\x7f(){%*"\\\]]+')
ASTRING = re.compile(rb'[^\x00-\x20\x7f(){%*"\\]+')
LIST_MAILBOX = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*)"')
LITERAL = re.compile(rb"~?\{(\d{1,10})\+?\}\r\n")
NUMBER = re.compile(rb"\d{1,19}")
SET = re.compile(rb"[0-9*:,]+")
FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
DATE = re.compile(rb'"?( ?\d{1,2})-([A-Za-z]{3})-(\d{4})"?')
DATE_TIME = re.compile(
    rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})"'
)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MOST_RANGES = 20_000
LARGEST = 2**63 - 1  # RFC 7162 §7; others are smaller

Range = tuple[int, int]  # 0: the last
Ranges = tuple[Range, ...]


class Bad(Exception):
    """The command is not understood: answered BAD."""


class Reader:
    """The arguments of a command, literals in place."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._data)

    def end(self) -> None:
        if not self.done:
            raise Bad("there is more than the command takes")

    def space(self) -> None:
        if not self.skip(b" "):
            raise Bad("a space is missing")

    def skip(self, text: bytes) -> bool:
        """Pass over text that comes next, whatever its case; whether it did."""
        if self._data[self._at : self._at + len(text)].upper() == text:
            self._at += len(text)
            return True
        return False

    def expect(self, text: bytes) -> None:
        if not self.skip(text):
            raise Bad(f"{text.decode()} is missing")

    def peek(self) -> bytes:
        return self._data[self._at : self._at + 1]

    def match(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        matched = pattern.match(self._data, self._at)
        if matched is None:
            raise Bad(f"{what} is missing")
        self._at = matched.end()
        return matched

    def word(self) -> str:
        """An atom that is a name of something."""
        return self.match(ATOM, "a word")[0].decode("ascii", "replace").upper()

    def number(self) -> int:
        found = int(self.match(NUMBER, "a number")[0])
        if found > LARGEST:
            raise Bad("that number is too large")
        return found

    def astring(self) -> bytes:
        if self.peek() in (b'"', b"{", b"~"):
            return self.string()
        return self.match(ASTRING, "a string")[0]

    def string(self) -> bytes:
        if self.peek() == b'"':
            quoted = self.match(QUOTED, "a string")[1]
            return re.sub(rb'\\(["\\])', rb"\1", quoted)
        size = int(self.match(LITERAL, "a string")[1])
        found = self._data[self._at : self._at + size]
        self._at += size
        return found

    def list_mailbox(self) -> str:
        raw = (
            self.string() if self.peek() in (b'"', b"{") else self.match(LIST_MAILBOX, "a name")[0]
        )
        return decode_name(raw)

    def mailbox(self) -> str:
        return decode_name(self.astring())

    def sequence_set(self) -> Ranges:
        text = self.match(SET, "a set of messages")[0].decode()
        found = []
        for part in text.split(","):
            low, colon, high = part.partition(":")
            found.append((self._place(low), self._place(high if colon else low)))
            if len(found) > MOST_RANGES:
                raise Bad("too many ranges")
        return tuple(found)

    @staticmethod
    def _place(text: str) -> int:
        if text == "*":
            return 0
        if not text.isdecimal() or len(text) > 10 or int(text) == 0 or int(text) > 0xFFFFFFFF:
            raise Bad("that is no set of messages")
        return int(text)

    def flag(self) -> str:
        return self.match(FLAG, "a flag")[0].decode()

    def flags(self) -> tuple[str, ...]:
        """(\\Seen $Label), or without parentheses where the grammar has that."""
        if self.skip(b"("):
            found = []
            while not self.skip(b")"):
                found.append(self.flag())
                self.skip(b" ")
            return tuple(found)
        found = [self.flag()]
        while self.skip(b" "):
            found.append(self.flag())
        return tuple(found)

    def words(self) -> tuple[str, ...]:
        """(WORD WORD)"""
        self.expect(b"(")
        found = []
        while not self.skip(b")"):
            found.append(self.word())
            self.skip(b" ")
        return tuple(found)

    def strings(self) -> tuple[str, ...]:
        """(string string), at least one"""
        self.expect(b"(")
        found = [self.astring()]
        while self.skip(b" "):
            found.append(self.astring())
        self.expect(b")")
        return tuple(each.decode("utf-8", "replace") for each in found)

    def date(self) -> dt.date:
        matched = self.match(DATE, "a date")
        return self._date(*matched.groups())

    def date_time(self) -> dt.datetime:
        day, month, year, hour, minute, second, sign, hours, minutes = self.match(
            DATE_TIME, "a date"
        ).groups()
        offset = dt.timedelta(hours=int(hours), minutes=int(minutes))
        try:
            zone = dt.timezone(-offset if sign == b"-" else offset)
            found = self._date(day, month, year)
            moment = dt.datetime(
                found.year, found.month, found.day, int(hour), int(minute), min(int(second), 59),
                tzinfo=zone,
            )  # fmt: skip
            return moment.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise Bad("that is no date") from None

    @staticmethod
    def _date(day: bytes, month: bytes, year: bytes) -> dt.date:
        try:
            return dt.date(int(year), MONTHS.index(month.decode().capitalize()) + 1, int(day))
        except ValueError:
            raise Bad("that is no date") from None


def decode_name(raw: bytes) -> str:
    try:
        return names.decode(raw)
    except names.BadName:
        raise Bad("that is no mailbox name") from None


def chosen(ranges: Ranges, uids: Sequence[int], *, by_uid: bool) -> list[int]:
    """The places in `uids` that a set names; those that are not there are passed over."""
    if not uids:
        return []
    last = uids[-1] if by_uid else len(uids)
    spans = []
    for low, high in ranges:
        first, final = sorted((low or last, high or last))
        if by_uid:
            spans.append((bisect_left(uids, first), bisect_right(uids, final)))
        else:
            spans.append((max(first - 1, 0), min(final, len(uids))))
    found: list[int] = []
    for start, end in sorted(spans):
        found.extend(range(max(start, found[-1] + 1 if found else 0), end))
    return found


def compact(numbers: Iterable[int]) -> str:
    """Numbers in their order as a set: 1:3,5"""
    parts: list[str] = []
    start = end = 0
    for number in numbers:
        if start and number == end + 1:
            end = number
            continue
        if start:
            parts.append(f"{start}:{end}" if end > start else f"{start}")
        start = end = number
    if start:
        parts.append(f"{start}:{end}" if end > start else f"{start}")
    return ",".join(parts)


def internal_date(seconds: float) -> bytes:
    """INTERNALDATE, in UTC."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f'"{moment.day:2d}-{MONTHS[moment.month - 1]}-{moment.year:04d} {moment:%H:%M:%S} +0000"'.encode()
