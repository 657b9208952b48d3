"""ARC against dkimpy: chains that hold, and chains that were touched."""

from __future__ import annotations

import asyncio
from typing import Any

import dkim as oracle
import pytest

from forecourt.planes.mail import arc
from forecourt.planes.mail.asking import Found, TryLater
from tests.planes.mail.test_dkim import MESSAGE, NOW, record
from tests.roles.mail.conftest import KEY


class Text:
    strings = (record(KEY).encode(),)


async def lookup(name: str, type: str) -> Found:
    return Found((Text,))


def sealed(times: int) -> bytes:
    message = MESSAGE
    for count in range(times):
        before = "pass" if count else "none"
        message = (
            arc.seal(message, "mx.test; spf=pass", before, "jpub.co.kr", "sel", KEY, NOW) + message
        )
    return message


def check(message: bytes, ask: Any = lookup) -> str:
    return asyncio.run(arc.check(ask, message))


@pytest.mark.parametrize("times", [1, 2, 5])
def test_others_believe_our_chain_and_so_do_we(times: int) -> None:
    message = sealed(times)
    said = record(KEY).encode()
    result, _, _ = oracle.arc_verify(message, dnsfunc=lambda name, timeout=5: said)
    assert result == b"pass" and check(message) == "pass"


def test_without_a_chain_there_is_none() -> None:
    assert check(MESSAGE) == "none"


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Hello", b"Hallo"), (b"spf=pass", b"spf=fail"), (b"cv=pass", b"cv=fail"), (b"ARC-Seal: i=1", b"ARC-Seal: i=3"),
     (b"ARC-Seal: i=2", b"X-Seal: i=2"), (b"ARC-Seal: i=2", b"ARC-Seal: i=99"), (b"s=sel", b"h=from; s=sel")],
)  # fmt: skip
def test_a_chain_that_was_touched_fails(old: bytes, new: bytes) -> None:
    message = sealed(2)
    assert old in message and check(message.replace(old, new)) == "fail"


def test_what_dns_does_not_say_now_is_not_known_now() -> None:
    async def later(name: str, type: str) -> Found:
        raise TryLater

    async def nothing(name: str, type: str) -> Found:
        return Found()

    assert check(sealed(1), later) == "temperror"
    assert check(sealed(1), nothing) == "fail"
