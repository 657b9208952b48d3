"""What SMTP's two sides share: replies and envelopes (RFC 5321 §4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    text: str
    status: str = ""  # enhanced, as 2.1.5: RFC 3463

    @property
    def positive(self) -> bool:
        return self.code < 400

    @property
    def permanent(self) -> bool:
        return self.code >= 500

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.status, self.text) if part)

    def lines(self) -> bytes:
        words = f"{self.status} " if self.status else ""
        lines = self.text.split("\n")
        marks = ["-"] * (len(lines) - 1) + [" "]
        said = (
            f"{self.code}{mark}{words}{line}\r\n" for mark, line in zip(marks, lines, strict=True)
        )
        return "".join(said).encode()


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    notify: str = ""  # NEVER, or of SUCCESS, FAILURE, DELAY (RFC 3461 §4.1)
    original: str = ""  # ORCPT


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: str  # empty: the null reverse-path
    recipients: tuple[Recipient, ...]
    eight_bit: bool = False
    utf8: bool = False
    ret: str = ""  # FULL or HDRS (RFC 3461 §4.3)
    envid: str = ""


@dataclass(slots=True)
class Peer:
    """Whom we talk to."""

    address: str
    helo: str = ""
    extended: bool = False
    tls: str = ""  # version and cipher; empty in the clear
    user: str = ""  # who signed in
    identity: object = field(default=None, repr=False)  # what the shell knows of the user

    @property
    def protocol(self) -> str:
        """As Received: says it (RFC 3848)."""
        if not self.extended:
            return "SMTP"
        return "ESMTP" + ("S" if self.tls else "") + ("A" if self.user else "")
