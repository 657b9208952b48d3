"""Messages: append, fetch, flag, copy, expunge, search, wait (RFC 3501 §6.3.11, §6.4)."""

from __future__ import annotations

import re
from bisect import bisect_left

from forecourt.planes.mail.conversation import Steps

from . import fetching, searching
from .grammar import Bad, Ranges, Reader, chosen, compact
from .names import BadName, check
from .questions import (
    Append,
    Copied,
    Copy,
    Expunge,
    Fetch,
    MayAppend,
    No,
    Piece,
    Row,
    Search,
    Store,
    Stored,
)
from .searching import Key, Numbers, Recent, spans_of
from .session import SIGNED_IN, Hangup, Session, State, command

AT_ONCE = 200  # messages fetched together
WHOLE_AT_ONCE = 20  # where their contents are read
FLAG = re.compile(r"\\?[A-Za-z0-9_$.!#&'+,:;<=>?@^`|~/-]{1,100}\Z")
SETTABLE = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
MOST_FLAGS = 50
MESSAGE = re.compile(rb" ~?\{(\d{1,12})(\+?)\}\Z")


# ----- append


@command("APPEND", SIGNED_IN)
def append(session: Session, tag: str, line: bytes) -> Steps:  # RFC 3501 §6.3.11, RFC 7889
    matched = MESSAGE.search(line)
    if matched is None:
        raise Bad("a message is missing")
    before = line[: matched.start()]
    if before.strip() == b"":  # the name itself is a literal
        name_size = int(matched[1])
        if name_size > 1000:
            raise Hangup("That name is too long")
        if not matched[2]:
            session.say("+ OK")
        name = yield from session.take(name_size)
        rest = yield from session.line()
        yield from append(session, tag, b" {%d}\r\n%b%b" % (name_size, name, rest))
        return
    size, at_once = int(matched[1]), bool(matched[2])
    args = Reader(before)
    try:
        args.space()
        name = args.mailbox()
        flags: tuple[str, ...] = ()
        date = None
        if args.skip(b" ("):
            flags = _closing_flags(args)
        if args.skip(b" "):
            date = args.date_time().timestamp()
        args.end()
        if size > session.settings.size:
            raise No("That message is too large", "TOOBIG")
        if not size:
            raise No("That message is empty")
        yield MayAppend(name, size)
    except (Bad, No):
        if at_once:  # the message is on its way all the same
            yield from session.swallow(size)
            yield from session.line()
        raise
    last = yield from session.literal(size, at_once=at_once, piece=Piece)
    if (yield from session.line()):
        raise Bad("there is more than the command takes")
    validity, uid = yield Append(name, checked(flags), date, last)
    yield from session.updates(ask=session.selected is not None and session.selected.name == name)
    session.say(f"{tag} OK [APPENDUID {validity} {uid}] Appended")  # RFC 4315 §3


def _closing_flags(args: Reader) -> tuple[str, ...]:
    found = []
    while not args.skip(b")"):
        found.append(args.flag())
        args.skip(b" ")
    return tuple(found)


def checked(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Flags as they are kept: system flags in their own spelling; \\Recent is nobody's to set."""
    found = []
    for flag in flags:
        if flag.startswith("\\"):
            flag = "\\" + flag[1:].capitalize()
            if flag == "\\Recent":
                continue
            if flag not in SETTABLE:
                raise Bad(f"{flag} cannot be set")
        elif not FLAG.match(flag):
            raise Bad("that is no flag")
        found.append(flag)
    if len(found) > MOST_FLAGS:
        raise No("That are too many flags", "LIMIT")
    return tuple(dict.fromkeys(found))


# ----- fetch


@command("FETCH", State.SELECTED)
def fetch(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.5
    yield from _fetch(session, tag, args, by_uid=False)


@command("UID FETCH", State.SELECTED)
def uid_fetch(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.8
    args.skip(b" FETCH")
    yield from _fetch(session, tag, args, by_uid=True)


def _fetch(session: Session, tag: str, args: Reader, *, by_uid: bool) -> Steps:
    args.space()
    ranges = args.sequence_set()
    args.space()
    wanted = fetching.items(args)
    since = 0
    if args.skip(b" (CHANGEDSINCE "):  # RFC 7162 §3.1.4.1
        since = args.number()
        args.expect(b")")
        session.count_changes()
    args.end()
    if "MODSEQ" in wanted.plain:
        session.count_changes()
    place = session.place
    uids = _uids(session, ranges, by_uid=by_uid)
    sees = wanted.sees and not place.read_only
    at_once = AT_ONCE if wanted.content is not None else WHOLE_AT_ONCE
    for start in range(0, len(uids), at_once):
        some = uids[start : start + at_once]
        rows: list[Row] = yield Fetch(place.id, some, wanted.summary, wanted.content, since)
        told: dict[int, tuple[str, int]] = {}
        if sees and (unseen := [row.uid for row in rows if "\\Seen" not in row.flags]):
            stored: Stored = yield Store(place.id, unseen, "+", ("\\Seen",))
            note(session, stored)
            told = {uid: (said, modseq) for uid, said, modseq in stored.rows}
        for row in rows:
            if (at := place.place(row.uid)) is None:
                continue
            if cut_short(row, wanted) or left_out(row, wanted):
                again: list[Row] = yield Fetch(place.id, [row.uid], wanted.summary, None)
                if not again:
                    continue
                row = again[0]
            items = wanted
            if row.uid in told:
                flags, changed = told[row.uid]
                row = row._replace(flags=flags, modseq=changed)
                if "FLAGS" not in wanted.plain:
                    items = fetching.Items((*wanted.plain, "FLAGS"), wanted.sections)
            session.tell_keywords(row.flags)
            shown = session.shown(row.uid, row.flags)
            modseq = bool(since) or (session.condstore and "FLAGS" in items.plain)
            session.say(fetching.line(at + 1, row, items, shown, uid=by_uid, modseq=modseq))
    yield from session.done(tag, "Fetched", expunges=by_uid)


def cut_short(row: Row, wanted: fetching.Items) -> bool:
    """Whether a header goes beyond what was read of the message."""
    most = wanted.content
    return bool(most) and len(row.content) == most and b"\r\n\r\n" not in row.content


def left_out(row: Row, wanted: fetching.Items) -> bool:
    """Whether a content was too large to come with others."""
    return wanted.content != 0 and not row.content and row.size > 0


def _uids(session: Session, ranges: Ranges, *, by_uid: bool) -> list[int]:
    uids = session.place.uids
    if not by_uid and any(0 not in pair and max(pair) > len(uids) for pair in ranges):
        raise Bad("there is no message of that number")
    return [uids[at] for at in chosen(ranges, uids, by_uid=by_uid)]


def note(session: Session, stored: Stored) -> None:
    """Our own change is known; what others did meanwhile is still to be told."""
    place = session.place
    if stored.modseq == place.modseq + 1:
        place.modseq = stored.modseq


# ----- store


@command("STORE", State.SELECTED)
def store(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.6
    yield from _store(session, tag, args, by_uid=False)


@command("UID STORE", State.SELECTED)
def uid_store(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.8
    args.skip(b" STORE")
    yield from _store(session, tag, args, by_uid=True)


def _store(session: Session, tag: str, args: Reader, *, by_uid: bool) -> Steps:
    args.space()
    ranges = args.sequence_set()
    args.space()
    unless = None
    if args.skip(b"(UNCHANGEDSINCE "):  # RFC 7162 §3.1.3
        unless = args.number()
        args.expect(b") ")
        session.count_changes()
    action = next((sign for sign in ("+", "-") if args.skip(sign.encode())), "")
    args.expect(b"FLAGS")
    silent = args.skip(b".SILENT")
    args.space()
    flags = checked(args.flags())
    args.end()
    place = session.place
    if place.read_only:
        raise No("The mailbox is open to be read only", "NOPERM")
    uids = _uids(session, ranges, by_uid=by_uid)
    modified: list[int] = []
    for start in range(0, len(uids), 1000):
        some = uids[start : start + 1000]
        stored: Stored = yield Store(place.id, some, action, flags, unless)
        note(session, stored)
        modified += stored.modified
        for uid, said, modseq in stored.rows:
            if not silent:
                session.tell_flags(uid, said, modseq, with_uid=by_uid)
            elif session.condstore and (at := place.place(uid)) is not None:
                session.tell_keywords(said)
                words = f"UID {uid} " if by_uid else ""
                session.say(f"* {at + 1} FETCH ({words}MODSEQ ({modseq}))")
    if modified:
        known = (uid if by_uid else (place.place(uid) or 0) + 1 for uid in modified)
        yield from session.done(
            tag, f"[MODIFIED {compact(sorted(known))}] Some were changed", expunges=by_uid
        )
        return
    yield from session.done(tag, "Stored", expunges=by_uid)


# ----- expunge


@command("EXPUNGE", State.SELECTED)
def expunge(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.3
    args.end()
    yield from _expunge(session, tag, None)


@command("UID EXPUNGE", State.SELECTED)
def uid_expunge(session: Session, tag: str, args: Reader) -> Steps:  # RFC 4315 §2.1
    args.skip(b" EXPUNGE")
    args.space()
    ranges = args.sequence_set()
    args.end()
    yield from _expunge(session, tag, _uids(session, ranges, by_uid=True))


def _expunge(session: Session, tag: str, uids: list[int] | None) -> Steps:
    place = session.place
    if place.read_only:
        raise No("The mailbox is open to be read only", "NOPERM")
    yield Expunge(place.id, uids)
    yield from session.updates(ask=True)
    session.say(f"{tag} OK Expunged")


@command("CLOSE", State.SELECTED)
def close(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.2
    args.end()
    if not session.place.read_only:
        yield Expunge(session.place.id)
    yield from session.close_mailbox()
    session.say(f"{tag} OK Closed")


@command("CHECK", State.SELECTED)
def check_(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.1
    args.end()
    yield from session.updates(ask=True)
    session.say(f"{tag} OK All is on disk")


# ----- copy and move


@command("COPY", State.SELECTED)
def copy(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.7
    yield from _copy(session, tag, args, by_uid=False, move=False)


@command("UID COPY", State.SELECTED)
def uid_copy(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.8
    args.skip(b" COPY")
    yield from _copy(session, tag, args, by_uid=True, move=False)


@command("MOVE", State.SELECTED)
def move(session: Session, tag: str, args: Reader) -> Steps:  # RFC 6851 §3.1
    yield from _copy(session, tag, args, by_uid=False, move=True)


@command("UID MOVE", State.SELECTED)
def uid_move(session: Session, tag: str, args: Reader) -> Steps:  # RFC 6851 §3.2
    args.skip(b" MOVE")
    yield from _copy(session, tag, args, by_uid=True, move=True)


def _copy(session: Session, tag: str, args: Reader, *, by_uid: bool, move: bool) -> Steps:
    args.space()
    ranges = args.sequence_set()
    args.space()
    name = args.mailbox()
    args.end()
    place = session.place
    if move and place.read_only:
        raise No("The mailbox is open to be read only", "NOPERM")
    uids = _uids(session, ranges, by_uid=by_uid)
    try:
        check(name)
    except BadName:
        raise No("There is no such mailbox", "TRYCREATE") from None
    if not uids:
        yield from session.done(tag, "Nothing was there")
        return
    copied: Copied = yield Copy(place.id, uids, name, move)
    sources, copies = compact(copied.sources), compact(copied.copies)
    code = f"[COPYUID {copied.uid_validity} {sources} {copies}]" if sources else ""  # RFC 4315 §3
    if move:
        session.say(f"* OK {code} Moved".replace("  ", " "))
        yield from session.updates(ask=True)
        session.say(f"{tag} OK Moved")
        return
    yield from session.updates(expunges=by_uid, ask=place.name == name)
    session.say(f"{tag} OK {code} Copied".replace("  ", " "))


# ----- search


@command("SEARCH", State.SELECTED)
def search(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.4
    yield from _search(session, tag, args, by_uid=False)


@command("UID SEARCH", State.SELECTED)
def uid_search(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.4.8
    args.skip(b" SEARCH")
    yield from _search(session, tag, args, by_uid=True)


def _search(session: Session, tag: str, args: Reader, *, by_uid: bool) -> Steps:
    args.space()
    returned: tuple[str, ...] | None = None
    if args.skip(b"RETURN "):  # RFC 4731 §3.1
        returned = args.words() or ("ALL",)
        if set(returned) - {"MIN", "MAX", "ALL", "COUNT"}:
            raise Bad("that cannot be returned")
        args.space()
    try:
        program = searching.program(args)
    except searching.BadCharset:
        raise No("Say it in UTF-8", f"BADCHARSET ({' '.join(searching.CHARSETS)})") from None
    args.end()
    place = session.place
    counts = searching.uses_modseq(program)
    if counts:
        session.count_changes()

    def spans(key: Key) -> tuple[tuple[int, int], ...]:
        if isinstance(key, Recent):
            return ((place.recent_from, 0xFFFFFFFF),)
        assert isinstance(key, Numbers)
        return spans_of(place.uids, chosen(key.ranges, place.uids, by_uid=key.by_uid))

    found: list[tuple[int, int]] = yield Search(
        place.id, searching.settle(program, spans), place.uids
    )
    known, at = [], 0
    for uid, modseq in found:  # both in order
        at = bisect_left(place.uids, uid, at)
        if at < len(place.uids) and place.uids[at] == uid:
            known.append((uid, modseq, at))
    numbers = [uid if by_uid else at + 1 for uid, _, at in known]
    told = known
    if returned and not set(returned) & {"ALL", "COUNT"}:  # RFC 4731 §3.2: of those that are named
        told = (
            ([known[0]] * ("MIN" in returned) + [known[-1]] * ("MAX" in returned)) if known else []
        )
    highest = max((modseq for _, modseq, _ in told), default=0) if counts else 0
    if returned is None:
        words = ["* SEARCH", *map(str, numbers)]
        if highest:
            words.append(f"(MODSEQ {highest})")
        session.say(" ".join(words))
    else:
        session.say(_extended(tag, numbers, returned, highest, by_uid=by_uid))
    yield from session.done(tag, "Searched", expunges=by_uid)


def _extended(
    tag: str, numbers: list[int], returned: tuple[str, ...], highest: int, *, by_uid: bool
) -> str:
    words = [f'* ESEARCH (TAG "{tag}")'] + (["UID"] if by_uid else [])
    for each in returned:
        if each == "COUNT":
            words.append(f"COUNT {len(numbers)}")
        elif numbers:
            values = {"MIN": str(numbers[0]), "MAX": str(numbers[-1]), "ALL": compact(numbers)}
            words.append(f"{each} {values[each]}")
    if highest:
        words.append(f"MODSEQ {highest}")
    return " ".join(words)


# ----- wait


@command("IDLE", SIGNED_IN)
def idle(session: Session, tag: str, args: Reader) -> Steps:  # RFC 2177 §3
    args.end()
    session.say("+ Waiting")
    yield from session.updates(ask=True)
    session.idling = True
    lines = session.line()
    try:
        while True:
            try:
                waiting = next(lines)
            except StopIteration as end:
                said = end.value
                break
            yield waiting
            yield from session.updates()
    finally:
        session.idling = False
    if said.upper() != b"DONE":
        raise Bad("DONE is what ends waiting")
    yield from session.done(tag, "Waited")
