"""Searches: what the database decides, and what is read for the rest.  What each key means: tests/roles."""

from __future__ import annotations

from forecourt.planes.mail.imap.grammar import Reader
from forecourt.planes.mail.imap.searching import And, Flag, Text, program
from forecourt.platform.mail import searching


def test_rows_decide_as_much_as_they_can() -> None:
    wanted = program(Reader(b"SEEN (SUBJECT x BODY pay) OR FLAGGED TEXT y"))
    by_rows, rest = searching.split(wanted)
    assert Flag("\\Seen") in by_rows.keys and len(by_rows.keys) == 2
    assert Text("pay", whole=False) in rest and len(rest) == 2


def test_conditions_inside_others_are_found() -> None:
    wanted = program(Reader(b"OR (FLAGGED NOT ANSWERED) TEXT y"))
    found = searching.row_keys([wanted])
    assert set(found) == {Flag("\\Flagged"), Flag("\\Answered")}


def test_texts_are_found_in_what_readers_see() -> None:
    content = (
        b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"R3LDvMOfZQ==\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"caf=E9 and m=\r\nore\r\n--b\r\nContent-Type: image/png\r\n\r\nneedle\r\n--b\r\n"
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ndeep\r\n--b--\r\n"
    )

    def found(text: str, *, whole: bool = False) -> bool:
        return searching.found_in(content, text, whole=whole)

    assert found("grüße") and found("more") and found("inner") and found("deep")
    assert not found("needle") and not found("outer") and found("outer", whole=True)


def test_percent_and_underscore_are_themselves() -> None:
    sql = searching.Sql(0)
    assert sql.of(And(())) == "1 = 1"
    assert searching.escaped("100%_!") == "100!%!_!!"
