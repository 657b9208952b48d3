"""SMTP, the side that receives: RFC 5321, and RFC 6409 where a user submits.

Questions to the shell: Login, From, To (each answered by a Reply, or None where nothing is against
it), Piece and Message (the content, its last part with the envelope; answered by the final Reply), and
StartTls, after which the shell says `secured`.  No byte after an answered 250 is the shell's to lose.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field

from . import addresses
from .addresses import BadAddress
from .conversation import PIECE, BareNewline, Conversation, Steps, TooLong
from .smtp import Envelope, Peer, Recipient, Reply

LONGEST_COMMAND = 2048  # bytes; 512 and what extensions add: RFC 5321 §4.5.3.1.4
LONGEST_TEXT = 65_536  # bytes of a line of text; 998 is what a sender may count on: §4.5.3.1.6
ERRORS = 20  # after which we hang up
OVERRUN = 2  # times the size limit that are read of a message before we hang up


@dataclass(frozen=True, slots=True)
class Settings:
    host: str
    size: int = 40 * 1024 * 1024
    recipients: int = 100  # RFC 5321 §4.5.3.1.8
    submission: bool = False  # whether only users may send
    starttls: bool = True  # whether TLS can be had
    cleartext: bool = False  # whether passwords are taken without TLS


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class From:
    sender: str
    size: int


@dataclass(frozen=True, slots=True)
class To:
    sender: str
    address: str
    count: int  # of recipients so far


@dataclass(frozen=True, slots=True)
class Piece:
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    envelope: Envelope
    last: bytes  # what follows the pieces


@dataclass(frozen=True, slots=True)
class Dropped:
    """Pieces that were given are of no use."""


@dataclass(frozen=True, slots=True)
class StartTls:
    pass


@dataclass(slots=True)
class Transaction:
    """One message under way (RFC 5321 §3.3)."""

    sender: str | None = None  # none before MAIL
    recipients: list[Recipient] = field(default_factory=list)
    utf8: bool = False
    eight_bit: bool = False
    ret: str = ""
    envid: str = ""
    chunked: bool = False  # by BDAT
    pieces: list[bytes] = field(default_factory=list)  # of the content, not yet handed over
    gathered: int = 0  # bytes of them
    spilled: bool = False  # whether some were handed over
    size: int = 0
    begun: bool = False  # whether lines of DATA came
    cut: bool = False  # whether the last chunk ended with a CR
    bare: int = 0  # newlines of chunks that are not CRLF
    problem: Reply | None = None  # what is against the content


class Refusal(Exception):
    def __init__(self, code: int, status: str, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(code, text, status)


SEQUENCE = "Bad sequence of commands"
BARE = Reply(521, "A bare CR or LF is refused", "5.5.2")
MALFORMED = Refusal(501, "5.5.4", "Syntax error in parameters")


class Session(Conversation):
    longest = 12_288  # RFC 4954 §4: lines of an authentication

    def __init__(self, settings: Settings, peer: Peer) -> None:
        self.settings, self.peer = settings, peer
        self.errors = 0
        self._begin()
        super().__init__()

    def secured(self, tls: str) -> None:
        """TLS is on: what was said before counts no more (RFC 3207 §4.2)."""
        self.peer = Peer(self.peer.address, tls=tls)
        self._begin()

    def converse(self) -> Steps:
        self.say(f"220 {self.settings.host} ESMTP")
        while not self.closed:
            try:
                line = yield from self.line()
                if len(line) > LONGEST_COMMAND:
                    raise Refusal(500, "5.5.2", "Line too long")
                yield from self._command(line)
            except Refusal as refusal:
                self._failed(refusal.reply)
            except BareNewline:
                self._hang_up(BARE)
            except TooLong:
                self._hang_up(Reply(521, "Line too long", "5.5.2"))

    def _command(self, line: bytes) -> Steps:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise Refusal(500, "5.5.2", "Commands are UTF-8") from None
        if "\0" in text:
            raise Refusal(500, "5.5.2", "NUL is refused")
        verb, _, argument = text.partition(" ")
        if (command := COMMANDS.get(verb.upper())) is None:
            raise Refusal(500, "5.5.1", "Unknown command")
        if verb.upper() in FOR_USERS and self.settings.submission and not self.peer.user:
            raise Refusal(530, "5.7.0", "Authentication required")  # RFC 6409 §4.3
        yield from command(self, argument.strip())

    # ----- commands

    def helo(self, name: str) -> Steps:  # RFC 5321 §4.1.1.1
        self._greeted(name, extended=False)
        self._reply(250, "", self.settings.host)
        yield from ()

    def ehlo(self, name: str) -> Steps:  # RFC 5321 §4.1.1.1
        self._greeted(name, extended=True)
        offered = [self.settings.host, "PIPELINING", f"SIZE {self.settings.size}"]
        if self.settings.starttls and not self.peer.tls:
            offered.append("STARTTLS")
        if self.peer.tls or self.settings.cleartext:
            offered.append("AUTH PLAIN LOGIN")
        offered += ["ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN"]
        self._reply(250, "", "\n".join(offered))
        yield from ()

    def starttls(self, argument: str) -> Steps:  # RFC 3207 §4
        if argument:
            raise MALFORMED
        if self.peer.tls or not self.settings.starttls:
            raise Refusal(503, "5.5.1", SEQUENCE)
        if self.waiting:  # commands in the clear that would count as said in TLS: CVE-2011-0411
            self._hang_up(Reply(521, "Nothing may follow STARTTLS in the clear", "5.5.1"))
            return
        self._reply(220, "2.0.0", "Go ahead")
        yield StartTls()

    def auth(self, argument: str) -> Steps:  # RFC 4954 §4
        if self.peer.user or self._mail.sender is not None or not self.peer.extended:
            raise Refusal(503, "5.5.1", SEQUENCE)
        if not self.peer.tls and not self.settings.cleartext:
            raise Refusal(538, "5.7.11", "Encryption required for the requested authentication")
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() == "PLAIN":
            user, password = yield from self._plain(initial)
        elif mechanism.upper() == "LOGIN":
            given = initial or (yield from self._challenge("VXNlcm5hbWU6"))
            user = decoded(given).decode("utf-8", "replace")
            said = yield from self._challenge("UGFzc3dvcmQ6")
            password = decoded(said).decode("utf-8", "replace")
        else:
            raise Refusal(504, "5.5.4", "Unknown mechanism")
        reply = yield Login(user, password)
        if reply is not None and not reply.positive:
            self._failed(reply)
            return
        self.peer.user = user
        self._reply(235, "2.7.0", "Authentication successful")

    def mail(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.2
        if not self.peer.helo or self._mail.sender is not None:
            raise Refusal(503, "5.5.1", SEQUENCE)
        sender, parameters = path_of(argument, "FROM:")
        size = number(parameters.pop("SIZE", "0"))
        if size > self.settings.size:  # RFC 1870 §6.1
            raise Refusal(552, "5.3.4", "Message size exceeds fixed limit")
        body = parameters.pop("BODY", "7BIT").upper()
        if body not in ("7BIT", "8BITMIME"):
            raise Refusal(555, "5.5.4", "BODY is 7BIT or 8BITMIME")
        utf8 = parameters.pop("SMTPUTF8", None) is not None
        ret, envid = parameters.pop("RET", "").upper(), parameters.pop("ENVID", "")
        parameters.pop("AUTH", None)  # RFC 4954 §5: nobody is trusted to say it
        if parameters:
            raise Refusal(555, "5.5.4", f"{next(iter(parameters))} is not implemented")
        if ret not in ("", "FULL", "HDRS") or len(envid) > 100:  # RFC 3461 §4.3, §4.4
            raise MALFORMED
        if sender:
            check_address(sender, utf8=utf8, status="5.1.7")
        if (reply := (yield From(sender, size))) is not None:
            self._failed(reply)
            return
        self._mail.sender, self._mail.utf8, self._mail.eight_bit = sender, utf8, body == "8BITMIME"
        self._mail.ret, self._mail.envid = ret, envid
        self._reply(250, "2.1.0", "Ok")

    def rcpt(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.3
        if self._mail.sender is None or self._mail.chunked:
            raise Refusal(503, "5.5.1", SEQUENCE)
        address, parameters = path_of(argument, "TO:")
        notify, original = parameters.pop("NOTIFY", "").upper(), parameters.pop("ORCPT", "")
        if parameters:
            raise Refusal(555, "5.5.4", f"{next(iter(parameters))} is not implemented")
        words = set(notify.split(",")) if notify else set()
        if words - {"NEVER", "SUCCESS", "FAILURE", "DELAY"} or (
            "NEVER" in words and len(words) > 1
        ):
            raise MALFORMED  # RFC 3461 §4.1
        if len(original) > 500:
            raise MALFORMED
        if len(self._mail.recipients) >= self.settings.recipients:
            raise Refusal(452, "4.5.3", "Too many recipients")  # RFC 5321 §4.5.3.1.10
        if address.lower() != "postmaster":  # RFC 5321 §4.5.1
            check_address(address, utf8=self._mail.utf8, status="5.1.3")
        if (
            reply := (yield To(self._mail.sender, address, len(self._mail.recipients)))
        ) is not None:
            self._failed(reply)
            return
        self._mail.recipients.append(Recipient(address, notify, original))
        self._reply(250, "2.1.5", "Ok")

    def data(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.4
        if argument:
            raise MALFORMED
        self._ready_for_content()
        if self._mail.chunked:
            raise Refusal(503, "5.5.1", SEQUENCE)  # RFC 3030 §2
        self._reply(354, "", "End data with <CR><LF>.<CR><LF>")
        yield from self._dotted()

    def bdat(self, argument: str) -> Steps:  # RFC 3030 §2
        size, _, last = argument.partition(" ")
        if last.upper() not in ("", "LAST") or not size.isdecimal() or len(size) > 12:
            # How much follows is not known, so nothing after it can be believed.
            self._hang_up(Reply(521, "Syntax error in BDAT", "5.5.4"))
            return
        refusal = None
        try:
            self._ready_for_content()
        except Refusal as refused:
            refusal = refused
        yield from self._chunk(int(size), refusal)
        if self.closed:
            return
        if refusal is not None:
            self._failed(refusal.reply)
        elif last:
            yield from self._finish()
        else:
            self._mail.chunked = True
            self._reply(250, "2.0.0", f"{size} octets received")

    def rset(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.5
        yield from self._forget()
        self._reply(250, "2.0.0", "Ok")

    def noop(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.9
        self._reply(250, "2.0.0", "Ok")
        yield from ()

    def vrfy(self, argument: str) -> Steps:  # RFC 5321 §7.3: addresses are not told
        self._reply(252, "2.5.0", "Send some mail, and see")
        yield from ()

    def help(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.8
        self._reply(214, "2.0.0", "RFC 5321")
        yield from ()

    def quit(self, argument: str) -> Steps:  # RFC 5321 §4.1.1.10
        yield from self._forget()
        self._reply(221, "2.0.0", f"{self.settings.host} closes the connection")
        self.closed = True

    # ----- content

    def _dotted(self) -> Steps:
        """Content up to the line that is a dot.  Each part starts with the CRLF before its lines."""
        rest = b"\r\n"
        while True:
            rest += yield from self.some(PIECE)
            dot = rest.find(b"\r\n.")  # most parts have no line that begins with a dot
            end = rest.find(b"\r\n.\r\n", dot) if dot >= 0 else -1
            if end >= 0:
                self._buffer[:0] = rest[end + 5 :]
                self._gather(rest[: end + 2], dots=dot < end)
                break
            cut = rest.rfind(b"\r\n")  # where the end may begin
            if cut > 0:
                self._gather(rest[:cut], dots=dot >= 0)
                rest = rest[cut:]
            elif len(rest) > LONGEST_TEXT:
                self._mail.problem = self._mail.problem or Reply(554, "A line is too long", "5.6.0")
                self._mail.size += len(rest) - 4
                rest = rest[-4:]
            yield from self._spill()
            if self.closed:
                return
        yield from self._finish()

    def _gather(self, part: bytes, *, dots: bool) -> None:
        """Lines that are whole, with the CRLF before the first; what is against them is noted."""
        newlines = part.count(b"\r\n")
        if part.count(b"\n") != newlines or part.count(b"\r") != newlines:
            self._mail.problem, self._mail.pieces = BARE, []
        if dots:
            part = part.replace(b"\r\n.", b"\r\n")  # RFC 5321 §4.5.2
        self._keep(part if self._mail.begun else part[2:])
        self._mail.begun = True

    def _chunk(self, size: int, refusal: Refusal | None) -> Steps:
        while size:
            part = yield from self.some(min(size, PIECE))
            size -= len(part)
            if refusal is None:
                self._mail.bare += part.count(b"\n") + part.count(b"\r") - 2 * part.count(b"\r\n")
                if self._mail.cut and part.startswith(b"\n"):
                    self._mail.bare -= 2  # one CRLF, over two parts
                self._mail.cut = part.endswith(b"\r")
                self._keep(part)
                yield from self._spill()
            else:
                self._mail.size += len(part)
                if self._mail.size > OVERRUN * self.settings.size:
                    self._hang_up(Reply(521, "Too much", "5.3.4"))
            if self.closed:
                return

    def _keep(self, part: bytes) -> None:
        self._mail.size += len(part)
        if b"\0" in part:
            self._mail.problem = self._mail.problem or Reply(554, "NUL is refused", "5.6.0")
        if self._mail.size > self.settings.size:
            self._mail.problem = self._mail.problem or Reply(
                552, "Message size exceeds fixed limit", "5.3.4"
            )
        if self._mail.problem is None:
            self._mail.pieces.append(part)
            self._mail.gathered += len(part)

    def _spill(self) -> Steps:
        """Hand over what was gathered once it is much."""
        if self._mail.problem is not None and self._mail.problem.code == 521:
            yield from self._forget()
            self._hang_up(BARE)
        elif self._mail.size > OVERRUN * self.settings.size:
            yield from self._forget()
            self._hang_up(Reply(521, "Message size exceeds fixed limit", "5.3.4"))
        elif self._mail.gathered >= PIECE and self._mail.problem is None:
            data, self._mail.pieces, self._mail.gathered = b"".join(self._mail.pieces), [], 0
            self._mail.spilled = True
            problem: Reply | None = yield Piece(data)
            self._mail.problem = problem

    def _finish(self) -> Steps:
        content, problem = b"".join(self._mail.pieces), self._mail.problem
        if self._mail.bare:
            problem = BARE
        if problem is None:
            envelope = Envelope(
                self._mail.sender or "",
                tuple(self._mail.recipients),
                self._mail.eight_bit,
                self._mail.utf8,
                self._mail.ret,
                self._mail.envid,
            )
            self._mail.spilled = False
            reply: Reply = yield Message(envelope, content)
            self._begin()
            self._output += reply.lines()
            return
        yield from self._forget()
        if problem.code == 521:
            self._hang_up(problem)
        else:
            self._failed(problem)

    def _ready_for_content(self) -> None:
        if self._mail.sender is None:
            raise Refusal(503, "5.5.1", SEQUENCE)
        if not self._mail.recipients:
            raise Refusal(554, "5.5.1", "No valid recipients")

    def _forget(self) -> Steps:
        if self._mail.spilled:
            yield Dropped()
        self._begin()

    def _begin(self) -> None:
        self._mail = Transaction()

    # ----- replies

    def _greeted(self, name: str, *, extended: bool) -> None:
        if not name or " " in name or len(name) > 255:
            raise MALFORMED
        self.peer.helo, self.peer.extended = name, extended
        self._begin()

    def _plain(self, initial: str) -> Steps:  # RFC 4616 §2
        given = initial or (yield from self._challenge(""))
        parts = decoded(given).split(b"\0")
        if len(parts) != 3:
            raise MALFORMED
        try:
            identity, user, password = (part.decode() for part in parts)
        except UnicodeDecodeError:
            raise MALFORMED from None
        if identity not in ("", user):
            raise Refusal(535, "5.7.8", "Nobody may act for another")
        return user, password

    def _challenge(self, text: str) -> Steps:
        self.say(f"334 {text}")
        line = yield from self.line()
        if line == b"*":  # RFC 4954 §4
            raise Refusal(501, "5.7.0", "Authentication cancelled")
        return line.decode("ascii", "replace")

    def _reply(self, code: int, status: str, text: str) -> None:
        self._output += Reply(code, text, status).lines()

    def _failed(self, reply: Reply) -> None:
        self._output += reply.lines()
        self.errors += 1
        if self.errors >= ERRORS:
            self._hang_up(Reply(421, f"{self.settings.host} Too many errors", "4.7.0"))

    def _hang_up(self, reply: Reply) -> None:
        self._output += reply.lines()
        self.closed = True


Command = Callable[[Session, str], Steps]
COMMANDS: dict[str, Command] = {
    "HELO": Session.helo,
    "EHLO": Session.ehlo,
    "STARTTLS": Session.starttls,
    "AUTH": Session.auth,
    "MAIL": Session.mail,
    "RCPT": Session.rcpt,
    "DATA": Session.data,
    "BDAT": Session.bdat,
    "RSET": Session.rset,
    "NOOP": Session.noop,
    "VRFY": Session.vrfy,
    "HELP": Session.help,
    "QUIT": Session.quit,
}
FOR_USERS = frozenset(("MAIL", "RCPT", "DATA", "BDAT"))
PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\x80-\U0010ffff]+))?\Z")


def path_of(argument: str, word: str) -> tuple[str, dict[str, str]]:
    """The address after FROM: or TO:, and the parameters that follow (RFC 5321 §4.1.2)."""
    if argument[: len(word)].upper() != word:
        raise MALFORMED
    try:
        address, rest = addresses.path(argument[len(word) :].lstrip())
    except BadAddress:
        raise MALFORMED from None
    parameters = {}
    for each in rest.split():
        if (matched := PARAMETER.match(each)) is None:
            raise MALFORMED
        parameters[matched[1].upper()] = matched[2] or ""
    return address, parameters


def check_address(address: str, *, utf8: bool, status: str) -> None:
    try:
        addresses.split(address)
    except BadAddress:
        raise Refusal(553, status, "That is no address") from None
    if not address.isascii() and not utf8:  # RFC 6531 §3.2
        raise Refusal(553, "5.6.7", "Addresses beyond ASCII need SMTPUTF8")


def number(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 20:
        raise MALFORMED
    return int(text)


def decoded(text: str) -> bytes:
    if text == "=":  # RFC 4954 §4: an empty response
        return b""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(501, "5.5.2", "That is not base64") from None
