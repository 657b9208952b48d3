"""The queue at work: what is delivered, tried again, returned, captured and held."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forecourt.planes.mail.smtp import Reply
from forecourt.platform.mail import mailboxes, people, queue, steps
from forecourt.roles.mail import delivering
from forecourt.store import clock
from tests.harness import World
from tests.roles.mail.conftest import Names, Running
from tests.roles.mail.remote import Remote, remote
from tests.roles.mail.test_smtp import TEXT, eventually, inbox, submit

PLACE = "127.53.9.9"  # of the remote server
ALICE, BOB = "alice@jpub.co.kr", "bob@gmail.test"


@pytest.fixture
def far(names: Names, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    """The mail server of gmail.test."""
    with remote(PLACE) as found:
        names.add("gmail.test", "MX", "10 mx.gmail.test.")
        names.add("mx.gmail.test", "A", PLACE)
        monkeypatch.setattr(delivering, "SMTP", found.port)
        yield found


@pytest.fixture
def alice(mail: Running) -> str:
    return mail.person(ALICE).address


def send(mail: Running, *recipients: str, options: tuple[str, ...] = ()) -> None:
    with submit(mail) as client:
        client.sendmail(ALICE, recipients, TEXT, rcpt_options=options)


def states(mail: Running) -> dict[str, str]:
    found = mail.store.read_now(queue.all_waiting)
    return {each.address: each.state for _, waiting in found for each in waiting}


def report(mail: Running) -> Any:
    (found,) = eventually(lambda: inbox(mail, ALICE))
    return email.message_from_bytes(found)


def path(mail: Running, message: Any) -> list[str]:
    return [step for _, step, _ in mail.store.read_now(steps.path, message["Message-ID"])]


def test_the_domain_s_server_gets_the_message(mail: Running, far: Remote, alice: str) -> None:
    send(mail, BOB)
    ((envelope, content),) = eventually(lambda: far.messages)
    assert envelope.sender == ALICE and envelope.recipients[0].address == BOB
    assert content.startswith(b"Received: from client.test ") and b"DKIM-Signature: " in content
    eventually(lambda: not states(mail))
    found = email.message_from_bytes(content)
    assert path(mail, found) == ["submitted", "sent"]


def test_one_message_goes_once_to_a_domain(mail: Running, far: Remote, alice: str) -> None:
    send(mail, BOB, "carol@gmail.test")
    eventually(lambda: not states(mail))
    assert [len(envelope.recipients) for envelope, _ in far.messages] == [2]


def test_connections_are_used_again(mail: Running, far: Remote, alice: str) -> None:
    for _ in range(5):
        send(mail, BOB)
        eventually(lambda: not states(mail))
    assert len(far.messages) == 5 and far.connections == 1


def test_what_is_refused_for_good_comes_back(mail: Running, far: Remote, alice: str) -> None:
    far.says["nobody@gmail.test"] = Reply(550, "No such user", "5.1.1")
    send(mail, BOB, "nobody@gmail.test")
    found = report(mail)
    assert found["From"].startswith("Mail Delivery System")
    assert found.get_content_type() == "multipart/report" and found["Return-Path"] == "<>"
    text, status, returned = found.get_payload()
    assert "nobody@gmail.test" in text.get_payload() and "No such user" in text.get_payload()
    about = status.get_payload()[1]
    assert about["Action"] == "failed" and about["Status"] == "5.1.1"
    assert about["Final-Recipient"] == "rfc822; nobody@gmail.test"
    assert "Subject: Hello" in returned.as_string()
    assert len(far.messages) == 1


def test_a_report_that_fails_is_not_reported(mail: Running, far: Remote, names: Names) -> None:
    mail.person(ALICE)
    far.says["nobody@gmail.test"] = Reply(550, "No such user", "5.1.1")
    person = mail.store.read_now(people.signing_in, ALICE)
    assert person is not None
    send(mail, "nobody@gmail.test")
    report(mail)
    eventually(lambda: not states(mail))


def test_nobody_hears_who_asked_not_to(mail: Running, far: Remote, alice: str) -> None:
    far.says["nobody@gmail.test"] = Reply(550, "No such user", "5.1.1")
    send(mail, "nobody@gmail.test", options=("NOTIFY=NEVER",))
    eventually(lambda: not states(mail))
    assert inbox(mail, ALICE) == []


def test_a_success_is_told_to_who_asked(mail: Running, far: Remote, alice: str) -> None:
    send(mail, BOB, options=("NOTIFY=SUCCESS",))
    about = report(mail).get_payload()[1].get_payload()[1]
    assert about["Action"] == "relayed"


@pytest.fixture
def ahead(world: World) -> Iterator[Callable[[float], None]]:
    """Moves the calendar on by seconds; afterwards it is back."""

    def move(seconds: float) -> None:
        world.store.write_now(clock.move_forwards, seconds)

    yield move
    world.store.write_now(lambda tx: tx.run("DELETE FROM setting WHERE name = 'clock'"))


def test_what_is_put_off_is_tried_again(
    mail: Running, far: Remote, alice: str, ahead: Callable[[float], None]
) -> None:
    far.says[BOB] = Reply(450, "Greylisted", "4.7.1")
    send(mail, BOB)
    (_, (waiting,)) = eventually(lambda: tried(mail, 1))
    assert waiting.state == "queued" and "Greylisted" in waiting.said
    ahead(61)
    eventually(lambda: tried(mail, 2))
    del far.says[BOB]
    ahead(301)
    eventually(lambda: far.messages)


def tried(mail: Running, times: int) -> Any:
    found = mail.store.read_now(queue.all_waiting)
    return next((each for each in found if each[1][0].attempts >= times), None)


def test_the_sender_hears_of_a_delay_and_of_the_end(
    mail: Running, far: Remote, alice: str, ahead: Callable[[float], None]
) -> None:
    far.says[BOB] = Reply(450, "Not now", "4.2.0")
    send(mail, BOB)
    eventually(lambda: tried(mail, 1))
    ahead(5 * 3600)
    about = report(mail).get_payload()[1].get_payload()[1]
    assert about["Action"] == "delayed"
    ahead(5 * 86400)
    eventually(lambda: len(inbox(mail, ALICE)) == 2)
    last: Any = email.message_from_bytes(inbox(mail, ALICE)[1])
    assert last.get_payload()[1].get_payload()[1]["Action"] == "failed"
    eventually(lambda: not states(mail))


def test_the_next_host_takes_it_when_the_first_cannot(
    mail: Running, far: Remote, alice: str, names: Names
) -> None:
    names.add("gmail.test", "MX", "5 down.gmail.test.", "10 mx.gmail.test.")
    names.add("down.gmail.test", "A", "127.53.9.8")
    send(mail, BOB)
    eventually(lambda: far.messages)


@pytest.mark.parametrize(
    "greeting", [b"554 go away\r\n", b"nonsense\r\n", b"x" * 100_000, b"220-\r\n" * 200]
)
def test_a_server_that_talks_nonsense_holds_up_nothing(
    mail: Running, far: Remote, alice: str, greeting: bytes
) -> None:
    far.greeting = greeting
    send(mail, BOB)
    _, (waiting,) = eventually(lambda: tried(mail, 1))
    assert waiting.state == "queued"


def test_a_domain_that_takes_no_mail_says_so(mail: Running, alice: str, names: Names) -> None:
    names.add("none.test", "MX", "0 .")
    send(mail, "a@none.test")
    assert report(mail).get_payload()[1].get_payload()[1]["Status"] == "5.1.10"


def test_a_domain_that_is_not_there_is_an_error(mail: Running, alice: str) -> None:
    send(mail, "a@gone.test")
    assert report(mail).get_payload()[1].get_payload()[1]["Status"] == "5.1.2"


def test_without_mx_the_name_itself_is_asked(
    mail: Running, far: Remote, alice: str, names: Names
) -> None:
    names.add("plain.test", "A", PLACE)
    send(mail, "a@plain.test")
    eventually(lambda: far.messages)


def test_dns_that_does_not_answer_is_waited_for(mail: Running, alice: str, names: Names) -> None:
    names.failing.add("slow.test")
    send(mail, "a@slow.test")
    _, (waiting,) = eventually(lambda: tried(mail, 1))
    assert "cannot be resolved" in waiting.said


def test_a_hosted_domain_needs_no_dns(mail: Running, alice: str, names: Names) -> None:
    mail.person("bob@example.org")
    names.records.clear()
    send(mail, "bob@example.org")
    eventually(lambda: inbox(mail, "bob@example.org"))


def test_mail_for_others_is_captured(mail: Running, alice: str, names: Names) -> None:
    names.outside.add("gmail.com")
    names.add("gmail.com", "MX", "10 mx.gmail.com.")
    send(mail, "a@gmail.com")
    eventually(lambda: not states(mail))
    status = mail.store.read_now(mailboxes.status, people.SINK, "INBOX")
    assert status.messages == 1


def test_addresses_that_are_not_allowed_are_not_connected_to(
    mail: Running, alice: str, names: Names
) -> None:
    names.add("gmail.test", "MX", "10 mx.gmail.test.")
    names.add("mx.gmail.test", "A", "203.0.113.5")
    send(mail, BOB)
    _, (waiting,) = eventually(lambda: tried(mail, 1))
    assert "not to be connected to" in waiting.said


def test_all_mail_can_be_held(world: World, tmp_path: Path, names: Names, far: Remote) -> None:
    running = Running(world, tmp_path / "held", names, outbound="held")
    try:
        running.person(ALICE)
        send(running, BOB)
        eventually(lambda: states(running) == {BOB: "held"})
        assert far.messages == []
        running.store.write_now(lambda tx: queue.retry(tx, queue.ids(tx, [])))
        eventually(lambda: far.messages)
    finally:
        running.close()


def test_a_smarthost_gets_what_is_not_held_here(
    world: World, tmp_path: Path, names: Names, far: Remote
) -> None:
    relay = f"{PLACE}:{far.port}"
    settings = {"outbound": "smarthost", "smarthost": relay, "smarthost_tls": False}
    names.outside.add("gmail.com")
    running = Running(world, tmp_path / "relay", names, **settings)
    try:
        running.person(ALICE)
        send(running, "a@gmail.com")
        eventually(lambda: far.messages)
    finally:
        running.close()


def test_the_operator_can_hold_retry_and_drop(mail: Running, far: Remote, alice: str) -> None:
    far.says[BOB] = Reply(450, "Not now", "4.2.0")
    send(mail, BOB)
    eventually(lambda: tried(mail, 1))
    store = mail.store
    assert store.write_now(lambda tx: queue.hold(tx, queue.ids(tx, []))) == 1
    assert states(mail) == {BOB: "held"}
    assert store.write_now(lambda tx: queue.retry(tx, queue.ids(tx, []))) == 1
    eventually(lambda: tried(mail, 2))
    assert store.write_now(lambda tx: queue.drop(tx, queue.ids(tx, []))) == 1
    assert states(mail) == {}
