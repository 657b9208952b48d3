"""Messages and sockets between two ends, and the end of one of them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from forecourt.processes.channel import LARGEST, Channel


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    ours, theirs = Channel.pair()
    other = Channel(theirs)
    yield ours, other
    ours.close()
    other.close()


def test_messages_stay_apart_and_in_order(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    messages: list[dict[str, Any]] = [
        {"ready": True},
        {"text": "ä\n\0", "numbers": [1, 2.5, None]},
        {},
    ]
    for message in messages:
        ours.send(message)
    assert [theirs.receive() for _ in messages] == [(message, None) for message in messages]


def test_both_directions(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    ours.send({"a": 1})
    theirs.send({"b": 2})
    assert ours.receive() == ({"b": 2}, None)
    assert theirs.receive() == ({"a": 1}, None)


def test_a_socket_comes_along_and_is_the_same(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours.send({"socket": {"name": "api"}}, listening)
        received = theirs.receive()
        assert received is not None
        message, sock = received
        assert message == {"socket": {"name": "api"}}
        assert sock is not None
        with sock:
            assert sock.getsockname() == listening.getsockname()
            assert sock.fileno() != listening.fileno()


@pytest.mark.parametrize("size", [60_000, LARGEST - 20])
def test_large_messages(ends: tuple[Channel, Channel], size: int) -> None:
    ours, theirs = ends
    ours.send({"text": "x" * size})
    assert theirs.receive() == ({"text": "x" * size}, None)


def test_the_end_is_read_after_what_was_sent(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    ours.send({"last": True})
    ours.close()
    assert theirs.receive() == ({"last": True}, None)
    assert theirs.receive() is None
    assert theirs.receive() is None


def test_nothing_there_does_not_block_when_told_so(ends: tuple[Channel, Channel]) -> None:
    ours, _ = ends
    ours.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        pytest.fail(f"received {ours.receive()}")
