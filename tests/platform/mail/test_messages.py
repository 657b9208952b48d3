"""Messages: counts that agree, whatever happens to them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.planes.mail.imap.questions import No
from forecourt.platform.mail import mailboxes, messages, people
from forecourt.store.tx import Tx
from tests.harness import World
from tests.platform.mail.placing import inbox, put, somebody


@pytest.fixture
def alice(world: World) -> str:
    return world.store.write_now(somebody)


def truth(tx: Tx, mailbox: int) -> tuple[int, int, int]:
    """Messages, unseen ones, and bytes, as they are."""
    row = tx.one(
        "SELECT count(*), coalesce(sum(CASE WHEN seen THEN 0 ELSE 1 END), 0),"
        " coalesce(sum(size), 0) FROM mail_message WHERE mailbox = :id",
        id=mailbox,
    )
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def counted(tx: Tx, mailbox: int) -> tuple[int, int, int]:
    found = mailboxes.state(tx, mailbox)
    return found.messages, found.unseen, found.size


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "seen", "unseen", "delete", "expunge", "copy", "move", "replace")),
        st.integers(1, 8),
    ),
    max_size=25,
)


@given(STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counts_agree_whatever_happens(
    world: World, alice: str, steps: list[tuple[str, int]]
) -> None:
    store = world.store
    mailbox = store.read_now(inbox, alice)
    other = store.read_now(mailboxes.need, alice, "Archive")
    for action, uid in steps:
        match action:
            case "put":
                store.write_now(put, alice, "x" * uid)
            case "seen" | "unseen":
                sign = "+" if action == "seen" else "-"
                store.write_now(messages.store, mailbox, [uid], sign, ("\\Seen",), None)
            case "replace":
                store.write_now(messages.store, mailbox, [uid], "", ("$X",), None)
            case "delete":
                store.write_now(messages.store, mailbox, [uid], "+", ("\\Deleted",), None)
            case "expunge":
                store.write_now(messages.expunge, alice, mailbox, None)
            case _:
                store.write_now(
                    messages.copy, alice, mailbox, [uid], "Archive", move=action == "move"
                )
    for each in (mailbox, other):
        assert store.read_now(counted, each) == store.read_now(truth, each)
    person = store.read_now(people.get, alice)
    sizes = store.read_now(truth, mailbox)[2] + store.read_now(truth, other)[2]
    assert person is not None and person.used == sizes
    orphans: Any = store.read_now(
        lambda tx: tx.value(
            "SELECT count(*) FROM mail_content WHERE id NOT IN (SELECT content FROM mail_message)"
        )
    )
    assert orphans == 0


def test_uids_grow_and_are_never_reused(world: World, alice: str) -> None:
    mailbox = world.store.read_now(inbox, alice)
    first = [world.store.write_now(put, alice) for _ in range(3)]
    world.store.write_now(messages.store, mailbox, first, "+", ("\\Deleted",), None)
    assert world.store.write_now(messages.expunge, alice, mailbox, None)[0] == tuple(first)
    assert world.store.write_now(put, alice) == 4


def test_flags_that_were_changed_meanwhile_are_left(world: World, alice: str) -> None:
    mailbox = world.store.read_now(inbox, alice)
    world.store.write_now(put, alice)
    before = world.store.read_now(mailboxes.state, mailbox).modseq
    world.store.write_now(messages.store, mailbox, [1], "+", ("$A",), None)
    stored = world.store.write_now(messages.store, mailbox, [1], "+", ("$B",), before)
    assert stored.modified == (1,) and stored.rows == () and stored.modseq == 0


def test_a_change_that_changes_nothing_is_none(world: World, alice: str) -> None:
    mailbox = world.store.read_now(inbox, alice)
    world.store.write_now(put, alice)
    before = world.store.read_now(mailboxes.state, mailbox).modseq
    stored = world.store.write_now(messages.store, mailbox, [1], "-", ("\\Seen",), None)
    assert stored.modseq == 0 and stored.rows[0][1] == " "
    assert world.store.read_now(mailboxes.state, mailbox).modseq == before


def test_a_full_mailbox_takes_nothing(world: World, alice: str) -> None:
    world.store.write_now(people.set_quota, alice, 10)
    with pytest.raises(No) as refused:
        world.store.write_now(put, alice)
    assert refused.value.code == "OVERQUOTA"


def test_keywords_are_bounded(world: World, alice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_KEYWORDS", 2)
    mailbox = world.store.read_now(inbox, alice)
    world.store.write_now(put, alice)
    with pytest.raises(No):
        world.store.write_now(messages.store, mailbox, [1], "+", ("a", "b", "c"), None)


@pytest.mark.parametrize(
    ("uids", "runs"),
    [([], []), ([1, 2, 3], [[1, 2, 3]]), ([1, 10, 100], [[1, 10], [100]]), ([5], [[5]])],
)
def test_uids_that_are_near_are_asked_for_together(uids: list[int], runs: list[list[int]]) -> None:
    assert [list(run) for run in messages.spans(uids)] == runs
