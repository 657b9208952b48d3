"""A session whose questions are answered out of a dictionary."""

from __future__ import annotations

from array import array
from typing import Any

from forecourt.planes.mail.imap import questions as q
from forecourt.planes.mail.imap.session import Session, Settings

STATE = q.State(1, 99, 8, 20, 3, 2, 1, 300)
LISTED = [q.Listed("INBOX", True), q.Listed("a/b", False), q.Listed("Sent", True, "\\Sent")]


class Play:
    """What a client says and hears; questions are kept."""

    def __init__(self, **answers: Any) -> None:
        self.session = Session(Settings("mail.test", 1000, cleartext=True), tls=False)
        self.questions: list[Any] = []
        self.answers: dict[str, Any] = {
            "Mailboxes": LISTED,
            "Status": STATE,
            "Open": q.Opened(STATE, array("I", [2, 5, 7]), ("$Work",), 5, 7),
            "Changes": q.Changed(20, (), (), ()),
            "Append": (99, 8),
            "Quota": (2048, 1 << 20),
            "Fetch": [q.Row(5, " ", 20)],
            "Search": [(5, 20)],
            **answers,
        }

    def say(self, *lines: str, piece: int = 1 << 20) -> list[str]:
        sent = "".join(f"{line}\r\n" for line in lines).encode()
        said = b""
        for start in range(0, max(len(sent), 1), piece):
            self.session.receive(sent[start : start + piece])
            said += self.run()
        return said.decode().split("\r\n")[:-1]

    def run(self) -> bytes:
        while (question := self.session.next()) is not None:
            self.questions.append(question)
            answer = self.answers.get(type(question).__name__)
            if isinstance(answer, Exception):
                self.session.refuse(answer)
            else:
                self.session.answer(answer)
        return self.session.outgoing()

    def selected(self) -> Play:
        self.say("a LOGIN u p", "b SELECT INBOX")
        self.questions.clear()
        return self
