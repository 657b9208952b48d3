"""SMTP by transcript: what the client says (C:), what we answer (S:), and how the bytes are cut."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from forecourt.planes.mail.smtp import Envelope, Peer, Recipient, Reply
from forecourt.planes.mail.smtp_server import (
    Dropped,
    From,
    Login,
    Message,
    Piece,
    Session,
    Settings,
    StartTls,
    To,
)

GREETING = "220 mx.test ESMTP\r\n"
HELLO = b"EHLO client.test\r\n"
OPENED = HELLO + b"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n"


class Shell:
    """Answers every question, and keeps what came."""

    def __init__(self, **settings: Any) -> None:
        self.session = Session(
            Settings("mx.test", **{"cleartext": True, **settings}), Peer("192.0.2.1")
        )
        self.questions: list[Any] = []
        self.messages: list[tuple[Envelope, bytes]] = []
        self._pieces = b""

    def say(self, sent: bytes, piece: int = 1 << 20) -> str:
        said = b""
        for start in range(0, max(len(sent), 1), piece):
            self.session.receive(sent[start : start + piece])
            while (question := self.session.next()) is not None:
                self.session.answer(self.answer(question))
            said += self.session.outgoing()
        return said.decode()

    def answer(self, question: Any) -> Reply | None:
        self.questions.append(question)
        match question:
            case Login(_, password):
                return None if password == "secret" else Reply(535, "wrong", "5.7.8")
            case To(_, address, _) if address.startswith("nobody"):
                return Reply(550, "nobody", "5.1.1")
            case Piece(data):
                self._pieces += data
            case Dropped():
                self._pieces = b""
            case Message(envelope, last):
                self.messages.append((envelope, self._pieces + last))
                self._pieces = b""
                return Reply(250, "Ok 1", "2.0.0")
            case StartTls():
                self.session.secured("TLSv1.3 X")
        return None


def codes(said: str) -> list[str]:
    return [line[:3] for line in said.split("\r\n") if line[3:4] == " "]


def test_a_message_is_taken() -> None:
    shell = Shell()
    said = shell.say(OPENED + b"DATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n")
    assert said.startswith(GREETING)
    assert codes(said) == ["220", "250", "250", "250", "354", "250", "221"]
    ((envelope, content),) = shell.messages
    assert envelope == Envelope("a@b.test", (Recipient("c@d.test"),))
    assert content == b"Subject: x\r\n\r\n.dot\r\n"


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 11])
def test_how_the_bytes_are_cut_does_not_matter(piece: int) -> None:
    text = b"..first\r\n..\r\n\r\n...\r\n\r\n"
    sent = OPENED + b"DATA\r\n" + text + b"last\r\n.\r\nNOOP\r\nQUIT\r\n"
    whole, cut = Shell(), Shell()
    assert whole.say(sent) == cut.say(sent, piece)
    assert whole.messages == cut.messages
    assert whole.messages[0][1] == b".first\r\n.\r\n\r\n..\r\n\r\nlast\r\n"


def test_an_empty_message_is_one() -> None:
    shell = Shell()
    shell.say(OPENED + b"DATA\r\n.\r\n")
    assert shell.messages[0][1] == b""


# Ends of data that some servers take for one and others do not: what smuggles a second message.
SMUGGLED = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n\n.\r\n", b"\r\n\n.\r\n",
    b"\r\n.\r\r\n", b"\n.\r\r\n", b"\r\r\n.\r\r\n", b"\x00\r\n.\n",
]  # fmt: skip


@pytest.mark.parametrize("end", SMUGGLED, ids=repr)
@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_a_second_message_cannot_be_smuggled(end: bytes, piece: int) -> None:
    shell = Shell()
    second = b"MAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nsmuggled\r\n.\r\n"
    said = shell.say(OPENED + b"DATA\r\nfirst" + end + second, piece)
    assert shell.messages == []
    assert codes(said)[-1] == "521"
    assert shell.session.closed


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r"])
def test_commands_end_with_crlf_alone(line: bytes) -> None:
    shell = Shell()
    said = shell.say(HELLO + line + b"NOOP\r\n")
    assert codes(said)[-1] == "521" and shell.session.closed


def test_nul_is_refused() -> None:
    shell = Shell()
    said = shell.say(OPENED + b"DATA\r\na\0b\r\n.\r\nNOOP\r\n")
    assert codes(said)[-2:] == ["554", "250"] and shell.messages == []


def test_a_gigabyte_without_a_newline_is_given_up() -> None:
    shell = Shell(size=1 << 20)
    shell.say(OPENED + b"DATA\r\n")
    chunk = b"x" * (1 << 18)
    said = ""
    for _ in range(4096):
        said += shell.say(chunk)
        assert shell.session.waiting <= 2 * len(chunk)
        if shell.session.closed:
            break
    assert shell.session.closed and codes(said) == ["521"]
    assert not any(isinstance(each, Piece) for each in shell.questions)


def test_a_command_without_an_end_is_given_up() -> None:
    shell = Shell()
    assert codes(shell.say(b"EHLO " + b"x" * 20_000))[-1] == "521"
    assert shell.session.closed


def test_a_message_above_the_limit_is_552_and_the_session_goes_on() -> None:
    shell = Shell(size=100)
    said = shell.say(OPENED + b"DATA\r\n" + b"x" * 70 + b"\r\n" + b"y" * 70 + b"\r\n.\r\nNOOP\r\n")
    assert codes(said)[-2:] == ["552", "250"] and shell.messages == []


def test_a_declared_size_above_the_limit_is_refused_at_once() -> None:
    said = Shell(size=100).say(HELLO + b"MAIL FROM:<a@b.test> SIZE=101\r\n")
    assert codes(said)[-1] == "552"


def test_more_recipients_than_allowed_are_put_off() -> None:
    shell = Shell(recipients=3)
    shell.say(HELLO + b"MAIL FROM:<a@b.test>\r\n")
    said = shell.say(b"".join(b"RCPT TO:<c%d@d.test>\r\n" % n for n in range(100_000)))
    assert codes(said)[:4] == ["250", "250", "250", "452"]
    assert codes(said)[-1] == "421" and len(codes(said)) < 30 and shell.session.closed


def test_some_recipients_may_be_refused() -> None:
    shell = Shell()
    said = shell.say(OPENED + b"RCPT TO:<nobody@d.test>\r\nDATA\r\nx\r\n.\r\n")
    assert codes(said)[-4:] == ["250", "550", "354", "250"]
    assert shell.messages[0][0].recipients == (Recipient("c@d.test"),)


def test_without_recipients_there_is_no_data() -> None:
    said = Shell().say(HELLO + b"MAIL FROM:<a@b.test>\r\nRCPT TO:<nobody@d.test>\r\nDATA\r\n")
    assert codes(said)[-2:] == ["550", "554"]


@pytest.mark.parametrize(
    "line", [b"MAIL FROM:<a@b.test>", b"RCPT TO:<a@b.test>", b"DATA", b"BDAT 3 LAST\r\nabc"]
)
def test_out_of_order_is_503(line: bytes) -> None:
    assert codes(Shell().say(line + b"\r\n"))[1] == "503"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MAIL FROM:a@b.test", "501"), ("MAIL FROM:<a@b.test> X=1", "555"), ("MAIL FROM:<a b>", "553"),
        ("MAIL FROM:<@x,@y:a@b.test>", "250"), ("MAIL FROM:<>", "250"), ("MAIL FROM:<a@b.test> BODY=X", "555"),
        ("MAIL FROM:<jörg@b.test>", "553"), ("MAIL FROM:<jörg@b.test> SMTPUTF8", "250"),
        ('MAIL FROM:<"a b"@b.test>', "250"), ("MAIL FROM:<a@[192.0.2.1]>", "250"),
        ("MAIL FROM:<a@-b.test>", "553"), ("MAIL FROM:<a@b.test> SIZE=x", "501"),
        ("MAIL FROM:<a@b.test> RET=FULL ENVID=x", "250"), ("MAIL FROM:<a@b.test> RET=X", "501"),
        ("VRFY a", "252"), ("HELP", "214"), ("EXPN x", "500"), ("ETRN x", "500"), ("NOOP x", "250"),
        ("EHLO", "501"), ("STARTTLS x", "501"), ("AUTH CRAM-MD5", "504"),
    ],
)  # fmt: skip
def test_each_command_has_its_answer(line: str, code: str) -> None:
    assert codes(Shell().say(HELLO + line.encode() + b"\r\n"))[-1] == code


def test_what_is_not_utf8_is_refused() -> None:
    assert codes(Shell().say(HELLO + b"MAIL FROM:<\xff@b.test>\r\n"))[-1] == "500"


def test_delivery_notices_are_noted() -> None:
    shell = Shell()
    shell.say(
        HELLO + b"MAIL FROM:<a@b.test> RET=HDRS ENVID=xx\r\n"
        b"RCPT TO:<c@d.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;c@d.test\r\nDATA\r\n.\r\n"
    )
    envelope = shell.messages[0][0]
    assert (envelope.ret, envelope.envid) == ("HDRS", "xx")
    assert envelope.recipients == (Recipient("c@d.test", "SUCCESS,FAILURE", "rfc822;c@d.test"),)


def test_never_goes_with_nothing_else() -> None:
    said = Shell().say(HELLO + b"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test> NOTIFY=NEVER,DELAY\r\n")
    assert codes(said)[-1] == "501"


def test_chunks_make_a_message() -> None:
    shell = Shell()
    said = shell.say(OPENED + b"BDAT 4\r\na\r\nbBDAT 2 LAST\r\n\r\nNOOP\r\n", 3)
    assert codes(said)[-3:] == ["250", "250", "250"]
    assert shell.messages[0][1] == b"a\r\nb\r\n"


def test_a_newline_may_lie_over_two_chunks_but_not_be_bare() -> None:
    whole, bare = Shell(), Shell()
    whole.say(OPENED + b"BDAT 2\r\na\rBDAT 1 LAST\r\n\n")
    assert whole.messages[0][1] == b"a\r\n"
    said = bare.say(OPENED + b"BDAT 3 LAST\r\na\nb")
    assert bare.messages == [] and codes(said)[-1] == "521"


def test_a_chunk_nobody_wants_is_passed_over() -> None:
    said = Shell().say(HELLO + b"BDAT 6 LAST\r\nNOOP\r\nNOOP\r\n")
    assert codes(said)[-2:] == ["503", "250"]


def test_a_size_that_is_none_ends_the_session() -> None:
    shell = Shell()
    assert codes(shell.say(OPENED + b"BDAT x\r\n"))[-1] == "521" and shell.session.closed


def test_a_large_message_comes_in_pieces() -> None:
    shell = Shell()
    body = b"".join(b"%07d\r\n" % n for n in range(200_000))
    shell.say(OPENED + b"DATA\r\n" + body + b".\r\n", 65_000)
    assert sum(isinstance(each, Piece) for each in shell.questions) > 3
    assert shell.messages[0][1] == body


def test_what_was_given_of_a_message_that_fails_is_taken_back() -> None:
    shell = Shell(size=600_000)
    shell.say(OPENED + b"DATA\r\n" + b"0123456\r\n" * 80_000 + b".\r\n", 65_000)
    assert isinstance(shell.questions[-1], Dropped) and shell.messages == []


def test_passwords_are_for_tls_alone() -> None:
    shell = Shell(cleartext=False)
    said = shell.say(HELLO + b"AUTH PLAIN AGEAc2VjcmV0\r\n")
    assert "AUTH PLAIN" not in said and codes(said)[-1] == "538"


@pytest.mark.parametrize(
    "lines",
    [
        [b"AUTH PLAIN " + b64encode(b"\0ada\0secret")],
        [b"AUTH PLAIN", b64encode(b"\0ada\0secret")],
        [b"AUTH LOGIN", b64encode(b"ada"), b64encode(b"secret")],
        [b"AUTH LOGIN " + b64encode(b"ada"), b64encode(b"secret")],
    ],
)
def test_each_way_of_signing_in(lines: list[bytes]) -> None:
    shell = Shell()
    said = shell.say(HELLO + b"".join(line + b"\r\n" for line in lines))
    assert codes(said)[-1] == "235" and shell.session.peer.user == "ada"
    assert codes(shell.say(b"AUTH PLAIN x\r\n")) == ["503"]


@pytest.mark.parametrize("line", [b"*", b"!!!", b64encode(b"ada"), b64encode(b"x\0ada\0secret")])
def test_signing_in_can_fail_in_many_ways(line: bytes) -> None:
    said = Shell().say(HELLO + b"AUTH PLAIN\r\n" + line + b"\r\n")
    assert codes(said)[-1] in ("501", "535")


def test_only_users_submit() -> None:
    shell = Shell(submission=True)
    assert codes(shell.say(HELLO + b"MAIL FROM:<a@b.test>\r\n"))[-1] == "530"
    said = shell.say(b"AUTH PLAIN " + b64encode(b"\0ada\0secret") + b"\r\nMAIL FROM:<a@b.test>\r\n")
    assert codes(said) == ["235", "250"]


def test_tls_makes_the_session_new() -> None:
    shell = Shell(cleartext=False)
    assert codes(shell.say(HELLO + b"STARTTLS\r\n"))[-1] == "220"
    assert codes(shell.say(b"MAIL FROM:<a@b.test>\r\n")) == ["503"]
    said = shell.say(HELLO)
    assert "AUTH PLAIN" in said and "STARTTLS" not in said


def test_nothing_follows_starttls_in_the_clear() -> None:
    shell = Shell()
    said = shell.say(HELLO + b"STARTTLS\r\nRSET\r\n")
    assert codes(said)[-1] == "521" and shell.session.closed


def test_after_many_errors_we_hang_up() -> None:
    shell = Shell()
    said = shell.say(b"NONSENSE\r\n" * 50)
    assert codes(said)[-1] == "421" and codes(said).count("500") == 20


def test_questions_come_in_the_order_of_the_dialogue() -> None:
    shell = Shell()
    shell.say(OPENED + b"DATA\r\nx\r\n.\r\n")
    assert [type(each) for each in shell.questions] == [From, To, Message]


def test_the_password_stays_out_of_logs() -> None:
    assert "secret" not in repr(Login("ada", "secret"))
