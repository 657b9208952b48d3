"""POP3 as the standard library speaks it: the maildrop, and what two clients do to it."""

from __future__ import annotations

import poplib
from collections.abc import Iterator

import pytest

from tests.roles.mail.conftest import ADDRESS, PASSWORD, Running
from tests.roles.mail.talking import Talk, message

ALICE = "alice@jpub.co.kr"


@pytest.fixture
def alice(mail: Running) -> Iterator[Talk]:
    mail.person(ALICE)
    with Talk(mail) as talk:
        for number in range(3):
            talk.append(message(f"number {number}", ".dot\r\n" * number))
        yield talk


def client(mail: Running) -> poplib.POP3:
    found = poplib.POP3(ADDRESS, mail.ports["pop3"])
    found.user(ALICE)
    found.pass_(PASSWORD)
    return found


def test_mail_is_downloaded_and_taken_away(mail: Running, alice: Talk) -> None:
    pop = client(mail)
    assert pop.stat()[0] == 3
    content = b"\r\n".join(pop.retr(3)[1])
    assert b"Subject: number 2" in content and content.endswith(b"\r\n.dot\r\n.dot\r\n")
    pop.dele(1)
    pop.dele(3)
    pop.quit()
    assert alice.ok("STATUS INBOX (MESSAGES)") == ['* STATUS "INBOX" (MESSAGES 1)']


def test_ids_are_the_same_in_the_next_session(mail: Running, alice: Talk) -> None:
    first, second = client(mail), client(mail)
    assert first.uidl()[1] == second.uidl()[1]
    first.dele(2)
    first.quit()
    third = client(mail)
    assert [line.split()[1] for line in third.uidl()[1]] == [
        line.split()[1] for line in (second.uidl()[1][0], second.uidl()[1][2])
    ]
    for each in (second, third):
        each.quit()


def test_what_another_session_took_away_is_an_error(mail: Running, alice: Talk) -> None:
    first, second = client(mail), client(mail)
    first.dele(1)
    first.quit()
    with pytest.raises(poplib.error_proto):
        second.retr(1)
    second.dele(1)
    second.dele(2)
    second.quit()
    assert alice.ok("STATUS INBOX (MESSAGES)") == ['* STATUS "INBOX" (MESSAGES 1)']


def test_a_wrong_password_is_refused(mail: Running, alice: Talk) -> None:
    found = poplib.POP3(ADDRESS, mail.ports["pop3"])
    found.user(ALICE)
    with pytest.raises(poplib.error_proto, match="AUTH"):
        found.pass_("wrong")
    found.quit()


def test_a_large_message_is_read_from_its_blob(mail: Running, alice: Talk) -> None:
    body = "".join(f"{number:06d}\r\n" for number in range(20_000))
    alice.append(message("large", body))
    pop = client(mail)
    assert b"\r\n".join(pop.retr(4)[1]).endswith(body.encode())
    assert len(pop.top(4, 2)[1]) == 5
    pop.quit()
