"""Mail that services send: kept to be shown, and queued."""

from __future__ import annotations

import pytest

from forecourt.platform import outbox
from forecourt.platform.mail import contents, queue
from tests.harness import World


def test_the_oldest_first(world: World) -> None:
    for subject in ("one", "two"):
        world.store.write_now(outbox.send, "alice@example.com", subject, "Hello.")
    assert [each.spec["Subject"] for each in world.store.read_now(outbox.sent)] == ["one", "two"]


def test_it_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST", 3)
    for each in range(5):
        world.store.write_now(outbox.send, "alice@example.com", str(each), "Hello.")
    kept = [each.spec["Subject"] for each in world.store.read_now(outbox.sent)]
    assert kept == ["2", "3", "4"]


def test_it_is_queued_for_its_domain(world: World) -> None:
    world.store.write_now(outbox.set_host, "mail.test", "127.0.0.1")
    world.store.write_now(outbox.send, "alice@example.com", "Grüße", "Hello.")
    ((message, (waiting,)),) = world.store.read_now(queue.all_waiting)
    assert (message.sender, waiting.address, waiting.domain) == (
        "",
        "alice@example.com",
        "example.com",
    )
    content = world.store.read_now(contents.start_of, message.content, None)
    assert content is not None and b"From: Forecourt <no-reply@mail.test>\r\n" in content
    assert b"\n" not in content.replace(b"\r\n", b"")
