"""AUTH and HELLO get another password; nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planes.cache.signing_in import Malformed, Stream, encoded


def exchange(user: str, token: str) -> str | None:
    return f"<{token}>" if user == "iam" else None


def through(*pieces: bytes) -> bytes:
    stream = Stream(exchange)
    return b"".join(stream.receive(piece) for piece in pieces)


def command(*words: str | bytes) -> bytes:
    return encoded([word.encode() if isinstance(word, str) else word for word in words])


@pytest.mark.parametrize(
    ("sent", "goes"),
    [
        (command("AUTH", "iam", "t"), command("AUTH", "iam", "<t>")),
        (command("auth", "bob", "t"), command("auth", "bob", "t")),
        (command("AUTH", "t"), command("AUTH", "t")),
        (command("HELLO", "3", "AUTH", "iam", "t", "SETNAME", "x"), command("HELLO", "3", "AUTH", "iam", "<t>", "SETNAME", "x")),
        (command("HELLO", "3"), command("HELLO", "3")),
        (b"AUTH iam t\r\n", command("AUTH", "iam", "<t>")),
        (b"PING\r\n", b"PING\r\n"),
        (command("SET", "AUTH", "iam", "t"), command("SET", "AUTH", "iam", "t")),
        (command("SET", "a", b"x" * 100_000), command("SET", "a", b"x" * 100_000)),
        (command("MSET", *["a"] * 40), command("MSET", *["a"] * 40)),
        (b"*0\r\n", b"*0\r\n"),
    ],
)  # fmt: skip
def test_what_goes_on(sent: bytes, goes: bytes) -> None:
    assert through(sent + sent) == goes + goes
    assert through(*(sent[at : at + 7] for at in range(0, len(sent), 7))) == goes


@given(
    st.lists(st.lists(st.binary(max_size=30), min_size=1, max_size=20), max_size=5),
    st.integers(1, 50),
)
def test_other_commands_are_as_they_were(commands: list[list[bytes]], size: int) -> None:
    sent = b"".join(encoded([b"X", *words]) for words in commands)
    assert through(*(sent[at : at + size] for at in range(0, len(sent), size))) == sent


@pytest.mark.parametrize(
    "data",
    [
        b"*9999999999\r\n",
        b"*2\r\n$-1\r\n",
        b"*1\r\n:1\r\n",
        b"x" * 70_000,
        b"*1\r\n$9999999999\r\n",
        b"*x\r\n",
        b"*" * 70_000,
    ],
)
def test_what_is_no_resp_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        through(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    try:
        through(data)
    except Malformed:
        return
