"""What may be said when, and what is told of changes."""

from __future__ import annotations

import pytest

from forecourt.planes.mail.imap import questions as q
from forecourt.planes.mail.imap.session import COMMANDS, State
from tests.planes.mail.imap.playing import Play

SCRIPT = (
    "a LOGIN {1+}", "u {1+}", "p", 'b LIST "" *', "c SELECT INBOX", "d UID FETCH 5 FLAGS",
    "e APPEND INBOX {3+}", "hey", "f IDLE", "DONE", "g SEARCH ALL", "h LOGOUT",
)  # fmt: skip


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_how_the_bytes_are_cut_does_not_matter(piece: int) -> None:
    whole, cut = Play(), Play()
    assert whole.say(*SCRIPT) == cut.say(*SCRIPT, piece=piece)
    assert whole.questions == cut.questions and whole.session.closed


def test_each_command_knows_its_states() -> None:
    before = {verb for verb, (states, _) in COMMANDS.items() if states & State.NOT_AUTHENTICATED}
    assert before == {"CAPABILITY", "NOOP", "LOGOUT", "ID", "STARTTLS", "LOGIN", "AUTHENTICATE"}
    play = Play()
    play.say("a LOGIN u p")
    for verb, (states, _) in COMMANDS.items():
        if not states & State.AUTHENTICATED:
            assert play.say(f"x {verb}")[-1].startswith("x BAD"), verb


@pytest.mark.parametrize(
    "line", ["", "a", "\x01 NOOP", "x" * 70 + " NOOP", "a NONSENSE", "a UID", "a UID NOOP"]
)
def test_what_is_no_command_is_bad(line: str) -> None:
    assert " BAD " in Play().say(line)[-1]


def test_after_many_errors_we_hang_up() -> None:
    play = Play()
    said = play.say(*("a NONSENSE" for _ in range(60)))
    assert said[-1].startswith("* BYE") and play.session.closed


def test_a_refusal_is_told_with_its_code() -> None:
    play = Play(Login=q.No("wrong", "AUTHENTICATIONFAILED"))
    assert play.say("a LOGIN u p")[-1] == "a NO [AUTHENTICATIONFAILED] wrong"


def test_what_changed_is_told_at_the_end_of_a_command() -> None:
    changed = q.Changed(25, (7, 9), (2,), ((7, " \\Seen $New ", 24), (9, " ", 25)))
    play = Play(Changes=changed).selected()
    assert play.say("c NOOP") == [
        "* 1 EXPUNGE",
        "* 3 EXISTS",
        "* 2 RECENT",
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New $Work)",
        "* 2 FETCH (FLAGS (\\Seen $New \\Recent))",
        "c OK Done",
    ]
    assert play.session.place.modseq == 25 and list(play.session.place.uids) == [5, 7, 9]


def test_nothing_is_asked_unless_something_may_have_changed() -> None:
    play = Play().selected()
    play.say("c STATUS x (MESSAGES)")
    assert not any(isinstance(each, q.Changes) for each in play.questions)
    play.session.stir()
    play.say("d STATUS x (MESSAGES)")
    assert any(isinstance(each, q.Changes) for each in play.questions)


def test_a_mailbox_that_is_gone_ends_the_session() -> None:
    play = Play(Changes=q.Changed(0, (), (), (), deleted=True)).selected()
    assert play.say("c NOOP")[-1].startswith("* BYE") and play.session.closed


def test_waiting_ends_when_something_happens_or_is_said() -> None:
    play = Play().selected()
    assert play.say("c IDLE") == ["+ Waiting"] and play.session.idling
    play.answers["Changes"] = q.Changed(21, (8,), (), ((8, " ", 21),))
    play.session.stir()
    assert play.run() == b"* 4 EXISTS\r\n* 2 RECENT\r\n"
    play.answers["Changes"] = q.Changed(21, (), (), ())
    assert play.say("DONE") == ["c OK Waited"] and not play.session.idling
    play.say("d IDLE")
    assert play.say("nonsense")[-1].startswith("d BAD")
