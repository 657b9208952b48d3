"""A POP3 session without I/O (RFC 1939; CAPA: RFC 2449, STLS: RFC 2595, AUTH: RFC 5034).

Questions: Login, answered by the maildrop's Entries or refused with `No`; Retrieve, by the message;
Quit, once what was marked is to go; StartTls.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from .conversation import BareNewline, Conversation, Steps, TooLong, dot_stuffed
from .mime import header_end

ERRORS = 20  # after which we hang up


class State(Enum):  # RFC 1939 §3; its UPDATE state is what the shell does on Quit
    AUTHORIZATION = auto()
    TRANSACTION = auto()


@dataclass(frozen=True, slots=True)
class Settings:
    host: str
    starttls: bool = True
    cleartext: bool = False  # whether passwords are taken without TLS


@dataclass(frozen=True, slots=True)
class Entry:
    id: str  # unique for ever in its maildrop: RFC 1939 §7, UIDL
    size: int


@dataclass(frozen=True, slots=True)
class Login:  # Sequence[Entry]
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Retrieve:  # bytes
    id: str


@dataclass(frozen=True, slots=True)
class Quit:  # None
    deleted: tuple[str, ...]  # ids


@dataclass(frozen=True, slots=True)
class StartTls:  # None
    pass


class No(Exception):
    """Answered -ERR; the session goes on.  A code as RFC 3206 has them, as SYS/TEMP."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(f"[{code}] {text}" if code else text)


class Session(Conversation):
    longest = 4096  # 255 are a command's (RFC 2449 §4); authentication takes more

    def __init__(self, settings: Settings, *, tls: bool) -> None:
        self.settings, self.tls = settings, tls
        self.state = State.AUTHORIZATION
        self.errors = 0
        self._user = ""
        self._drop: Sequence[Entry] = ()
        self._deleted: set[int] = set()
        super().__init__()

    def secured(self) -> None:
        """TLS is on: what was said before counts no more (RFC 2595 §4)."""
        self.tls, self._user = True, ""

    def converse(self) -> Steps:
        self._ok(f"{self.settings.host} is ready")
        while not self.closed:
            try:
                line = yield from self.line()
                yield from self._command(line)
            except No as refusal:
                self._failed(str(refusal))
            except (TooLong, BareNewline):
                self._failed("that is no line of POP3")
                self.closed = True

    def _command(self, line: bytes) -> Steps:
        verb, _, argument = line.decode("utf-8", "replace").partition(" ")
        if (command := COMMANDS[self.state].get(verb.upper())) is None:
            raise No("unknown command, or not allowed now")
        yield from command(self, argument)

    # ----- before signing in

    def capa(self, _: str) -> Steps:  # RFC 2449 §5
        self._ok("what can be done")
        words = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"]
        if self.tls or self.settings.cleartext:
            words += ["USER", "SASL PLAIN LOGIN"]
        if self.settings.starttls and not self.tls:
            words.append("STLS")
        words.append("IMPLEMENTATION Forecourt")
        for word in words:
            self.say(word)
        self.say(".")
        yield from ()

    def stls(self, _: str) -> Steps:  # RFC 2595 §4
        if self.tls or not self.settings.starttls:
            raise No("TLS is not to be had here")
        if self.waiting:  # commands in the clear that would count as said in TLS
            self._failed("nothing may follow STLS in the clear")
            self.closed = True
            return
        self._ok("go ahead")
        yield StartTls()

    def user(self, name: str) -> Steps:  # RFC 1939 §7
        self._over_tls()
        if not name:
            raise No("a name is missing")
        self._user = name
        self._ok()
        yield from ()

    def pass_(self, password: str) -> Steps:  # RFC 1939 §7: spaces belong to the password
        if not self._user:
            raise No("USER first")
        user, self._user = self._user, ""
        yield from self._sign_in(user, password)

    def auth(self, argument: str) -> Steps:  # RFC 5034 §4
        if not argument:
            self._ok("mechanisms")
            for word in ("PLAIN", "LOGIN", "."):
                self.say(word)
            return
        self._over_tls()
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() == "PLAIN":
            parts = decoded(initial or (yield from self._challenge(""))).split("\0")
            if len(parts) != 3 or parts[0] not in ("", parts[1]):
                raise No("nobody may act for another", "AUTH")
            user, password = parts[1], parts[2]
        elif mechanism.upper() == "LOGIN":
            user = decoded(initial or (yield from self._challenge("VXNlcm5hbWU6")))
            password = decoded((yield from self._challenge("UGFzc3dvcmQ6")))
        else:
            raise No("there is no such mechanism")
        yield from self._sign_in(user, password)

    def _challenge(self, text: str) -> Steps:
        self.say(f"+ {text}")
        line = yield from self.line()
        if line == b"*":
            raise No("authentication is cancelled")
        return line.decode("ascii", "replace")

    def _sign_in(self, user: str, password: str) -> Steps:
        self._over_tls()
        self._drop = yield Login(user, password)
        self.state = State.TRANSACTION
        self._ok(f"{len(self._drop)} messages")

    def _over_tls(self) -> None:
        if not self.tls and not self.settings.cleartext:
            raise No("passwords are taken over TLS alone", "AUTH")

    # ----- the maildrop

    def stat(self, _: str) -> Steps:  # RFC 1939 §5
        kept = self._kept()
        self._ok(f"{len(kept)} {sum(entry.size for _, entry in kept)}")
        yield from ()

    def list_(self, number: str) -> Steps:  # RFC 1939 §5
        yield from self._each(number, lambda entry: str(entry.size))

    def uidl(self, number: str) -> Steps:  # RFC 1939 §7
        yield from self._each(number, lambda entry: entry.id)

    def _each(self, number: str, show: Callable[[Entry], str]) -> Steps:
        if number:
            at = self._find(number)
            self._ok(f"{at + 1} {show(self._drop[at])}")
        else:
            self._ok()
            for at, entry in self._kept():
                self.say(f"{at + 1} {show(entry)}")
            self.say(".")
        yield from ()

    def retr(self, number: str) -> Steps:  # RFC 1939 §5
        entry = self._drop[self._find(number)]
        content: bytes = yield Retrieve(entry.id)
        self._ok(f"{entry.size} octets")
        self._output += dot_stuffed(content)

    def top(self, argument: str) -> Steps:  # RFC 1939 §7
        number, _, count = argument.partition(" ")
        if not count.isdecimal() or len(count) > 10:
            raise No("a number of lines is missing")
        content: bytes = yield Retrieve(self._drop[self._find(number)].id)
        body = header_end(content)
        lines = content[body:].split(b"\r\n", int(count))[: int(count)]
        self._ok()
        self._output += dot_stuffed(content[:body] + b"".join(line + b"\r\n" for line in lines))

    def dele(self, number: str) -> Steps:  # RFC 1939 §5
        self._deleted.add(self._find(number))
        self._ok("marked")
        yield from ()

    def rset(self, _: str) -> Steps:  # RFC 1939 §5
        self._deleted.clear()
        self._ok()
        yield from ()

    def noop(self, _: str) -> Steps:  # RFC 1939 §5
        self._ok()
        yield from ()

    def quit(self, _: str) -> Steps:  # RFC 1939 §4, §6
        if self._deleted:
            yield Quit(tuple(self._drop[at].id for at in sorted(self._deleted)))
        self._ok("bye")
        self.closed = True

    def _kept(self) -> list[tuple[int, Entry]]:
        return [(at, e) for at, e in enumerate(self._drop) if at not in self._deleted]

    def _find(self, number: str) -> int:
        at = int(number) - 1 if number.isdecimal() and len(number) < 10 else -1
        if not 0 <= at < len(self._drop) or at in self._deleted:
            raise No("no such message")
        return at

    def _ok(self, text: str = "") -> None:
        self.say(f"+OK {text}".rstrip())

    def _failed(self, text: str) -> None:
        self.say(f"-ERR {text}")
        self.errors += 1
        if self.errors >= ERRORS:
            self.closed = True


def decoded(text: str) -> str:
    try:
        return b64decode("" if text == "=" else text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise No("that is not base64") from None


Command = Callable[[Session, str], Steps]
COMMANDS: dict[State, dict[str, Command]] = {
    State.AUTHORIZATION: {
        "CAPA": Session.capa,
        "STLS": Session.stls,
        "USER": Session.user,
        "PASS": Session.pass_,
        "AUTH": Session.auth,
        "QUIT": Session.quit,
    },
    State.TRANSACTION: {
        "CAPA": Session.capa,
        "STAT": Session.stat,
        "LIST": Session.list_,
        "UIDL": Session.uidl,
        "RETR": Session.retr,
        "TOP": Session.top,
        "DELE": Session.dele,
        "RSET": Session.rset,
        "NOOP": Session.noop,
        "QUIT": Session.quit,
    },
}
