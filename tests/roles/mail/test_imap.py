"""IMAP line by line against the store: what RFC 3501 and its extensions ask, and what breaks servers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from forecourt.platform.mail import mailboxes, people
from tests.roles.mail.conftest import Running
from tests.roles.mail.talking import Talk, message


@pytest.fixture
def alice(mail: Running) -> Iterator[Talk]:
    mail.person("alice@jpub.co.kr")
    with Talk(mail) as talk:
        yield talk


@pytest.fixture
def again(alice: Talk, mail: Running) -> Iterator[Talk]:
    """A second connection of hers."""
    with Talk(mail) as talk:
        yield talk


def fill(talk: Talk, count: int, folder: str = "INBOX") -> None:
    for number in range(1, count + 1):
        assert talk.append(message(f"number {number}"), folder).startswith("OK [APPENDUID")


# ----- sessions


def test_before_signing_in_little_is_allowed(mail: Running) -> None:
    with Talk(mail, sign_in=False) as talk:
        assert talk.greeting.startswith("* OK [CAPABILITY IMAP4rev1 ")
        assert talk.refused("SELECT INBOX").startswith("BAD")
        assert "AUTH=PLAIN" in talk.ok("CAPABILITY")[0]
        assert talk.ok("NOOP") == []


def test_a_wrong_password_says_so(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    with Talk(mail, sign_in=False) as talk:
        assert talk.refused("LOGIN alice@jpub.co.kr nope").startswith("NO [AUTHENTICATIONFAILED]")
        assert talk.refused("LOGIN nobody@jpub.co.kr nope").startswith("NO [AUTHENTICATIONFAILED]")


def test_names_and_passwords_may_be_literals(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    with Talk(mail, sign_in=False) as talk:
        talk.send(b"x LOGIN {16}\r\n")
        assert talk.line().startswith("+")
        talk.send(b"alice@jpub.co.kr {13+}\r\ncorrect horse\r\n")
        assert talk.until("x")[-1].startswith("OK")


def test_logout_says_bye(alice: Talk) -> None:
    assert alice.say("LOGOUT")[0].startswith("* BYE")


def test_what_is_not_understood_is_bad(alice: Talk) -> None:
    for command in (
        "",
        "NONSENSE",
        "SELECT",
        "LIST",
        "FETCH 1 FLAGS",
        "UID",
        'CREATE "x',
        "SELECT x y",
    ):
        assert alice.refused(command).startswith("BAD"), command


def test_a_literal_that_is_too_long_is_not_waited_for(alice: Talk) -> None:
    assert alice.refused("SELECT {999999999}").startswith("BAD")
    assert alice.ok("NOOP") == []


def test_a_search_of_a_megabyte_is_given_up(alice: Talk) -> None:
    alice.ok("SELECT INBOX")
    alice.send("x SEARCH " + "OR SEEN " * 130_000 + "ALL\r\n")
    assert alice.until("x")[0].startswith(("* BYE", "closed"))


def test_deep_and_wide_searches_are_refused(alice: Talk) -> None:
    alice.ok("SELECT INBOX")
    assert alice.refused("SEARCH " + "(" * 60 + "ALL" + ")" * 60).startswith("BAD")
    assert alice.refused("SEARCH " + "SEEN " * 3000 + "ALL").startswith("BAD")
    assert alice.ok("SEARCH ALL") == ["* SEARCH"]


def test_passwords_are_not_guessed_for_ever(mail: Running) -> None:
    mail.person("alice@jpub.co.kr")
    with Talk(mail, sign_in=False) as talk:
        ends = [talk.refused("LOGIN alice@jpub.co.kr nope") for _ in range(11)]
    assert "UNAVAILABLE" in ends[-1]


# ----- mailboxes


def test_everybody_has_mailboxes_for_each_use(alice: Talk) -> None:
    found = alice.ok('LIST "" *')
    assert found[0] == '* LIST (\\HasNoChildren) "/" "INBOX"'
    assert '* LIST (\\HasNoChildren \\Sent) "/" "Sent"' in found
    assert len(found) == 6


def test_mailboxes_are_made_listed_renamed_and_deleted(alice: Talk) -> None:
    alice.ok("CREATE a/b/c")
    assert alice.ok('LIST "" a*') == [
        '* LIST (\\HasChildren) "/" "a"',
        '* LIST (\\HasChildren) "/" "a/b"',
        '* LIST (\\HasNoChildren) "/" "a/b/c"',
    ]
    assert alice.ok('LIST "" a/%') == ['* LIST (\\HasChildren) "/" "a/b"']
    assert alice.ok("LIST a/ %") == ['* LIST (\\HasChildren) "/" "a/b"']
    alice.ok("RENAME a x/y")
    assert [line.rpartition(" ")[2] for line in alice.ok('LIST "" x*')] == [
        '"x"', '"x/y"', '"x/y/b"', '"x/y/b/c"'
    ]  # fmt: skip
    alice.ok("DELETE x/y/b")
    assert '* LIST (\\HasChildren \\Noselect) "/" "x/y/b"' in alice.ok('LIST "" x*')
    assert alice.refused("SELECT x/y/b").startswith("NO [NONEXISTENT]")
    assert alice.refused("CREATE x").startswith("NO [ALREADYEXISTS]")
    assert alice.refused("DELETE INBOX").startswith("NO")


def test_names_beyond_ascii_are_in_modified_utf_7(alice: Talk) -> None:
    alice.ok("CREATE &1VxuyA-")
    assert alice.ok('LIST "" &1VxuyA-') == ['* LIST (\\HasNoChildren) "/" "&1VxuyA-"']
    alice.ok('CREATE "R&-D"')
    assert alice.refused("CREATE &!-").startswith("BAD")


def test_a_mailbox_made_again_has_another_uidvalidity(alice: Talk) -> None:
    def validity() -> str:
        return alice.ok("STATUS x (UIDVALIDITY)")[0]

    alice.ok("CREATE x")
    before = validity()
    alice.ok("DELETE x")
    alice.ok("CREATE x")
    assert validity() != before


def test_subscriptions_outlive_their_mailbox(alice: Talk) -> None:
    alice.ok("CREATE x")
    alice.ok("UNSUBSCRIBE Sent")
    alice.ok("DELETE x")
    found = alice.ok('LSUB "" *')
    assert any(line.endswith('"x"') for line in found)
    assert not any(line.endswith('"Sent"') for line in found)
    alice.ok("UNSUBSCRIBE x")
    assert not any(line.endswith('"x"') for line in alice.ok('LSUB "" *'))


def test_renaming_inbox_moves_its_messages(alice: Talk) -> None:
    fill(alice, 2)
    alice.ok("RENAME INBOX old")
    assert alice.ok("STATUS old (MESSAGES)") == ['* STATUS "old" (MESSAGES 2)']
    assert alice.ok("STATUS INBOX (MESSAGES)") == ['* STATUS "INBOX" (MESSAGES 0)']


def test_list_can_say_more(alice: Talk) -> None:
    fill(alice, 1, "Sent")
    found = alice.ok('LIST (SPECIAL-USE) "" * RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))')
    assert '* LIST (\\HasNoChildren \\Sent \\Subscribed) "/" "Sent"' in found
    assert '* STATUS "Sent" (MESSAGES 1 UNSEEN 1)' in found
    assert not any('"INBOX"' in line for line in found)
    assert alice.ok('LIST "" ""') == ['* LIST (\\Noselect) "/" ""']


def test_namespace_id_and_quota_are_told(alice: Talk, mail: Running) -> None:
    assert alice.ok("NAMESPACE") == ['* NAMESPACE (("" "/")) NIL NIL']
    assert alice.ok('ID ("name" "test")') == ['* ID ("name" "Forecourt")']
    fill(alice, 1)
    root, quota = alice.ok("GETQUOTAROOT INBOX")
    assert root == '* QUOTAROOT "INBOX" ""' and re.match(r'\* QUOTA "" \(STORAGE 1 \d+\)', quota)


def test_a_full_mailbox_takes_nothing_more(alice: Talk, mail: Running) -> None:
    person = mail.store.read_now(people.signing_in, "alice@jpub.co.kr")
    assert person is not None
    mail.store.write_now(people.set_quota, person.id, 100)
    assert alice.append(message("x" * 200)).startswith("NO [OVERQUOTA]")
    assert alice.ok("NOOP") == []


# ----- messages


def test_selecting_tells_how_the_mailbox_stands(alice: Talk, again: Talk) -> None:
    fill(alice, 3)
    told = "\n".join(again.ok("SELECT INBOX"))
    assert "* 3 EXISTS" in told and "* 3 RECENT" in told
    assert "[UIDNEXT 4]" in told and "[UNSEEN 1]" in told and "[HIGHESTMODSEQ 4]" in told
    assert "\\*" in told
    assert "* 0 RECENT" in "\n".join(alice.ok("EXAMINE INBOX"))


def test_messages_are_fetched_in_parts(alice: Talk) -> None:
    alice.append(message("one", "Hi there."))
    alice.ok("SELECT INBOX")
    assert alice.ok("FETCH 1 (UID RFC822.SIZE FLAGS)") == [
        "* 1 FETCH (UID 1 RFC822.SIZE 59 FLAGS (\\Recent))"
    ]
    assert alice.ok("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]") == [
        "* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {16}\r\nSubject: one\r\n\r\n)"
    ]
    assert alice.ok("FETCH 1 BODY.PEEK[TEXT]<3.5>") == ["* 1 FETCH (BODY[TEXT]<3> {5}\r\nthere)"]
    assert alice.ok("FETCH 1 BODY.PEEK[TEXT]<99.5>") == ["* 1 FETCH (BODY[TEXT]<99> {0}\r\n)"]
    assert alice.ok("UID FETCH 1 RFC822.TEXT") == [
        "* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) RFC822.TEXT {11}\r\nHi there.\r\n)"
    ]
    assert alice.ok("FETCH 1 BODY.PEEK[2]") == ["* 1 FETCH (BODY[2] NIL)"]


def test_examining_changes_nothing(alice: Talk) -> None:
    fill(alice, 1)
    alice.ok("EXAMINE INBOX")
    alice.ok("FETCH 1 BODY[]")
    assert "Seen" not in alice.ok("FETCH 1 FLAGS")[0]
    assert alice.refused("STORE 1 +FLAGS (\\Seen)").startswith("NO")


def test_a_header_beyond_what_is_read_at_first_is_whole(alice: Talk) -> None:
    long = "".join(f"X-{number}: {'y' * 70}\r\n" for number in range(2000))
    alice.append(message("long").replace("Subject", f"{long}Subject"))
    alice.ok("SELECT INBOX")
    (found,) = alice.ok("FETCH 1 BODY.PEEK[HEADER]")
    assert found.endswith("Subject: long\r\n\r\n)") and len(found) > 140_000


def test_flags_are_set_added_and_taken(alice: Talk) -> None:
    fill(alice, 2)
    alice.ok("SELECT INBOX")
    assert alice.ok("STORE 1 FLAGS (\\Seen $Label1)") == [
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label1)",
        "* 1 FETCH (FLAGS (\\Seen $Label1 \\Recent))",
    ]
    assert alice.ok("STORE 1:2 +FLAGS.SILENT (\\Flagged)") == []
    assert alice.ok("UID STORE 1 -FLAGS ($Label1)") == [
        "* 1 FETCH (UID 1 FLAGS (\\Seen \\Flagged \\Recent))"
    ]
    assert alice.refused("STORE 1 +FLAGS (\\Nonsense)").startswith("BAD")
    assert alice.refused("STORE 3 +FLAGS (\\Seen)").startswith("BAD")
    assert alice.ok("STATUS INBOX (UNSEEN)") == ['* STATUS "INBOX" (UNSEEN 1)']


def test_expunging_renumbers(alice: Talk) -> None:
    fill(alice, 4)
    alice.ok("SELECT INBOX")
    alice.ok("STORE 1,3 +FLAGS.SILENT (\\Deleted)")
    assert alice.ok("EXPUNGE") == ["* 3 EXPUNGE", "* 1 EXPUNGE"]
    assert alice.ok("FETCH 1:* UID") == ["* 1 FETCH (UID 2)", "* 2 FETCH (UID 4)"]
    assert alice.append(message()).startswith("OK [APPENDUID")
    assert alice.ok("UID SEARCH ALL") == ["* SEARCH 2 4 5"]


def test_some_can_be_expunged(alice: Talk) -> None:
    fill(alice, 3)
    alice.ok("SELECT INBOX")
    alice.ok("STORE 1:3 +FLAGS.SILENT (\\Deleted)")
    assert alice.ok("UID EXPUNGE 2") == ["* 2 EXPUNGE"]
    alice.ok("CLOSE")
    assert alice.ok("STATUS INBOX (MESSAGES)") == ['* STATUS "INBOX" (MESSAGES 0)']


def test_two_clients_may_expunge_the_same(alice: Talk, again: Talk) -> None:
    fill(alice, 3)
    for each in (alice, again):
        each.ok("SELECT INBOX")
        each.ok("STORE 2 +FLAGS.SILENT (\\Deleted)")
    assert "* 2 EXPUNGE" in alice.ok("EXPUNGE")
    assert "* 2 EXPUNGE" in again.ok("EXPUNGE")
    assert again.ok("FETCH 1:* UID") == ["* 1 FETCH (UID 1)", "* 2 FETCH (UID 3)"]


def test_numbers_do_not_move_under_a_fetch(alice: Talk, again: Talk) -> None:
    fill(alice, 3)
    alice.ok("SELECT INBOX")
    again.ok("SELECT INBOX")
    again.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    again.ok("EXPUNGE")
    found = alice.ok("FETCH 1:3 UID")
    assert "* 2 FETCH (UID 2)" in found and not any("EXPUNGE" in line for line in found)
    assert "* 1 EXPUNGE" in alice.ok("NOOP")


def test_copies_and_moves_tell_their_uids(alice: Talk) -> None:
    fill(alice, 3)
    alice.ok("SELECT INBOX")
    assert re.match(r"OK \[COPYUID \d+ 1:2 1:2\]", alice.say("COPY 1:2 Archive")[-1])
    moved, gone, _ended = alice.say("UID MOVE 3 Archive")
    assert re.match(r"\* OK \[COPYUID \d+ 3 3\]", moved) and gone == "* 3 EXPUNGE"
    assert alice.refused("COPY 1 nowhere").startswith("NO [TRYCREATE]")
    assert alice.ok("STATUS Archive (MESSAGES)") == ['* STATUS "Archive" (MESSAGES 3)']


def test_what_one_copy_loses_the_other_keeps(alice: Talk) -> None:
    fill(alice, 1)
    alice.ok("SELECT INBOX")
    alice.ok("COPY 1 Archive")
    alice.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    alice.ok("EXPUNGE")
    alice.ok("SELECT Archive")
    assert "number 1" in alice.ok("FETCH 1 BODY[]")[0]


def test_appending_keeps_flags_and_date(alice: Talk) -> None:
    alice.append(message(), flags='(\\Seen $X) "01-Feb-2024 03:04:05 +0900"')
    alice.ok("SELECT INBOX")
    (found,) = alice.ok("FETCH 1 (FLAGS INTERNALDATE)")
    assert (
        found == '* 1 FETCH (FLAGS (\\Seen $X \\Recent) INTERNALDATE "31-Jan-2024 18:04:05 +0000")'
    )
    assert alice.append(message(), "nowhere").startswith("NO [TRYCREATE]")


def test_appending_can_wait_for_leave(alice: Talk) -> None:
    alice.send(b"x APPEND INBOX {12}\r\n")
    assert alice.line().startswith("+")
    alice.send(b"Subject: x\r\n\r\n")
    assert alice.until("x")[-1].startswith("OK [APPENDUID")


def test_a_large_message_is_appended_and_fetched(alice: Talk) -> None:
    body = "".join(f"{number:06d}\r\n" for number in range(200_000))
    assert alice.append(message("large", body)).startswith("OK")
    alice.ok("SELECT INBOX")
    (found,) = alice.ok("FETCH 1 BODY.PEEK[TEXT]")
    assert found.endswith(body + "\r\n)")
    assert body[800:1200] in alice.ok("FETCH 1 BODY.PEEK[TEXT]<800.400>")[0]
    assert alice.ok("SEARCH BODY 150000") == ["* SEARCH 1"]


# ----- changes


def test_who_waits_is_told(alice: Talk, again: Talk) -> None:
    alice.ok("SELECT INBOX")
    alice.send(b"x IDLE\r\n")
    assert alice.line().startswith("+")
    again.append(message())
    assert alice.line() == "* 1 EXISTS"
    assert alice.line() == "* 1 RECENT"
    again.ok("SELECT INBOX")
    again.ok("STORE 1 +FLAGS.SILENT (\\Flagged)")
    assert alice.line().startswith("* 1 FETCH (FLAGS (\\Flagged")
    again.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    alice.line()
    again.ok("EXPUNGE")
    assert alice.line() == "* 1 EXPUNGE"
    alice.send(b"DONE\r\n")
    assert alice.until("x")[-1].startswith("OK")


def test_changes_are_counted(alice: Talk) -> None:
    fill(alice, 3)
    assert "* 3 EXISTS" in alice.ok("SELECT INBOX (CONDSTORE)")
    alice.ok("STORE 2 +FLAGS.SILENT (\\Flagged)")
    (found,) = alice.ok("FETCH 1:* (FLAGS) (CHANGEDSINCE 4)")
    assert found == "* 2 FETCH (FLAGS (\\Flagged \\Recent) MODSEQ (5))"
    assert alice.ok("SEARCH MODSEQ 5") == ["* SEARCH 2 (MODSEQ 5)"]
    *_, ended = alice.say("STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS (\\Seen)")
    assert ended.startswith("OK [MODIFIED 2]")
    assert alice.ok("SEARCH SEEN") == ["* SEARCH 1 3"]


def test_a_mailbox_that_is_deleted_ends_the_session(alice: Talk, again: Talk) -> None:
    alice.ok("CREATE x")
    alice.ok("SELECT x")
    again.ok("DELETE x")
    assert alice.say("NOOP")[0].startswith("* BYE")


# ----- search


@pytest.fixture
def searched(alice: Talk) -> Talk:
    alice.append(
        message(
            "Invoice 17",
            "Please pay.",
            To="bob@example.org",
            Date="Mon, 01 Jun 2026 10:00:00 +0000",
        )
    )
    alice.append(
        message("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "x" * 5000, Cc="carol@example.org"), flags="(\\Seen)"
    )
    alice.append(
        message("100%_sure", "pay later", X_Label="blue"),
        flags='($Work) "01-Feb-2024 00:00:00 +0000"',
    )
    alice.ok("SELECT INBOX")
    return alice


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("ALL", "1 2 3"), ("SEEN", "2"), ("UNSEEN", "1 3"), ("NOT SEEN", "1 3"), ("KEYWORD $Work", "3"),
        ("UNKEYWORD $Work", "1 2"), ("SUBJECT invoice", "1"), ("SUBJECT \"100%_\"", "3"),
        ("SUBJECT \"1%7\"", ""), ("FROM alice", "1 2 3"), ("TO bob CC carol", ""), ("OR TO bob CC carol", "1 2"),
        ("LARGER 5000", "2"), ("SMALLER 5000", "1 3"), ("BODY pay", "1 3"), ("TEXT invoice", "1"),
        ("BODY invoice", ""), ("NOT BODY pay", "2"), ("OR BODY please SEEN", "1 2"),
        ("HEADER X-Label blue", "3"), ("HEADER X-Label \"\"", "3"), ("HEADER Subject Invoice", "1"),
        ("SENTON 1-Jun-2026", "1"), ("SENTSINCE 1-Jun-2026", "1"), ("SENTBEFORE 1-Jun-2026", ""),
        ("BEFORE 2-Feb-2024", "3"), ("ON 1-Feb-2024", "3"), ("SINCE 2-Feb-2024", "1 2"), ("1:2", "1 2"),
        ("UID 2:*", "2 3"), ("*", "3"), ("NOT 1", "2 3"), ("NEW", "1 3"), ("OLD", ""), ("(1 SEEN)", ""),
        ("YOUNGER 3600", "1 2"), ("OLDER 3600", "3"), ("2 (OR SEEN BODY pay)", "2"),
    ],
)  # fmt: skip
def test_each_key_finds_what_it_means(searched: Talk, program: str, found: str) -> None:
    assert searched.ok(f"SEARCH {program}") == [f"* SEARCH {found}".rstrip()]


def test_searches_may_be_in_utf_8(searched: Talk) -> None:
    assert searched.ok('SEARCH CHARSET UTF-8 SUBJECT "GRÜSSE"'.replace("SS", "ß")) == ["* SEARCH 2"]
    assert "BADCHARSET" in searched.refused("SEARCH CHARSET KOI8-R SUBJECT x")


def test_a_search_can_tell_less(searched: Talk) -> None:
    (found,) = searched.ok("UID SEARCH RETURN (MIN MAX COUNT ALL) UNSEEN")
    assert found.endswith("UID MIN 1 MAX 3 COUNT 2 ALL 1,3")
    assert searched.ok("SEARCH RETURN () SEEN")[0].endswith("ALL 2")
    assert searched.ok("SEARCH RETURN (ALL) DRAFT")[0].endswith('")')


# ----- hostile messages


HOSTILE = {
    "nothing": "\r\n",
    "no header": "\r\njust text\r\n",
    "8 bit": "Subject: gr\u00fc\u00dfe \ud55c\r\nFrom: \u00fc <a@b>\r\n\r\n\u00fc\r\n",
    "broken words": "Subject: =?utf-8?b?!!!?= =?nope?q?=ff?=\r\nFrom: (((((\r\nTo: <<<>>>,,;:\r\n\r\n",
    "many parts": "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + "--b\r\n\r\nx\r\n" * 10_000
    + "--b--\r\n",
    "many levels": "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(100)
    ),
    "many messages": "Content-Type: message/rfc822\r\n\r\n" * 100,
    "long header": "Subject: " + "x" * 1_000_000 + "\r\n\r\n",
    "many addresses": "To: " + ", ".join(f"a{n}@b.test" for n in range(20_000)) + "\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_kept_and_shown(alice: Talk, name: str) -> None:
    began = time.monotonic()
    assert alice.append(HOSTILE[name]).startswith("OK")
    alice.ok("SELECT INBOX")
    (found,) = alice.ok("FETCH 1 (ENVELOPE BODYSTRUCTURE BODY RFC822.SIZE)")
    assert found.startswith("* 1 FETCH (ENVELOPE (")
    alice.ok("SEARCH TEXT nothing-of-that")
    alice.ok("FETCH 1 BODY.PEEK[1.1.1.MIME]")
    assert time.monotonic() - began < 10


def test_who_disconnects_in_the_middle_leaves_no_trace(mail: Running, alice: Talk) -> None:
    with Talk(mail) as other:
        other.send(b"x APPEND INBOX {5000+}\r\nhalf of it")
    with Talk(mail) as other:
        other.send(b"x SELECT {99}\r\nhal")
    assert alice.ok("STATUS INBOX (MESSAGES)") == ['* STATUS "INBOX" (MESSAGES 0)']
    deadline = time.monotonic() + 5
    while len(mail.post.limits.open) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert mail.post.imap.watched == {}


def test_a_hundred_thousand_messages_are_not_read_to_be_opened(mail: Running, alice: Talk) -> None:
    fill(alice, 1)
    person = mail.store.read_now(people.signing_in, "alice@jpub.co.kr")
    assert person is not None
    mail.store.write_now(multiply, person.id, 100_000)
    told = "\n".join(alice.ok("SELECT INBOX"))
    assert "* 100000 EXISTS" in told
    assert alice.ok("UID SEARCH RETURN (COUNT) UNSEEN")[0].endswith("COUNT 100000")
    assert alice.ok("FETCH 99999 (UID FLAGS)") == ["* 99999 FETCH (UID 99999 FLAGS (\\Recent))"]


def multiply(tx: object, person: str, count: int) -> None:
    """Show the one message of an INBOX many times."""
    mailbox = mailboxes.need(tx, person, "INBOX")  # type: ignore[arg-type]
    run = tx.run  # type: ignore[attr-defined]
    run(
        "INSERT INTO mail_message (mailbox, uid, modseq, flags, seen, date, size, content)"
        " WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
        " SELECT m.mailbox, n.i, n.i, m.flags, m.seen, m.date, m.size, m.content"
        " FROM mail_message m, n WHERE m.mailbox = :mailbox AND m.uid = 1",
        count=count,
        mailbox=mailbox,
    )
    run(
        "UPDATE mailbox SET messages = :count, unseen = :count, uid_next = :count + 1,"
        " modseq = :count + 1 WHERE id = :mailbox",
        count=count,
        mailbox=mailbox,
    )


def test_large_messages_are_read_one_at_a_time(alice: Talk) -> None:
    for number in range(3):
        alice.append(message(f"large {number}", f"needle{number} " + "x" * 400_000))
    alice.append(message("small", "needle9"))
    alice.ok("SELECT INBOX")
    found = alice.ok("FETCH 1:4 BODY.PEEK[TEXT]")
    assert [len(each) > 400_000 for each in found] == [True, True, True, False]
    assert [f"needle{number}" in each for number, each in zip((0, 1, 2, 9), found, strict=True)]
    assert alice.ok("SEARCH BODY needle2") == ["* SEARCH 3"]
    assert alice.ok("SEARCH NOT BODY needle1") == ["* SEARCH 1 3 4"]


def test_before_signing_in_literals_are_short(mail: Running) -> None:
    with Talk(mail, sign_in=False) as talk:
        assert talk.refused("LOGIN {9000}").startswith("BAD")
        talk.send(b"x LOGIN {9000+}\r\n")
        assert talk.line().startswith("* BYE")
