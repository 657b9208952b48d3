"""ARC against dkimpy: chains that hold, and chains that were touched."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from typing import Any

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

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


def relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.lower() + b":" + b" ".join(value.split())


def by_others(message: bytes) -> bytes:
    """A first link as we do not write it: other orders of tags, other folding, the body simple."""
    body = message.partition(b"\r\n\r\n")[2].rstrip(b"\r\n") + b"\r\n"
    digest = base64.b64encode(hashlib.sha256(body).digest())
    results = b"ARC-Authentication-Results: i=1;\r\n\tmx.test;\r\n\tspf=pass"
    signature = (
        b"ARC-Message-Signature: i=1; a=rsa-sha256; bh=" + digest + b";\r\n\tc=relaxed/simple;"
        b"\r\n h=From :\r\n To; d=jpub.co.kr; s=sel; t=1795587600; b="
    )
    fields = [field for field in message.split(b"\r\n") if field.startswith((b"From:", b"To:"))]
    signed = b"\r\n".join(map(relaxed, [*fields, signature]))
    signature += base64.b64encode(KEY.sign(signed, PKCS1v15(), SHA256()))
    seal = b"ARC-Seal: i=1; cv=none; a=rsa-sha256;\r\n\td=jpub.co.kr; t=1795587600; s=sel; b="
    signed = b"\r\n".join(map(relaxed, [results, signature, seal]))
    seal += base64.b64encode(KEY.sign(signed, PKCS1v15(), SHA256()))
    return b"\r\n".join((seal, signature, results, message))


def test_we_believe_others_chains_and_go_on_with_them() -> None:
    message, said = by_others(MESSAGE), record(KEY).encode()
    for results in ("mx.test; arc=pass", "mx.test; arc=pass", ""):
        verdict, _, reason = oracle.arc_verify(message, dnsfunc=lambda name, timeout=5: said)
        assert (verdict, check(message)) == (b"pass", "pass"), reason
        message = arc.seal(message, results, "pass", "jpub.co.kr", "sel", KEY, NOW) + message


def test_a_wrong_key_fails() -> None:
    class Other:
        strings = (record(rsa.generate_private_key(65537, 2048)).encode(),)

    async def other(name: str, type: str) -> Found:
        return Found((Other,))

    assert check(sealed(1), other) == "fail"


def test_the_last_link_cannot_be_taken_off_and_put_on_twice() -> None:
    message = sealed(2)
    last = message[: len(message) - len(sealed(1))]
    assert check(message.removeprefix(last)) == "pass"
    assert check(last + message) == "fail"


def test_there_is_an_end_to_chains() -> None:
    links = b"".join(
        b"ARC-Seal: i=%d; cv=pass\r\nARC-Message-Signature: i=%d\r\nARC-Authentication-Results: i=%d; x\r\n"
        % (n, n, n)
        for n in range(1, 1000)
    )
    began = time.monotonic()
    assert check(links + MESSAGE) == "fail"
    assert time.monotonic() - began < 2


@given(st.lists(st.tuples(st.sampled_from(arc.PARTS), st.binary(max_size=30)), max_size=6))
def test_any_chain_has_a_result(fields: list[tuple[str, bytes]]) -> None:
    lines = [name.encode() + b": i=1; " + value.replace(b"\n", b"") for name, value in fields]
    assert check(b"\r\n".join([*lines, MESSAGE])) in ("none", "fail")
