"""DKIM against dkimpy, both ways, and what makes a signature worthless."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from forecourt.planes.mail import dkim
from tests.roles.mail.conftest import KEY

MESSAGE = (
    b"From: Alice <alice@jpub.co.kr>\r\nTo: b@c.test\r\nSubject: hi\r\n\t there\r\n"
    b"Date: Wed, 25 Nov 2026 05:56:07 +0000\r\nMessage-ID: <a@b>\r\n\r\n"
    b"Hello  world \r\n\r\n.\r\nend\r\n\r\n\r\n"
)
NOW = 1_795_587_697.0


def record(key: Any, **more: str) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw, kind = key.public_key().public_bytes_raw(), "ed25519"
    else:
        raw = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kind = "rsa"
    said = {"v": "DKIM1", "k": kind, "p": base64.b64encode(raw).decode(), **more}
    return "; ".join(f"{tag}={value}" for tag, value in said.items())


def by_oracle(**options: Any) -> bytes:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    signed: bytes = oracle.sign(MESSAGE, b"sel", b"jpub.co.kr", pem, **options)
    return signed + MESSAGE


def check(message: bytes, said: str = "", now: float = NOW) -> None:
    (signature,) = dkim.signatures(message)
    if isinstance(signature, dkim.Invalid):
        raise signature
    dkim.check(signature, message, said or record(KEY), now)


def ours(key: dkim.Key = KEY, message: bytes = MESSAGE) -> bytes:
    return dkim.sign(message, "jpub.co.kr", "sel", key, NOW) + message


@pytest.mark.parametrize(
    "message", [MESSAGE, MESSAGE.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", b"From: a@b\r\n\r\n \r\n"]
)
def test_others_believe_what_we_sign(message: bytes) -> None:
    said = record(KEY).encode()
    assert oracle.verify(ours(message=message), dnsfunc=lambda name, timeout=5: said)


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
def test_we_believe_what_others_sign(header: bytes, body: bytes) -> None:
    check(by_oracle(canonicalize=(header, body)), now=time.time())


def test_a_length_leaves_the_rest_unsigned() -> None:
    signed = by_oracle(length=True, canonicalize=(b"relaxed", b"relaxed"))
    check(signed + b"added\r\n", now=time.time())


def test_ed25519_is_believed() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    check(ours(key), record(key))


def test_the_example_of_rfc_8463() -> None:
    """RFC 8463 Appendix A: both keys and one message."""
    said = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    message = (
        b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
        b" d=football.example.com; i=@football.example.com;\r\n"
        b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
        b" subject : date : message-id : from : subject : date;\r\n"
        b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        b" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
        b" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
        b"From: Joe SixPack <joe@football.example.com>\r\n"
        b"To: Suzie Q <suzie@shopping.example.net>\r\n"
        b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
        b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
        b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
    )
    check(message, said)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Hello", b"Hallo"), (b"Subject: hi", b"Subject: ho"), (b"b@c.test", b"d@c.test"),
     (b"\r\n\r\nHello", b"\r\nSubject: second\r\n\r\nHello"), (b"end", b"end\r\nmore")],
)  # fmt: skip
def test_what_was_changed_fails(old: bytes, new: bytes) -> None:
    with pytest.raises(dkim.Invalid) as problem:
        check(ours().replace(old, new, 1) if old != b"Hello" else ours().replace(old, new))
    assert problem.value.result == "fail"


def test_a_second_from_cannot_be_added() -> None:
    with pytest.raises(dkim.Invalid):
        check(b"From: evil@x.test\r\n" + ours())


@pytest.mark.parametrize(
    ("more", "result"),
    [({"p": ""}, "permerror"), ({"k": "ed25519"}, "permerror"), ({"h": "sha1"}, "permerror"),
     ({"s": "web"}, "permerror"), ({"v": "DKIM2"}, "permerror"), ({"p": "!!"}, "permerror"),
     ({"p": base64.b64encode(b"nonsense").decode()}, "permerror")],
)  # fmt: skip
def test_a_key_can_be_of_no_use(more: dict[str, str], result: str) -> None:
    with pytest.raises(dkim.Invalid) as problem:
        check(ours(), record(KEY, **more))
    assert problem.value.result == result


def test_a_short_key_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    check(ours(weak), record(weak))  # the shortest that does
    monkeypatch.setattr(dkim, "WEAKEST", 1025)
    with pytest.raises(dkim.Invalid) as problem:
        check(ours(weak), record(weak))
    assert problem.value.result == "policy"


@pytest.mark.parametrize(
    ("pattern", "new", "result"),
    [(rb"v=1", b"v=2", "permerror"), (rb"rsa-sha256", b"rsa-sha1", "policy"), (rb"d=jpub.co.kr", b"d=", "fail"),
     (rb"h=from:", b"h=", None), (rb"bh=[^;]+", b"bh=!!", "permerror"), (rb"c=relaxed/relaxed", b"c=odd", "permerror"),
     (rb"s=sel;", b"s=sel; i=@other.test;", "permerror"), (rb"s=sel;", b"s=sel; q=web;", "permerror"),
     (rb"s=sel;", b"s=sel; x=1;", "fail"), (rb"t=\d+", b"t=99999999999", "fail"), (rb"s=sel;", b"s=sel; s=sel;", "permerror"),
     (rb"s=sel;", b"s=sel; l=x;", "permerror"), (rb"s=sel;", b"s=sel; l=999;", "fail")],
)  # fmt: skip
def test_signatures_can_be_wrong_in_many_ways(
    pattern: bytes, new: bytes, result: str | None
) -> None:
    message = re.sub(pattern, new, ours(), count=1)
    with pytest.raises(dkim.Invalid) as problem:
        check(message)
    assert result is None or problem.value.result == result


def test_only_so_many_signatures_are_looked_at() -> None:
    assert len(dkim.signatures(b"DKIM-Signature: x\r\n" * 1000 + MESSAGE)) == dkim.MOST
