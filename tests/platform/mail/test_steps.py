"""The path of a message."""

from __future__ import annotations

from datetime import timedelta

from forecourt.platform.mail import steps
from forecourt.store.tx import Tx
from tests.harness import World
from tests.platform.mail.placing import put, somebody


def test_steps_are_told_in_their_order(world: World) -> None:
    for step in ("submitted", "sent"):
        world.store.write_now(steps.note, "<1@x.test>", step, "y" * 1000)
    found = world.store.read_now(steps.path, "1@x.test")
    assert [step for _, step, _ in found] == ["submitted", "sent"]
    assert len(found[0][2]) == steps.LONGEST


def test_reading_is_told_once(world: World) -> None:
    person = world.store.write_now(somebody)
    world.store.write_now(put, person)

    def read(tx: Tx) -> None:
        tx.run("UPDATE mail_content SET message_id = '<1@x.test>'")
        content = tx.value("SELECT id FROM mail_content")
        for how in ("by IMAP", "by IMAP", "by POP3"):
            steps.note_read(tx, content, how)

    world.store.write_now(read)
    found = world.store.read_now(steps.path, "<1@x.test>")
    assert [detail for _, _, detail in found] == ["by IMAP", "by POP3"]


def test_old_steps_are_forgotten(world: World) -> None:
    world.store.write_now(steps.note, "<1@x.test>", "sent", "")

    def age(tx: Tx) -> None:
        old = (tx.now - timedelta(days=31)).timestamp()
        tx.run("UPDATE mail_step SET at = :old", old=old)
        steps.forget(tx)

    world.store.write_now(age)
    assert world.store.read_now(steps.path, "1@x.test") == []
