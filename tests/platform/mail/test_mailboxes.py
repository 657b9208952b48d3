"""Mailboxes: names, UIDs that never lie, and what became of them."""

from __future__ import annotations

import pytest

from forecourt.planes.mail.imap.questions import No
from forecourt.platform.mail import mailboxes, messages
from forecourt.store import feed
from tests.harness import World
from tests.platform.mail.placing import inbox, put, somebody


@pytest.fixture
def alice(world: World) -> str:
    return world.store.write_now(somebody)


def names(world: World, person: str) -> list[str]:
    return [each.name for each in world.store.read_now(mailboxes.listed, person)]


def test_levels_above_are_made(world: World, alice: str) -> None:
    world.store.write_now(mailboxes.create, alice, "a/b/c", "")
    assert {"a", "a/b", "a/b/c"} <= set(names(world, alice))


def test_uidvalidity_is_never_given_twice(world: World, alice: str) -> None:
    seen = set()
    for _ in range(5):
        world.store.write_now(mailboxes.create, alice, "x", "")
        seen.add(world.store.read_now(mailboxes.status, alice, "x").uid_validity)
        world.store.write_now(mailboxes.delete, alice, "x")
    assert len(seen) == 5


def test_after_a_restore_all_uids_are_new(world: World, alice: str) -> None:
    before = world.store.read_now(mailboxes.status, alice, "INBOX").uid_validity
    world.store.write_now(mailboxes.renew)
    assert world.store.read_now(mailboxes.status, alice, "INBOX").uid_validity > before


def test_what_changed_is_told_from_where_one_was(world: World, alice: str) -> None:
    mailbox = world.store.read_now(inbox, alice)
    for _ in range(3):
        world.store.write_now(put, alice)
    since = world.store.read_now(mailboxes.state, mailbox).modseq
    world.store.write_now(messages.store, mailbox, [1, 2], "+", ("\\Deleted",), None)
    world.store.write_now(messages.expunge, alice, mailbox, [1])
    world.store.write_now(put, alice)
    changed = world.store.read_now(mailboxes.changes, mailbox, since)
    assert changed.gone == (1,) and changed.uids == (2, 4)
    assert changed.flags[0][:2] == (2, " \\Deleted ")
    assert world.store.read_now(mailboxes.changes, mailbox, changed.modseq).flags == ()


def test_a_change_is_published_under_its_mailbox(world: World, alice: str) -> None:
    mailbox = world.store.read_now(inbox, alice)
    cursor = world.store.read_now(feed.head)
    world.store.write_now(put, alice)
    entries, _ = world.store.read_now(feed.after, mailboxes.TOPIC, cursor)
    assert {entry.key for entry in entries} == {str(mailbox)}


def test_what_is_recent_is_so_in_one_session(world: World, alice: str) -> None:
    world.store.write_now(put, alice)
    first = world.store.write_now(mailboxes.open_for_writing, alice, "INBOX")
    second = world.store.write_now(mailboxes.open_for_writing, alice, "INBOX")
    assert (first.state.recent, second.state.recent) == (1, 0)
    assert list(first.uids) == [1] and first.first_unseen == 1


def test_there_are_only_so_many(world: World, alice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailboxes, "MOST", 6)
    with pytest.raises(No):
        world.store.write_now(mailboxes.create, alice, "x", "")
    with pytest.raises(No):
        world.store.write_now(mailboxes.subscribe, alice, "y", wanted=True)
