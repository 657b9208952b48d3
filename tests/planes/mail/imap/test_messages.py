"""Messages, with made-up answers.  With real ones: tests/roles/mail/test_imap.py."""

from __future__ import annotations

from array import array

import pytest

from forecourt.planes.mail.imap import questions as q
from forecourt.planes.mail.imap.grammar import Bad
from forecourt.planes.mail.imap.messages import checked
from tests.planes.mail.imap.playing import STATE, Play


@pytest.fixture
def play() -> Play:
    return Play().selected()


def test_only_what_is_asked_for_is_asked_for(play: Play) -> None:
    play.say("c UID FETCH 5 (FLAGS ENVELOPE)", "d FETCH 2 BODY.PEEK[]<0.10>")
    assert play.questions == [q.Fetch(1, [5], True, 0, 0), q.Fetch(1, [5], False, 10, 0)]


def test_many_are_asked_for_some_at_a_time() -> None:
    play = Play(Open=q.Opened(STATE, array("I", range(1, 1001)), (), 0, 2000), Fetch=[]).selected()
    play.say("c FETCH 1:* FLAGS")
    assert [len(each.uids) for each in play.questions] == [200] * 5


def test_reading_a_message_makes_it_seen(play: Play) -> None:
    play.answers["Fetch"] = [q.Row(5, " ", 20, size=2, content=b"\r\n")]
    play.answers["Store"] = q.Stored(((5, " \\Seen ", 21),), (), 21)
    assert play.say("c FETCH 2 BODY[]")[0] == "* 2 FETCH (FLAGS (\\Seen) BODY[] {2}"
    assert play.questions[1] == q.Store(1, [5], "+", ("\\Seen",))
    assert play.session.place.modseq == 21


def test_a_message_that_went_meanwhile_is_left_out(play: Play) -> None:
    play.answers["Fetch"] = []
    assert play.say("c UID FETCH 5 FLAGS") == ["c OK Fetched"]


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("STORE 2 +FLAGS (\\Seen)", q.Store(1, [5], "+", ("\\Seen",))), ("UID STORE 5,7 FLAGS ()", q.Store(1, [5, 7], "", ())),
        ("UID STORE 7 (UNCHANGEDSINCE 9) -FLAGS.SILENT x", q.Store(1, [7], "-", ("x",), 9)),
    ],
)  # fmt: skip
def test_flags_are_changed_by_one_question(play: Play, line: str, question: q.Store) -> None:
    play.answers["Store"] = q.Stored((), (), 0)
    play.say(f"c {line}")
    assert play.questions == [question]


@pytest.mark.parametrize("flags", [("\\Odd",), ("a b",), ("a(",), ("\\",), ("ü",), ("x" * 101,)])
def test_some_flags_cannot_be_set(flags: tuple[str, ...]) -> None:
    with pytest.raises(Bad):
        checked(flags)


def test_system_flags_have_one_spelling() -> None:
    assert checked(("\\SEEN", "\\recent", "$x", "\\Seen")) == ("\\Seen", "$x")


@pytest.mark.parametrize(
    ("line", "ends"),
    [("APPEND INBOX {0+}", "NO"), ("APPEND INBOX {1001+}", "NO [TOOBIG]"), ("APPEND INBOX (\\Odd) {1+}", "BAD"),
     ("APPEND INBOX nonsense {1+}", "BAD"), ("APPEND {1+}", "BAD")],
)  # fmt: skip
def test_a_message_that_is_not_taken_is_passed_over(play: Play, line: str, ends: str) -> None:
    size = int(line.partition("{")[2].rstrip("+}"))
    said = play.say(f"c {line}", "x" * size, "d NOOP")
    assert any(each.startswith(f"c {ends}") for each in said), said
    assert said[-1] == "d OK Done"


def test_what_cannot_be_appended_is_not_waited_for(play: Play) -> None:
    play.answers["MayAppend"] = q.No("full", "OVERQUOTA")
    assert play.say("c APPEND INBOX {5}") == ["c NO [OVERQUOTA] full"]


def test_copies_tell_where_they_are(play: Play) -> None:
    play.answers["Copy"] = q.Copied(7, (2, 5), (1, 2))
    assert play.say("c COPY 1:2 x") == ["c OK [COPYUID 7 2,5 1:2] Copied"]
    assert play.say("d UID COPY 99 x") == ["d OK Nothing was there"]


def test_a_move_tells_what_is_gone(play: Play) -> None:
    play.answers["Copy"] = q.Copied(7, (2,), (1,))
    play.answers["Changes"] = q.Changed(21, (), (2,), ())
    assert play.say("c MOVE 1 x") == ["* OK [COPYUID 7 2 1] Moved", "* 1 EXPUNGE", "c OK Moved"]


def test_what_is_read_only_is_not_changed() -> None:
    play = Play()
    play.say("a LOGIN u p", "b EXAMINE INBOX")
    for line in ("STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "MOVE 1 x", "UID EXPUNGE 2"):
        assert play.say(f"c {line}")[-1].startswith("c NO"), line
    assert play.say("d CLOSE") == ["d OK Closed"]
    assert not any(isinstance(each, q.Expunge) for each in play.questions)


def test_searches_name_messages_by_uid(play: Play) -> None:
    assert play.say("c SEARCH 2:3 SEEN") == ["* SEARCH 2", "c OK Searched"]
    assert play.say("d UID SEARCH RETURN (COUNT) ALL")[0] == '* ESEARCH (TAG "d") UID COUNT 1'
    assert play.say("e SEARCH CHARSET X ALL")[-1].startswith("e NO [BADCHARSET (UTF-8 US-ASCII)]")


def test_changes_are_counted_from_when_they_are_asked_for() -> None:
    """RFC 7162 §3.1: the mailbox's count is told once."""
    play = Play().selected()
    assert play.say("c FETCH 2 MODSEQ")[0] == "* OK [HIGHESTMODSEQ 20] Changes are counted"
    assert not play.say("d FETCH 2 MODSEQ")[0].startswith("* OK")


@pytest.mark.parametrize(
    ("returned", "modseq"),
    [("MIN", 31), ("MAX", 12), ("MIN MAX", 31), ("MIN COUNT", 40), ("ALL", 40)],
)
def test_the_count_of_what_is_named_is_told(returned: str, modseq: int) -> None:
    """RFC 4731 §3.2."""
    play = Play(Search=[(2, 31), (5, 40), (7, 12)]).selected()
    said = play.say(f"c SEARCH RETURN ({returned}) MODSEQ 1")
    assert said[-2].endswith(f" MODSEQ {modseq}")
