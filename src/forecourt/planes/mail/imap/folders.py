"""Mailboxes as a whole: list, make, select, ask how they stand, quota (RFC 3501 §6.3)."""

from __future__ import annotations

from collections.abc import Iterable

from forecourt.planes.mail.conversation import Steps
from forecourt.planes.mail.mime import string

from . import names
from .grammar import Bad, Reader
from .names import DELIMITER, INBOX, BadName
from .questions import (
    Create,
    Delete,
    Listed,
    Mailboxes,
    No,
    Open,
    Opened,
    Quota,
    Rename,
    Status,
    Subscribe,
)
from .session import SIGNED_IN, Selected, Session, State, command

SPECIAL = (
    "\\All",
    "\\Archive",
    "\\Drafts",
    "\\Flagged",
    "\\Junk",
    "\\Sent",
    "\\Trash",
)  # RFC 6154 §2
ITEMS = (
    "MESSAGES",
    "RECENT",
    "UIDNEXT",
    "UIDVALIDITY",
    "UNSEEN",
    "HIGHESTMODSEQ",
    "SIZE",
    "APPENDLIMIT",
)


def quoted(name: str) -> bytes:
    return string(names.encode(name))


# ----- select


@command("SELECT", SIGNED_IN)
def select(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.1
    yield from _open(session, tag, args, read_only=False)


@command("EXAMINE", SIGNED_IN)
def examine(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.2
    yield from _open(session, tag, args, read_only=True)


def _open(session: Session, tag: str, args: Reader, *, read_only: bool) -> Steps:
    args.space()
    name = args.mailbox()
    if args.skip(b" "):  # RFC 4466 §2.1, RFC 7162 §3.1.8
        if args.words() != ("CONDSTORE",):
            raise Bad("that is not known here")
        session.condstore = True  # the mailbox's is told below
    args.end()
    yield from session.close_mailbox()
    opened: Opened = yield Open(name, read_only)
    state = opened.state
    session.selected = Selected(
        state.id,
        name,
        read_only,
        opened.uids,
        state.modseq,
        opened.recent_from,
        set(opened.keywords),
    )
    session.state = State.SELECTED
    session.say(f"* FLAGS ({session.known_flags()})")
    lasting = "" if read_only else f"{session.known_flags()} \\*"
    session.say(f"* OK [PERMANENTFLAGS ({lasting})] Flags that are kept")
    session.say(f"* {len(opened.uids)} EXISTS")
    session.say(f"* {state.recent} RECENT")
    if opened.first_unseen and (at := session.selected.place(opened.first_unseen)) is not None:
        session.say(f"* OK [UNSEEN {at + 1}] The first that was not seen")
    session.say(f"* OK [UIDVALIDITY {state.uid_validity}] UIDs hold")
    session.say(f"* OK [UIDNEXT {state.uid_next}] The next UID")
    session.say(f"* OK [HIGHESTMODSEQ {state.modseq}] Changes are counted")
    session.say(f"{tag} OK [{'READ-ONLY' if read_only else 'READ-WRITE'}] Selected")


@command("UNSELECT", State.SELECTED)
def unselect(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3691 §2
    args.end()
    yield from session.close_mailbox()
    session.say(f"{tag} OK Unselected")


@command("STATUS", SIGNED_IN)
def status(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.10
    args.space()
    name = args.mailbox()
    args.space()
    wanted = _status_items(args)
    args.end()
    yield from _status(session, name, wanted)
    yield from session.done(tag, "Status is told")


def _status_items(args: Reader) -> tuple[str, ...]:
    wanted = args.words()
    if not wanted or set(wanted) - set(ITEMS):
        raise Bad("that cannot be asked")
    return wanted


def _status(session: Session, name: str, wanted: Iterable[str]) -> Steps:
    found = yield Status(name)
    if "HIGHESTMODSEQ" in wanted:
        session.count_changes()
    known = {
        "MESSAGES": found.messages,
        "RECENT": found.recent,
        "UIDNEXT": found.uid_next,
        "UIDVALIDITY": found.uid_validity,
        "UNSEEN": found.unseen,
        "HIGHESTMODSEQ": found.modseq,
        "SIZE": found.size,
        "APPENDLIMIT": session.settings.size,
    }
    said = " ".join(f"{item} {known[item]}" for item in wanted)
    session.say(b"* STATUS %b (%b)" % (quoted(name), said.encode()))


# ----- list


@command("LIST", SIGNED_IN)
def list_(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.8, RFC 5258
    args.space()
    selection: tuple[str, ...] = ()
    if args.peek() == b"(":
        selection = tuple(word.lstrip("\\") for word in _options(args))
        args.space()
    reference = args.mailbox()
    args.space()
    patterns, extended = [], bool(selection)
    if args.skip(b"("):
        extended = True
        patterns.append(args.list_mailbox())
        while args.skip(b" "):
            patterns.append(args.list_mailbox())
        args.expect(b")")
    else:
        patterns.append(args.list_mailbox())
    wanted: tuple[str, ...] = ()
    special = "SPECIAL-USE" in selection
    if args.skip(b" RETURN "):
        extended = True
        args.expect(b"(")
        while not args.skip(b")"):
            if args.skip(b"STATUS "):  # RFC 5819 §2
                wanted = _status_items(args)
            elif not any(args.skip(each) for each in (b"SUBSCRIBED", b"CHILDREN", b"SPECIAL-USE")):
                raise Bad("that cannot be returned")
            args.skip(b" ")
    args.end()
    if set(selection) - {"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"}:
        raise Bad("that cannot be selected by")
    recursive = "RECURSIVEMATCH" in selection
    if recursive and not set(selection) & {"SUBSCRIBED", "SPECIAL-USE"}:  # RFC 5258 §3.1
        raise Bad("RECURSIVEMATCH goes with what is to be matched")
    if patterns == [""] and not extended:
        session.say(b'* LIST (\\Noselect) "%b" ""' % DELIMITER.encode())
        yield from session.done(tag, "That is the delimiter")
        return
    known: list[Listed] = yield Mailboxes()
    everything = with_parents(known)
    matchers = [names.pattern(reference, each) for each in patterns]

    def fits(each: Listed) -> bool:
        if "SUBSCRIBED" in selection and not each.subscribed:
            return False
        return bool(each.special) or not special

    def named(each: Listed) -> bool:
        return any(matcher.match(each.name) for matcher in matchers)

    for each in filter(named, everything):
        below = [one for one in below_of(each, everything) if fits(one)] if recursive else []
        if not fits(each) and all(map(named, below)):
            continue
        if not each.exists and "SUBSCRIBED" not in selection and not is_parent(each, everything):
            continue
        line = _line(b"LIST", each, everything, subscribed=extended)
        if below and "SUBSCRIBED" in selection:  # RFC 5258 §3.5
            line += b' (CHILDINFO ("SUBSCRIBED"))'
        session.say(line)
        if wanted and each.exists:
            yield from _status(session, each.name, wanted)
    yield from session.done(tag, "Mailboxes are listed")


def _options(args: Reader) -> tuple[str, ...]:
    args.expect(b"(")
    found = []
    while not args.skip(b")"):
        args.skip(b"\\")
        found.append(args.word())
        args.skip(b" ")
    return tuple(found)


@command("LSUB", SIGNED_IN)
def lsub(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.9
    args.space()
    reference = args.mailbox()
    args.space()
    wanted = names.pattern(reference, args.list_mailbox())
    args.end()
    known: list[Listed] = yield Mailboxes()
    subscribed = [each for each in known if each.subscribed]
    told = {each.name: each for each in subscribed if wanted.match(each.name)}
    for each in subscribed:
        if each.name not in told:
            for parent in filter(wanted.match, names.parents(each.name)):
                told.setdefault(parent, Listed(parent, False, exists=False))
    for name in sorted(told):
        session.say(_line(b"LSUB", told[name], known, subscribed=False))
    yield from session.done(tag, "Subscriptions are listed")


def with_parents(known: list[Listed]) -> list[Listed]:
    """The mailboxes, and the levels above them that are none themselves."""
    there = {each.name: each for each in known}
    for each in known:
        if each.exists:
            for parent in names.parents(each.name):
                there.setdefault(parent, Listed(parent, False, exists=False))
    return [there[name] for name in sorted(there, key=lambda n: (n != INBOX, n))]


def is_parent(one: Listed, known: list[Listed]) -> bool:
    return any(each.exists for each in below_of(one, known))


def below_of(one: Listed, known: list[Listed]) -> Iterable[Listed]:
    return (each for each in known if each.name.startswith(one.name + DELIMITER))


def _line(verb: bytes, each: Listed, known: list[Listed], *, subscribed: bool) -> bytes:
    words = ["\\HasChildren" if is_parent(each, known) else "\\HasNoChildren"]
    if not each.exists:
        words.append("\\NonExistent" if subscribed else "\\Noselect")
    if each.special:
        words.append(each.special)
    if subscribed and each.subscribed:
        words.append("\\Subscribed")
    return b'* %b (%b) "%b" %b' % (
        verb,
        " ".join(words).encode(),
        DELIMITER.encode(),
        quoted(each.name),
    )


@command("NAMESPACE", SIGNED_IN)
def namespace(session: Session, tag: str, args: Reader) -> Steps:  # RFC 2342 §5
    args.end()
    session.say(f'* NAMESPACE (("" "{DELIMITER}")) NIL NIL')
    yield from session.done(tag, "Done")


# ----- make and unmake


@command("CREATE", SIGNED_IN)
def create(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.3
    args.space()
    name = _new_name(args.mailbox().removesuffix(DELIMITER))
    special = ""
    if args.skip(b" (USE ("):  # RFC 6154 §3
        wanted = "\\" + args.flag().removeprefix("\\").capitalize()
        args.expect(b"))")
        if wanted not in SPECIAL:
            raise No("There is no such use", "USEATTR")
        special = wanted
    args.end()
    if name == INBOX:
        raise No("INBOX is always there", "ALREADYEXISTS")
    yield Create(name, special)
    yield from session.done(tag, "Created")


def _new_name(name: str) -> str:
    try:
        return names.check(name)
    except BadName:
        raise No("No mailbox can have that name", "CANNOT") from None


@command("DELETE", SIGNED_IN)
def delete(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.4
    args.space()
    name = args.mailbox()
    args.end()
    if name == INBOX:
        raise No("INBOX stays", "CANNOT")
    if session.selected is not None and session.selected.name == name:
        yield from session.close_mailbox()
    yield Delete(name)
    yield from session.done(tag, "Deleted")


@command("RENAME", SIGNED_IN)
def rename(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.5
    args.space()
    name = args.mailbox()
    args.space()
    to = _new_name(args.mailbox().removesuffix(DELIMITER))
    args.end()
    if to == name or to.startswith(name + DELIMITER):
        raise No("A mailbox cannot be put into itself", "CANNOT")
    if to == INBOX:
        raise No("INBOX is always there", "ALREADYEXISTS")
    yield Rename(name, to)
    yield from session.done(tag, "Renamed")


@command("SUBSCRIBE", SIGNED_IN)
def subscribe(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.6
    args.space()
    name = _new_name(args.mailbox())
    args.end()
    yield Subscribe(name, True)
    yield from session.done(tag, "Subscribed")


@command("UNSUBSCRIBE", SIGNED_IN)
def unsubscribe(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.3.7
    args.space()
    name = args.mailbox()
    args.end()
    yield Subscribe(name, False)
    yield from session.done(tag, "Unsubscribed")


# ----- quota


@command("GETQUOTAROOT", SIGNED_IN)
def get_quota_root(session: Session, tag: str, args: Reader) -> Steps:  # RFC 9208 §4.2
    args.space()
    name = args.mailbox()
    args.end()
    yield Status(name)
    session.say(b'* QUOTAROOT %b ""' % quoted(name))
    yield from _quota(session)
    yield from session.done(tag, "Quota is told")


@command("GETQUOTA", SIGNED_IN)
def get_quota(session: Session, tag: str, args: Reader) -> Steps:  # RFC 9208 §4.1
    args.space()
    root = args.astring()
    args.end()
    if root:
        raise No("There is no such quota root", "NONEXISTENT")
    yield from _quota(session)
    yield from session.done(tag, "Quota is told")


@command("SETQUOTA", SIGNED_IN)
def set_quota(session: Session, tag: str, args: Reader) -> Steps:  # RFC 9208 §4.3
    raise No("Quotas are the operator's", "NOPERM")
    yield


def _quota(session: Session) -> Steps:
    used, most = yield Quota()
    session.say(f'* QUOTA "" (STORAGE {-(-used // 1024)} {most // 1024})')
