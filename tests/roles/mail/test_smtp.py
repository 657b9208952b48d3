"""SMTP as the standard library speaks it: who may send, to whom, and what arrives."""

from __future__ import annotations

import imaplib
import smtplib
import time
from collections.abc import Callable
from typing import Any

import pytest

from forecourt.platform.mail import messages, people
from tests.roles.mail.conftest import ADDRESS, PASSWORD, Names, Running

TEXT = "From: Alice <alice@jpub.co.kr>\r\nTo: bob@example.org\r\nSubject: Hello\r\n\r\nHi Bob\r\n"
WITHIN = 10.0  # seconds


def submit(mail: Running, user: str = "alice@jpub.co.kr", password: str = PASSWORD) -> smtplib.SMTP:
    client = smtplib.SMTP(ADDRESS, mail.ports["submission"], local_hostname="client.test")
    try:
        client.login(user, password)
    except smtplib.SMTPAuthenticationError:
        client.close()
        raise
    return client


def inbox(mail: Running, user: str, folder: str = "INBOX") -> list[bytes]:
    """The messages of a mailbox."""
    with imaplib.IMAP4(ADDRESS, mail.ports["imap"]) as client:
        client.login(user, PASSWORD)
        client.select(folder, readonly=True)
        _, found = client.fetch("1:*", "(BODY.PEEK[])")
        return [part[1] for part in found if isinstance(part, tuple)]


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WITHIN
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_a_message_goes_from_a_user_to_another_domain(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    mail.person("bob@example.org")
    with submit(mail) as client:
        client.sendmail("alice@jpub.co.kr", ["bob@example.org"], TEXT)
    (found,) = eventually(lambda: inbox(mail, "bob@example.org"))
    text = found.decode()
    assert text.startswith("Return-Path: <alice@jpub.co.kr>\r\nAuthentication-Results: mail.")
    assert "dkim=pass header.d=jpub.co.kr" in text
    assert "spf=pass smtp.mailfrom=alice@jpub.co.kr" in text
    assert "dmarc=pass header.from=jpub.co.kr" in text
    assert "Message-ID: <" in text
    assert text.endswith("\r\n\r\nHi Bob\r\n")


def test_submission_is_for_users_alone(mail: Running) -> None:
    mail.person("bob@example.org")
    with smtplib.SMTP(ADDRESS, mail.ports["submission"]) as client:
        client.ehlo()
        assert client.mail("alice@jpub.co.kr")[0] == 530


def test_a_wrong_password_is_refused(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        submit(mail, password="wrong")
    assert refused.value.smtp_code == 535


def test_nobody_sends_in_the_name_of_another(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    with submit(mail) as client:
        assert client.mail("bob@jpub.co.kr")[0] == 553
        assert client.mail("alice+lists@jpub.co.kr")[0] == 250


def test_strangers_reach_people_here_and_nobody_else(mail: Running) -> None:
    mail.person("bob@example.org")
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as client:
        client.ehlo()
        client.mail("somebody@elsewhere.test")
        assert client.rcpt("bob@example.org")[0] == 250
        assert client.rcpt("Bob+label@Example.ORG")[0] == 250
        assert client.rcpt("nobody@example.org")[0] == 550
        assert client.rcpt("carol@elsewhere.test")[0] == 554
        assert client.rcpt("postmaster@example.org")[0] == 250
        assert client.rcpt("abuse@example.org")[0] == 250
        assert client.rcpt("postmaster")[0] == 250


def test_a_full_mailbox_takes_nothing_more(mail: Running) -> None:
    mail.person("bob@example.org", quota=300)
    client = smtplib.SMTP(ADDRESS, mail.ports["smtp"])
    with client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("a@elsewhere.test", ["bob@example.org"], TEXT + "x" * 400)
    assert refused.value.smtp_code == 452


def test_a_group_reaches_its_members_once(mail: Running) -> None:
    bob = mail.person("bob@example.org")
    carol = mail.person("carol@example.org")
    for person in (bob, carol):
        mail.store.write_now(people.give, person.id, "all@example.org", people.GROUP)
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as client:
        client.sendmail("a@elsewhere.test", ["all@example.org", "bob@example.org"], TEXT)
    assert len(inbox(mail, "bob@example.org")) == 1
    assert len(inbox(mail, "carol@example.org")) == 1


def test_what_the_policy_of_its_domain_forbids_is_refused(mail: Running, names: Names) -> None:
    mail.person("bob@example.org")
    names.add("_dmarc.bank.test", "TXT", '"v=DMARC1; p=reject"')
    text = TEXT.replace("alice@jpub.co.kr", "ceo@bank.test")
    client = smtplib.SMTP(ADDRESS, mail.ports["smtp"])
    with client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("ceo@bank.test", ["bob@example.org"], text)
    assert refused.value.smtp_code == 550
    assert b"DMARC" in refused.value.smtp_error


def test_what_is_to_be_quarantined_is_junk(mail: Running, names: Names) -> None:
    mail.person("bob@example.org")
    names.add("_dmarc.shop.test", "TXT", '"v=DMARC1; p=quarantine"')
    text = TEXT.replace("alice@jpub.co.kr", "sale@shop.test")
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as client:
        client.sendmail("sale@shop.test", ["bob@example.org"], text)
    assert inbox(mail, "bob@example.org") == []
    assert len(inbox(mail, "bob@example.org", "Junk")) == 1


def test_results_that_claim_to_be_ours_are_taken_out(mail: Running) -> None:
    mail.person("bob@example.org")
    forged = f"Authentication-Results: {mail.config.mail_host}; dkim=pass header.d=bank.test\r\n"
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as client:
        client.sendmail("a@elsewhere.test", ["bob@example.org"], forged + TEXT)
    (found,) = inbox(mail, "bob@example.org")
    assert b"bank.test" not in found


def test_a_message_in_circles_is_refused(mail: Running) -> None:
    mail.person("bob@example.org")
    hops = "Received: from a by b; Wed, 25 Nov 2026 06:00:00 +0000\r\n" * 51
    client = smtplib.SMTP(ADDRESS, mail.ports["smtp"])
    with client, pytest.raises(smtplib.SMTPDataError):
        client.sendmail("a@elsewhere.test", ["bob@example.org"], hops + TEXT)


def test_a_disk_without_room_is_452_and_later_is_well(
    mail: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.person("bob@example.org")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as client:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(messages, "deliver", full)
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.sendmail("a@elsewhere.test", ["bob@example.org"], TEXT)
        assert refused.value.smtp_code == 452
        client.sendmail("a@elsewhere.test", ["bob@example.org"], TEXT)
    assert len(inbox(mail, "bob@example.org")) == 1


def test_a_large_message_arrives_byte_for_byte(mail: Running) -> None:
    mail.person("bob@example.org")
    body = "".join(f"{number:06d} {'x' * 70}\r\n" for number in range(20_000))
    with smtplib.SMTP(ADDRESS, mail.ports["smtp"]) as client:
        client.sendmail("a@elsewhere.test", ["bob@example.org"], TEXT + body)
    (found,) = inbox(mail, "bob@example.org")
    assert found.endswith(f"Hi Bob\r\n{body}".encode())


def test_after_many_wrong_passwords_a_client_waits(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    codes = []
    for _ in range(11):
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            submit(mail, password="wrong")
        codes.append(refused.value.smtp_code)
    assert codes[0] == 535 and codes[-1] == 454
