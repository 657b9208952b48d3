"""SMTP, the side that sends (RFC 5321): one connection, one message after the other.

The shell starts `open`, `starttls`, `hello`, `sign_in`, `send` and `quit` one after the other, each a
dialogue of its own (`start`); after `send`, `outcome` tells what was said of each recipient.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from .conversation import BareNewline, Conversation, Steps, TooLong, dot_stuffed
from .smtp import Envelope, Recipient, Reply

STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |\Z)")
MOST_LINES = 100
LONGEST_REPLY = 1000


class Broken(Exception):
    """The peer does not speak SMTP, or went away."""


class Failed(Exception):
    """The whole connection, or the message for all recipients, came to this reply."""

    def __init__(self, reply: Reply, step: str) -> None:
        super().__init__(f"{step}: {reply}")
        self.reply, self.step = reply, step


@dataclass(slots=True)
class Outcome:
    """What the peer said of each recipient."""

    replies: dict[Recipient, Reply] = field(default_factory=dict)


class Session(Conversation):
    longest = 4096  # more than RFC 5321 §4.5.3.1.5 has: some say much

    def __init__(self, host: str) -> None:
        self.host = host
        self.extensions: dict[str, str] = {}
        self.outcome = Outcome()
        super().__init__()

    def converse(self) -> Steps:
        yield from ()

    def start(self, steps: Steps) -> None:
        """The next dialogue of the same connection."""
        self._steps, self.closed = steps, False

    # ----- dialogues

    def open(self) -> Steps:  # RFC 5321 §3.1
        greeting = yield from self._reply()
        if greeting.code != 220:
            raise Failed(greeting, "greeting")
        yield from self.hello()

    def hello(self) -> Steps:  # RFC 5321 §4.1.1.1
        self.say(f"EHLO {self.host}")
        reply = yield from self._reply()
        if not reply.positive:
            self.extensions = {}
            self.say(f"HELO {self.host}")
            reply = yield from self._reply()
            if not reply.positive:
                raise Failed(reply, "HELO")
            return
        lines = (line.partition(" ") for line in reply.text.split("\n")[1:])
        self.extensions = {word.upper(): rest for word, _, rest in lines}

    def starttls(self) -> Steps:  # RFC 3207 §4
        self.say("STARTTLS")
        reply = yield from self._reply()
        if reply.code != 220:
            raise Failed(reply, "STARTTLS")
        if self.waiting:
            raise Broken("there was more than an answer to STARTTLS")

    def sign_in(self, user: str, password: str) -> Steps:  # RFC 4616 §2
        secret = b64encode(f"\0{user}\0{password}".encode()).decode()
        self.say(f"AUTH PLAIN {secret}")
        reply = yield from self._reply()
        if not reply.positive:
            raise Failed(reply, "AUTH")

    def send(self, envelope: Envelope, content: Iterable[bytes], size: int) -> Steps:
        """One message; `outcome` has the reply for each recipient.  Failed, Broken."""
        self.outcome = Outcome()
        pipelined = "PIPELINING" in self.extensions
        self._check(envelope, size)
        self.say(self._mail(envelope, size))
        if not pipelined:
            yield from self._accepted("MAIL FROM")
        for recipient in envelope.recipients:
            self.say(self._rcpt(recipient))
            if not pipelined:
                self.outcome.replies[recipient] = yield from self._final()
        if pipelined:  # RFC 2920 §3.1
            sent = yield from self._final()
            for recipient in envelope.recipients:
                said = yield from self._final()
                self.outcome.replies[recipient] = said if sent.positive else sent
            if not sent.positive:
                return
        taken = [each for each, reply in self.outcome.replies.items() if reply.positive]
        if not taken:
            self.say("RSET")
            yield from self._reply()
            return
        self.say("DATA")
        reply = yield from self._reply()
        if reply.code == 354:
            yield from self._content(content)
            reply = yield from self._final()
        elif reply.positive:
            raise Broken(f"DATA was answered {reply}")
        for recipient in taken:
            self.outcome.replies[recipient] = reply

    def quit(self) -> Steps:  # RFC 5321 §4.1.1.10
        self.say("QUIT")
        yield from self._reply()

    def _final(self) -> Steps:
        """A reply that ends its command: one that asks for more is none (RFC 5321 §4.2.1)."""
        reply = yield from self._reply()
        if reply.positive and not 200 <= reply.code < 300:
            raise Broken(f"out of step: {reply}")
        return reply

    def _accepted(self, step: str) -> Steps:
        reply = yield from self._final()
        if not reply.positive:
            raise Failed(reply, step)

    def _content(self, content: Iterable[bytes]) -> Steps:
        """The content with dots doubled, a part at a time, so that a part never ends inside a line end."""
        rest = b""
        start = True
        for piece in content:
            rest += piece
            cut = rest.rfind(b"\r\n")
            if cut <= 0:
                continue
            self._output += self._stuffed(rest[:cut], start=start)
            rest, start = rest[cut:], False
            yield FLUSH
        if start:
            self._output += dot_stuffed(rest)
            return
        self._output += rest.replace(b"\r\n.", b"\r\n..")
        self._output += b".\r\n" if rest.endswith(b"\r\n") else b"\r\n.\r\n"

    def _stuffed(self, part: bytes, *, start: bool) -> bytes:
        part = part.replace(b"\r\n.", b"\r\n..")
        return b"." + part if start and part.startswith(b".") else part

    def _check(self, envelope: Envelope, size: int) -> None:
        """What the peer is known not to take."""
        limit = self.extensions.get("SIZE", "")
        if limit.isdecimal() and 0 < int(limit) < size:  # RFC 1870 §6
            raise Failed(Reply(552, "The message is too large for the next host", "5.3.4"), "SIZE")
        if envelope.utf8 and "SMTPUTF8" not in self.extensions:  # RFC 6531 §3.5
            raise Failed(Reply(550, "The next host does not take SMTPUTF8", "5.6.7"), "SMTPUTF8")

    def _mail(self, envelope: Envelope, size: int) -> str:
        words = [f"MAIL FROM:<{envelope.sender}>"]
        if "SIZE" in self.extensions:
            words.append(f"SIZE={size}")
        if envelope.eight_bit and "8BITMIME" in self.extensions:
            words.append("BODY=8BITMIME")
        if envelope.utf8:
            words.append("SMTPUTF8")
        if "DSN" in self.extensions:  # RFC 3461 §4
            words += [f"RET={envelope.ret}"] if envelope.ret else []
            words += [f"ENVID={envelope.envid}"] if envelope.envid else []
        return " ".join(words)

    def _rcpt(self, recipient: Recipient) -> str:
        words = [f"RCPT TO:<{recipient.address}>"]
        if "DSN" in self.extensions:
            words += [f"NOTIFY={recipient.notify}"] if recipient.notify else []
            words += [f"ORCPT={recipient.original}"] if recipient.original else []
        return " ".join(words)

    def _reply(self) -> Steps:
        lines: list[str] = []
        while True:
            try:
                line = (yield from self.line()).decode("utf-8", "replace")
            except (TooLong, BareNewline) as error:
                raise Broken(f"not a reply of SMTP: {type(error).__name__}") from None
            if len(line) < 3 or not line[:3].isdecimal() or line[3:4] not in ("", " ", "-"):
                raise Broken(f"not a reply of SMTP: {line[:80]!r}")
            lines.append(line)
            if line[3:4] != "-":
                break
            if len(lines) >= MOST_LINES:
                raise Broken("a reply without an end")
        code, texts = int(lines[-1][:3]), [line[4:] for line in lines]
        if not 200 <= code < 600:  # RFC 5321 §4.2.1
            raise Broken(f"not a reply of SMTP: {lines[-1][:80]!r}")
        matched = STATUS.match(texts[0])
        status = matched[1] if matched else ""
        if status:
            texts = [
                text[len(status) :].strip() if text.startswith(status) else text for text in texts
            ]
        reply = Reply(code, "\n".join(texts)[:LONGEST_REPLY], status)
        if code == 421:  # RFC 5321 §3.8: it closes, whatever was asked
            raise Failed(reply, "connection")
        return reply


class Flush:
    """The shell writes what is to be written, and waits until the peer has room."""


FLUSH = Flush()
