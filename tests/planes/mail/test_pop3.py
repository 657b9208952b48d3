"""POP3 by transcript: what the client says (C:), what we answer (S:)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from forecourt.planes.mail.pop3 import (
    Entry,
    Login,
    No,
    Quit,
    Retrieve,
    Session,
    Settings,
    StartTls,
)

MAIL = {"1.1": b"Subject: hi\r\n\r\n.dotted\r\nmore\r\n", "1.7": b"Subject: yo\r\n\r\nbye\r\n"}
DROP = [Entry(uid, len(content)) for uid, content in MAIL.items()]
SIGN_IN = b"USER ada\r\nPASS secret\r\n"


def run(sent: bytes, piece: int = 4096, **settings: Any) -> tuple[str, list[Any], Session]:
    """Play the shell: feed `sent` in pieces, answer every question."""
    session = Session(Settings("mail.test", **{"cleartext": True, **settings}), tls=False)
    output, questions = b"", []
    for start in range(0, max(len(sent), 1), piece):
        session.receive(sent[start : start + piece])
        while (question := session.next()) is not None:
            questions.append(question)
            match question:
                case Login(_, "secret"):
                    session.answer(DROP)
                case Login():
                    session.refuse(No("wrong", "AUTH"))
                case Retrieve(id):
                    session.answer(MAIL[id])
                case StartTls():
                    session.secured()
        output += session.outgoing()
    return output.decode(), questions, session


def chat(transcript: str) -> list[Any]:
    """Check a dialogue.  Everything the client says is sent at once: pipelining is the normal case."""
    lines = [line.strip() for line in transcript.strip().splitlines()]
    sent, expected = (
        "".join(f"{x[3:]}\r\n" for x in lines if x.startswith(side)) for side in ("C:", "S:")
    )
    output, questions, _ = run(sent.encode())
    assert output == "+OK mail.test is ready\r\n" + expected
    return questions


def test_deletes_happen_only_at_quit() -> None:
    questions = chat(
        """
        C: USER ada
        S: +OK
        C: PASS secret
        S: +OK 2 messages
        C: DELE 1
        S: +OK marked
        C: LIST
        S: +OK
        S: 2 20
        S: .
        C: RETR 1
        S: -ERR no such message
        C: QUIT
        S: +OK bye
        """
    )
    assert questions == [Login("ada", "secret"), Quit(deleted=("1.1",))]


def test_without_quit_nothing_is_deleted() -> None:
    _, questions, _ = run(SIGN_IN + b"DELE 1\r\n")
    assert questions == [Login("ada", "secret")]


def test_rset_takes_deletions_back() -> None:
    output, questions, _ = run(SIGN_IN + b"DELE 1\r\nRSET\r\nSTAT\r\nQUIT\r\n")
    assert "+OK 2 50\r\n" in output and questions == [Login("ada", "secret")]


def test_leading_dots_are_doubled() -> None:
    output, _, _ = run(SIGN_IN + b"RETR 1\r\n")
    assert output.endswith("+OK 30 octets\r\nSubject: hi\r\n\r\n..dotted\r\nmore\r\n.\r\n")


def test_top_is_the_header_and_some_lines() -> None:
    output, _, _ = run(SIGN_IN + b"TOP 1 1\r\nTOP 1 0\r\nTOP 1\r\n")
    assert (
        "+OK\r\nSubject: hi\r\n\r\n..dotted\r\n.\r\n+OK\r\nSubject: hi\r\n\r\n.\r\n-ERR" in output
    )


def test_ids_hold_for_ever() -> None:
    output, _, _ = run(SIGN_IN + b"UIDL\r\nUIDL 2\r\n")
    assert output.endswith("+OK\r\n1 1.1\r\n2 1.7\r\n.\r\n+OK 2 1.7\r\n")


@pytest.mark.parametrize("line", ["STAT", "RETR 1", "NOSUCH", "", "PASS secret", "USER"])
def test_before_signing_in_little_is_allowed(line: str) -> None:
    output, _, _ = run(line.encode() + b"\r\n")
    assert output.splitlines()[1].startswith("-ERR")


@pytest.mark.parametrize(
    "line", ["RETR 3", "RETR 0", "RETR x", "RETR -1", "DELE 99999999999", "TOP 1 x"]
)
def test_what_is_not_there_is_an_error(line: str) -> None:
    output, _, _ = run(SIGN_IN + line.encode() + b"\r\n")
    assert output.splitlines()[-1].startswith("-ERR")


def test_a_wrong_password_can_be_tried_again() -> None:
    output, _, _ = run(b"USER ada\r\nPASS no\r\n" + SIGN_IN)
    assert output.splitlines()[1:] == ["+OK", "-ERR [AUTH] wrong", "+OK", "+OK 2 messages"]


@pytest.mark.parametrize(
    "lines",
    [
        [b"AUTH PLAIN " + b64encode(b"\0ada\0secret")],
        [b"AUTH PLAIN", b64encode(b"\0ada\0secret")],
        [b"AUTH LOGIN", b64encode(b"ada"), b64encode(b"secret")],
    ],
)
def test_each_way_of_signing_in(lines: list[bytes]) -> None:
    output, questions, _ = run(b"".join(line + b"\r\n" for line in lines))
    assert questions == [Login("ada", "secret")] and output.endswith("+OK 2 messages\r\n")


def test_passwords_are_for_tls_alone() -> None:
    output, questions, _ = run(b"CAPA\r\n" + SIGN_IN, cleartext=False)
    assert "STLS\r\n" in output and "\r\nUSER\r\n" not in output and questions == []


def test_tls_can_be_turned_to() -> None:
    output, questions, _ = run(b"STLS\r\n", cleartext=False)
    assert questions == [StartTls()] and output.endswith("+OK go ahead\r\n")


def test_nothing_follows_stls_in_the_clear() -> None:
    output, questions, session = run(b"STLS\r\nCAPA\r\n")
    assert questions == [] and session.closed and "-ERR" in output


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_how_the_bytes_are_cut_does_not_matter(piece: int) -> None:
    script = SIGN_IN + b"LIST\r\nRETR 2\r\nDELE 2\r\nRSET\r\nSTAT\r\nQUIT\r\n"
    assert run(script, piece)[:2] == run(script)[:2]


def test_a_line_without_an_end_is_given_up() -> None:
    output, _, session = run(b"USER " + b"a" * 5000)
    assert session.closed and "-ERR" in output


def test_after_many_errors_we_hang_up() -> None:
    _, _, session = run(b"X\r\n" * 30)
    assert session.closed


def test_the_password_stays_out_of_logs() -> None:
    assert "secret" not in repr(Login("ada", "secret"))
