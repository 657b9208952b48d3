"""An IMAP4rev1 session (RFC 3501): what may be said when, and what a session knows of its mailbox.

Commands are in `access` (signing in), `folders` (mailboxes) and `messages`; each is a function of the
session and its arguments that asks the shell (`questions`) and says lines.  `COMMANDS` is the table of
what is allowed in which state.  A shell that learns that the selected mailbox changed calls `stir`.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag

from forecourt.planes.mail import mime
from forecourt.planes.mail.conversation import PIECE, BareNewline, Conversation, Steps, TooLong

from .grammar import Bad, Reader
from .questions import Changed, Changes, Closed, No, StartTls

LITERAL = re.compile(rb"~?\{(\d{1,10})(\+?)\}\Z")
LONGEST_COMMAND = 256 * 1024  # bytes, its literals among them; an APPEND's message apart
LONGEST_BEFORE = 8 * 1024  # before somebody signed in
OVERRUN = 2  # times the size limit that are read of a message nobody wants
ERRORS = 50  # BAD answers after which we hang up


class State(IntFlag):  # RFC 3501 §3
    NOT_AUTHENTICATED = 1
    AUTHENTICATED = 2
    SELECTED = 4


ANY = State.NOT_AUTHENTICATED | State.AUTHENTICATED | State.SELECTED
SIGNED_IN = State.AUTHENTICATED | State.SELECTED


@dataclass(frozen=True, slots=True)
class Settings:
    host: str
    size: int = 40 * 1024 * 1024  # bytes of a message
    starttls: bool = True
    cleartext: bool = False  # whether passwords are taken without TLS


@dataclass(slots=True)
class Selected:
    """The mailbox that is looked at, as the client has been told of it."""

    id: int
    name: str
    read_only: bool
    uids: array[int]
    modseq: int
    recent_from: int
    keywords: set[str] = field(default_factory=set)

    def place(self, uid: int) -> int | None:
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else None


class Hangup(Exception):
    """The session ends here; the text is said with BYE."""


class Session(Conversation):
    longest = 64 * 1024

    def __init__(self, settings: Settings, *, tls: bool) -> None:
        self.settings, self.tls = settings, tls
        self.state = State.NOT_AUTHENTICATED
        self.selected: Selected | None = None
        self.condstore = False  # whether MODSEQ is told with flags: RFC 7162 §3.1
        self.idling = False
        self.errors = 0
        self._stirred = False
        super().__init__()

    @property
    def place(self) -> Selected:
        assert self.selected is not None
        return self.selected

    def stir(self) -> None:
        """The selected mailbox may have changed."""
        self._stirred = True

    def secured(self) -> None:
        self.tls = True

    def capabilities(self) -> str:
        words = ["IMAP4rev1", "LITERAL+", "SASL-IR", "ID", "ENABLE"]
        if self.state is State.NOT_AUTHENTICATED:
            if self.settings.starttls and not self.tls:
                words.append("STARTTLS")
            if self.tls or self.settings.cleartext:
                words += ["AUTH=PLAIN", "AUTH=LOGIN"]
            else:
                words.append("LOGINDISABLED")
        else:
            words += [
                "IDLE", "NAMESPACE", "CHILDREN", "SPECIAL-USE", "CREATE-SPECIAL-USE", "LIST-EXTENDED",
                "LIST-STATUS", "STATUS=SIZE", "UIDPLUS", "MOVE", "UNSELECT", "CONDSTORE", "QUOTA",
                "QUOTA=RES-STORAGE", "ESEARCH", "WITHIN", f"APPENDLIMIT={self.settings.size}",
            ]  # fmt: skip
        return " ".join(words)

    def converse(self) -> Steps:
        self.say(f"* OK [CAPABILITY {self.capabilities()}] {self.settings.host} is ready")
        while not self.closed:
            try:
                yield from self._command()
            except Hangup as end:
                self.say(f"* BYE {end}")
                self.closed = True
            except (TooLong, BareNewline):
                self.say("* BYE That is no line of IMAP")
                self.closed = True

    def _command(self) -> Steps:
        line = yield from self.line()
        tag, _, rest = line.partition(b" ")
        if not TAG.match(tag):
            self._bad("*", "a tag is missing")
            return
        label = tag.decode()
        try:
            verb, command = self._find(rest)
            if verb == "APPEND":
                yield from command(self, label, rest[len(verb) :])
                return
            whole = yield from self._whole(rest)
            args = Reader(whole)
            args.skip(verb.encode())
            yield from command(self, label, args)
        except Bad as problem:
            self._bad(label, str(problem))
        except No as refusal:
            code = f"[{refusal.code}] " if refusal.code else ""
            yield from self.updates(expunges=False)
            self.say(f"{label} NO {code}{refusal}")

    def _find(self, rest: bytes) -> tuple[str, Command]:
        words = rest.split(b" ", 2)
        verb = words[0].decode("ascii", "replace").upper()
        if verb == "UID" and len(words) > 1:
            verb = f"UID {words[1].decode('ascii', 'replace').upper()}"
        if (found := COMMANDS.get(verb)) is None:
            raise Bad("there is no such command")
        states, command = found
        if not states & self.state:
            raise Bad("that is not allowed now")
        return verb, command

    def _whole(self, line: bytes) -> Steps:
        """A command with its literals in place."""
        parts = [line]
        size = len(line)
        while (matched := LITERAL.search(parts[-1])) is not None:
            count, at_once = int(matched[1]), bool(matched[2])
            size += count
            if size > (LONGEST_COMMAND if self.state & SIGNED_IN else LONGEST_BEFORE):
                if at_once:  # what follows cannot be told from commands
                    raise Hangup("That literal is too long")
                raise Bad("that literal is too long")
            if not at_once:
                self.say("+ OK")
            literal = yield from self.take(count)
            following = yield from self.line()
            size += len(following)
            parts += [b"\r\n", literal, following]
        return b"".join(parts)

    def literal(self, size: int, *, at_once: bool, piece: Callable[[bytes], object]) -> Steps:
        """A message's bytes, large ones handed over in pieces; what is left of it."""
        if not at_once:
            self.say("+ OK")
        gathered: list[bytes] = []
        held = 0
        while size:
            part = yield from self.some(min(size, PIECE))
            size -= len(part)
            gathered.append(part)
            held += len(part)
            if held >= PIECE and size:
                yield piece(b"".join(gathered))
                gathered, held = [], 0
        return b"".join(gathered)

    def swallow(self, size: int) -> Steps:
        """A literal that is of no use."""
        if size > OVERRUN * self.settings.size:
            raise Hangup("That is too much")
        while size:
            size -= len((yield from self.some(min(size, PIECE))))

    def secure(self) -> Steps:
        if self.waiting:  # commands in the clear that would count as said in TLS
            raise Hangup("Nothing may follow STARTTLS in the clear")
        yield StartTls()

    def done(self, tag: str, text: str, *, expunges: bool = True) -> Steps:
        """A command is carried out: say what changed meanwhile, and that."""
        yield from self.updates(expunges=expunges)
        self.say(f"{tag} OK {text}")

    def close_mailbox(self) -> Steps:
        if self.selected is not None:
            self.selected, self.state = None, State.AUTHENTICATED
            yield Closed()

    # ----- what changed

    def updates(self, *, expunges: bool = True, ask: bool = False) -> Steps:
        """Tell of the selected mailbox what the client has not been told (RFC 3501 §5.2, §7.4.1)."""
        if self.selected is None or not (ask or self._stirred):
            return
        if not expunges:
            return  # numbers may not move while commands by number are under way: later
        self._stirred = False
        place = self.selected
        changed: Changed = yield Changes(place.id, place.modseq)
        if changed.deleted:
            raise Hangup("The mailbox is gone")
        self.tell(changed)

    def tell(self, changed: Changed) -> None:
        place = self.place
        place.modseq = max(changed.modseq, place.modseq)
        self.tell_gone(changed.gone)
        new = [uid for uid in changed.uids if not place.uids or uid > place.uids[-1]]
        if new:
            place.uids.extend(new)
            self.say(f"* {len(place.uids)} EXISTS")
            recent = len(place.uids) - bisect_left(place.uids, place.recent_from)
            self.say(f"* {recent} RECENT")
        fresh = set(new)
        for uid, flags, modseq in changed.flags:
            if uid not in fresh:
                self.tell_flags(uid, flags, modseq)

    def tell_gone(self, uids: tuple[int, ...]) -> None:
        place = self.place
        for uid in sorted(uids, reverse=True):
            if (at := place.place(uid)) is not None:
                del place.uids[at]
                self.say(f"* {at + 1} EXPUNGE")

    def count_changes(self) -> None:
        """From here on MODSEQ is told with flags (RFC 7162 §3.1)."""
        if not self.condstore and self.selected is not None:
            self.say(f"* OK [HIGHESTMODSEQ {self.selected.modseq}] Changes are counted")
        self.condstore = True

    def tell_flags(self, uid: int, flags: str, modseq: int, *, with_uid: bool = False) -> None:
        place = self.place
        if (at := place.place(uid)) is None:
            return
        self.tell_keywords(flags)
        parts = [f"UID {uid}"] if with_uid or self.condstore else []
        parts.append(f"FLAGS ({self.shown(uid, flags)})")
        if self.condstore:
            parts.append(f"MODSEQ ({modseq})")
        self.say(f"* {at + 1} FETCH ({' '.join(parts)})")

    def tell_keywords(self, flags: str) -> None:
        """Flags the client has not seen are told first (RFC 3501 §7.2.6)."""
        if flags in KEYWORDLESS:
            return
        new = {flag for flag in flags.split() if flag[0] != "\\"} - self.place.keywords
        if new:
            self.place.keywords |= new
            self.say(f"* FLAGS ({self.known_flags()})")

    def known_flags(self) -> str:
        return " ".join((*SYSTEM_FLAGS, *sorted(self.place.keywords)))

    def shown(self, uid: int, flags: str) -> str:
        found = flags.strip()
        if uid >= self.place.recent_from:
            found = f"{found} \\Recent".strip()
        return found

    def _bad(self, tag: str, text: str) -> None:
        self.say(f"{tag} BAD {text}")
        self.errors += 1
        if self.errors >= ERRORS:
            raise Hangup("Too many errors")


SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
KEYWORDLESS = (" ", " \\Seen ")  # as most are
TAG = re.compile(rb"[\x21-\x7e]{1,64}\Z")
Command = Callable[..., Steps]
COMMANDS: dict[str, tuple[State, Command]] = {}
string = mime.string


def command(verb: str, states: State) -> Callable[[Command], Command]:
    """Enter a function into the table of commands."""

    def enter(function: Command) -> Command:
        COMMANDS[verb] = states, function
        return function

    return enter
