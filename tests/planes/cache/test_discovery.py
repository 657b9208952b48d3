"""Auto discovery: what is answered here, what goes on to a node."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.cache.discovery import (
    HEADER,
    KEY,
    Answer,
    Conversation,
    Forward,
    Malformed,
    Reply,
)

NODES = (3, [("a.0001.use1.example", "127.0.0.1", 11211), ("b", "127.0.0.2", 11211)])
LIST = b"3\na.0001.use1.example|127.0.0.1|11211 b|127.0.0.2|11211\n"


def said(*pieces: bytes) -> list[object]:
    conversation = Conversation(lambda: NODES)
    return [step for piece in pieces for step in conversation.receive(piece)]


def test_the_list_is_told_in_both_ways() -> None:
    new, old = said(b"config get cluster\r\nget AmazonElastiCache:cluster\r\n")
    assert new == Answer(b"CONFIG cluster 0 %d\r\n%b\r\nEND\r\n" % (len(LIST), LIST))
    assert old == Answer(b"VALUE %b 0 %d\r\n%b\r\nEND\r\n" % (KEY, len(LIST), LIST))


def test_the_rest_goes_on_whole() -> None:
    data = b"set config 0 0 20\r\nconfig get cluster\r\n\r\n"
    assert said(data[:-1]) == []
    assert said(data[:30], data[30:]) == [Forward(data, "set")]
    assert said(b"get a\r\n") == [Forward(b"get a\r\n", "get")]
    assert said(b"delete a noreply\r\n") == [Forward(b"delete a noreply\r\n", "")]
    assert said(b"config set x\r\n") == [Answer(b"ERROR\r\n")]


def test_binary_requests_are_told_too() -> None:
    request = HEADER.pack(0x80, 0x0C, len(KEY), 0, 0, 0, len(KEY), 7, 0) + KEY
    (answer,) = said(request[:10], request[10:])
    assert isinstance(answer, Answer) and answer.data.endswith(KEY + LIST)
    assert HEADER.unpack_from(answer.data)[7] == 7
    other = HEADER.pack(0x80, 0, 1, 0, 0, 0, 1, 7, 0) + b"a"
    assert said(other) == [Forward(other, "binary")]


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 5000, b"set a 0 0 -1\r\n", b"set a 0 0 999999999999\r\n",
        HEADER.pack(0x80, 0, 9, 0, 0, 0, 1, 7, 0), HEADER.pack(0x80, 0, 0, 0, 0, 0, 1 << 31, 7, 0),
    ],
)  # fmt: skip
def test_what_no_client_says_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        said(data)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("get", b"VALUE a 0 5\r\nEND\r\n\r\nEND\r\n"), ("get", b"END\r\n"), ("set", b"STORED\r\n"),
        ("mg", b"VA 4 t0\r\nHD\r\n\r\n"), ("mg", b"HD\r\n"), ("stats", b"STAT a 1\r\nSTAT b 2\r\nEND\r\n"),
        ("get", b"SERVER_ERROR out of memory\r\n"), ("version", b"VERSION 1.6\r\n"),
    ],
)  # fmt: skip
def test_an_answer_ends_where_it_does(verb: str, answer: bytes) -> None:
    for size in (1, 3, 1000):
        reply, taken, buffer = Reply(verb), b"", bytearray()
        for at in range(0, len(answer), size):
            assert not reply.ended
            buffer += answer[at : at + size]
            taken += reply.take(buffer)
        assert reply.ended and taken == answer and not buffer


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_break_it(pieces: list[bytes]) -> None:
    with contextlib.suppress(Malformed):
        said(*pieces)
