"""Messages wherever they lie, as JSON."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.mail.looking import Arrived, document, find, like
from tests.harness import World

FOUND = Arrived(1, 2, 0.0, 3, "c", "bob@people.test", "INBOX")


def test_patterns() -> None:
    assert like("A_b%c!") == "%a!_b!%c!!%"


def test_a_document() -> None:
    said = document(
        FOUND,
        b"Subject: =?utf-8?q?h=C3=A4?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/html; charset=none-such\r\n\r\n<b>\r\n--b\r\nContent-Type: text/plain\r\n"
        b'Content-Disposition: attachment; filename="a.txt"\r\n\r\nx\r\n--b--\r\n',
    )
    assert (said["Id"], said["Subject"], said["Attachments"]) == ("1.2", "hä", ["a.txt"])


@given(st.binary(max_size=200))
def test_whatever_lies_there(content: bytes) -> None:
    for head in (b"", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"):
        document(FOUND, head + content)


def test_what_cannot_be_found(world: World) -> None:
    for id in ("99999999999999999999.1", "x", "1", "²." * 3, "1." + "9" * 40):
        assert world.store.read_now(find, id) is None
    assert document(FOUND, b"To: " + b"(" * 3000 + b"\r\n\r\n")["To"] == ""
