"""A dialogue as a generator: bytes come as they like, questions are asked one at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.mail.conversation import (
    BareNewline,
    Conversation,
    Refused,
    Steps,
    TooLong,
    dot_stuffed,
)


class Echo(Conversation):
    """Says each line back, after asking how."""

    longest = 20

    def converse(self) -> Steps:
        while True:
            try:
                line = yield from self.line()
                if line == b"take":
                    line = yield from self.take(5)
                self.say((yield line))
            except Refused:
                self.say("refused")
            except TooLong:
                self.say("too long")
                return
            except BareNewline:
                self.say("bare")
                return


def run(sent: bytes, piece: int) -> tuple[bytes, list[Any]]:
    session, said, asked = Echo(), b"", []
    for start in range(0, len(sent), piece):
        session.receive(sent[start : start + piece])
        while (question := session.next()) is not None:
            asked.append(question)
            if question == b"no":
                session.refuse(Refused())
            else:
                session.answer(question.upper())
        said += session.outgoing()
    return said, asked


@pytest.mark.parametrize("piece", [1, 2, 5, 100])
def test_answers_go_back_into_the_dialogue(piece: int) -> None:
    said, asked = run(b"one\r\nno\r\ntake\r\n12\r\n5three\r\n", piece)
    assert said == b"ONE\r\nrefused\r\n12\r\n5\r\nTHREE\r\n"
    assert asked == [b"one", b"no", b"12\r\n5", b"three"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [(b"x" * 21, b"too long\r\n"), (b"x" * 30 + b"\r\n", b"too long\r\n"), (b"a\n", b"bare\r\n"),
     (b"a\rb\r\n", b"bare\r\n"), (b"\r\r\n", b"bare\r\n")],
)  # fmt: skip
def test_a_line_has_its_bounds_and_its_end(sent: bytes, said: bytes) -> None:
    assert run(sent, 7)[0] == said


def test_a_session_that_ended_says_nothing() -> None:
    session = Echo()
    session.receive(b"a\n")
    assert session.next() is None and session.closed
    session.receive(b"more\r\n")
    assert session.next() is None and session.outgoing() == b"bare\r\n"


@given(st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a"]), max_size=6), st.booleans())
def test_dots_are_doubled_and_the_end_is_a_line(lines: list[bytes], ended: bool) -> None:
    content = b"\r\n".join(lines) + (b"\r\n" if ended and lines else b"")
    stuffed = dot_stuffed(content)
    assert stuffed.endswith(b".\r\n")
    body = stuffed.removesuffix(b".\r\n")
    undone = [line.removeprefix(b".") for line in body.split(b"\r\n")]
    assert b"\r\n".join(undone) in (content, content + b"\r\n")
    assert not any(line == b"." for line in body.split(b"\r\n"))
