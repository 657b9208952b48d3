"""Mailboxes as a whole, with made-up answers.  With real ones: tests/roles/mail/test_imap.py."""

from __future__ import annotations

import pytest

from forecourt.planes.mail.imap import questions as q
from tests.planes.mail.imap.playing import Play


@pytest.fixture
def play() -> Play:
    made = Play()
    made.say("a LOGIN u p")
    made.questions.clear()
    return made


def test_selecting_tells_all_that_is_to_be_told(play: Play) -> None:
    assert play.say("b SELECT inbox") == [
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work)",
        "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work \\*)] Flags that are kept",
        "* 3 EXISTS",
        "* 1 RECENT",
        "* OK [UNSEEN 2] The first that was not seen",
        "* OK [UIDVALIDITY 99] UIDs hold",
        "* OK [UIDNEXT 8] The next UID",
        "* OK [HIGHESTMODSEQ 20] Changes are counted",
        "b OK [READ-WRITE] Selected",
    ]
    assert play.questions == [q.Open("INBOX", False)]
    assert play.say("c UNSELECT") == ["c OK Unselected"] and play.questions[-1] == q.Closed()


def test_a_mailbox_that_is_not_there_leaves_none_selected(play: Play) -> None:
    play.say("b SELECT INBOX")
    play.answers["Open"] = q.No("There is none", "NONEXISTENT")
    assert play.say("c SELECT x")[-1].startswith("c NO [NONEXISTENT]")
    assert play.say("d FETCH 1 FLAGS")[-1].startswith("d BAD")


def test_levels_that_are_no_mailboxes_are_told_as_such(play: Play) -> None:
    assert '* LIST (\\HasChildren \\Noselect) "/" "a"' in play.say('b LIST "" %')
    assert '* LIST (\\HasChildren \\NonExistent) "/" "a"' in play.say(
        'b LIST "" (%) RETURN (CHILDREN)'
    )


def test_status_tells_what_is_asked(play: Play) -> None:
    assert play.say("b STATUS x (MESSAGES UIDNEXT HIGHESTMODSEQ SIZE)")[0] == (
        '* STATUS "x" (MESSAGES 3 UIDNEXT 8 HIGHESTMODSEQ 20 SIZE 300)'
    )
    for items in ("()", "(NONSENSE)", "MESSAGES"):
        assert play.say(f"c STATUS x {items}")[-1].startswith("c BAD")


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("CREATE a/b/", q.Create("a/b")), ("CREATE Old (USE (\\archive))", q.Create("Old", "\\Archive")), ("DELETE x", q.Delete("x")),
        ("RENAME INBOX y", q.Rename("INBOX", "y")), ("SUBSCRIBE x", q.Subscribe("x", True)), ("UNSUBSCRIBE x", q.Subscribe("x", False)),
    ],
)  # fmt: skip
def test_each_command_asks_one_thing(play: Play, line: str, question: object) -> None:
    assert play.say(f"b {line}")[-1].startswith("b OK") and play.questions == [question]


@pytest.mark.parametrize(
    "line",
    ["CREATE inbox", 'CREATE "a*"', "CREATE x (USE (\\Odd))", "DELETE inbox", "RENAME a a/b", "RENAME a INBOX", "RENAME a a",
     'SUBSCRIBE "a%"', "GETQUOTA x", "SETQUOTA \"\" (STORAGE 1)"],
)  # fmt: skip
def test_what_is_not_allowed_is_not_asked(play: Play, line: str) -> None:
    assert play.say(f"b {line}")[-1].startswith("b NO") and play.questions == []


def test_quota_is_in_kibibytes(play: Play) -> None:
    assert play.say('b GETQUOTA ""')[0] == '* QUOTA "" (STORAGE 2 1024)'


NESTED = [
    q.Listed("INBOX", False),
    q.Listed("a", False),
    q.Listed("a/b", True),
    q.Listed("c", True),
    q.Listed("c/d/e", True),
]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ('LSUB "" %', ['LSUB (\\HasChildren \\Noselect) "/" "a"', 'LSUB (\\HasChildren) "/" "c"']),
        ('LSUB "" c/%', ['LSUB (\\HasChildren \\Noselect) "/" "c/d"']),
        ('LIST (SUBSCRIBED RECURSIVEMATCH) "" %', [
            'LIST (\\HasChildren) "/" "a" (CHILDINFO ("SUBSCRIBED"))',
            'LIST (\\HasChildren \\Subscribed) "/" "c" (CHILDINFO ("SUBSCRIBED"))',
        ]),
        ('LIST (SUBSCRIBED RECURSIVEMATCH) "" a*', ['LIST (\\HasNoChildren \\Subscribed) "/" "a/b"']),
    ],
)  # fmt: skip
def test_what_is_subscribed_below_is_told(asked: str, told: list[str]) -> None:
    """RFC 3501 §6.3.9, RFC 5258 §3.5."""
    play = Play(Mailboxes=NESTED)
    play.say("a LOGIN u p")
    found = [line.removeprefix("* ") for line in play.say(f"b {asked}")[:-1]]
    assert found == told


def test_matching_what_is_below_needs_something_to_match(play: Play) -> None:
    for options in ("(RECURSIVEMATCH)", "(RECURSIVEMATCH REMOTE)"):
        assert play.say(f'b LIST {options} "" *')[-1].startswith("b BAD")
