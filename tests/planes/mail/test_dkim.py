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
from hypothesis import given
from hypothesis import strategies as st

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


EXAMPLE = (
    b"Received: from client1.football.example.com  [192.0.2.1]\r\n"
    b"      by submitserver.example.com with SUBMISSION;\r\n"
    b"      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
    b"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"
)


def test_the_example_of_rfc_6376() -> None:
    """RFC 6376 Appendix A.2, and the key of Appendix C."""
    said = (
        "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
        "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gb"
        "to/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
    )
    message = (
        b"DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
        b"      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
        b"      h=Received : From : To : Subject : Date : Message-ID;\r\n"
        b"      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        b"      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
        b"      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
        b"      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
        b"      4bmp/YzhwvcubU4=;\r\n"
    ) + EXAMPLE
    check(message, said)
    with pytest.raises(dkim.Invalid):  # simple: a blank counts
        check(message.replace(b"example.com  [", b"example.com ["), said)


@pytest.mark.parametrize(
    ("body", "form", "canonical"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", "relaxed", b" C\r\nD E\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", "simple", b" C \r\nD \t E\r\n"),
        (b"", "simple", b"\r\n"), (b"", "relaxed", b""), (b"\r\n\r\n", "simple", b"\r\n"),
        (b" \t\r\n \r\n", "relaxed", b""), (b"no end", "simple", b"no end\r\n"), (b"no end \t", "relaxed", b"no end\r\n"),
    ],
)  # fmt: skip
def test_bodies_have_a_canonical_form(body: bytes, form: str, canonical: bytes) -> None:
    """RFC 6376 §3.4.5 has the first two."""
    assert dkim.canonical_body(body, form) == canonical


def test_headers_have_a_canonical_form() -> None:
    """RFC 6376 §3.4.5"""
    assert dkim.canonical_header(b"A: X\r\n", "relaxed") == b"a:X\r\n"
    assert dkim.canonical_header(b"B : Y\t\r\n\tZ  \r\n", "relaxed") == b"b:Y Z\r\n"
    assert dkim.canonical_header(b"B : Y\t\r\n\tZ  \r\n", "simple") == b"B : Y\t\r\n\tZ  \r\n"


def signed_by_hand(names: list[str], more: str = "", message: bytes = MESSAGE) -> bytes:
    """A signature with tags that we do not write ourselves."""
    digest = base64.b64encode(dkim.body_hash(message, "relaxed")).decode()
    raw = (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=jpub.co.kr; s=sel;"
        f" h={':'.join(names)};{more} bh={digest}; b="
    ).encode()
    chosen = dkim.chosen(dkim.header_of(message), names)
    data = b"".join(dkim.canonical_header(each, "relaxed") for each in chosen)
    data += dkim.canonical_header(raw, "relaxed").removesuffix(b"\r\n")
    return raw + base64.b64encode(dkim.made(KEY, data)) + b"\r\n" + message


@pytest.mark.parametrize(
    "more", ["", " x=1795587698;", " t=1795587600;", " i=a@sub.jpub.co.kr;", " z=Subject:b=20c|To:x;"]
)  # fmt: skip
def test_tags_that_we_do_not_write_are_understood(more: str) -> None:
    message, said = signed_by_hand(["from", "to", "cc"], more), record(KEY).encode()
    assert oracle.verify(message, dnsfunc=lambda name, timeout=5: said) or "x=" in more
    check(message)


def test_an_expired_signature_fails() -> None:
    message = signed_by_hand(["from"], f" x={int(NOW)};")
    check(message, now=NOW)
    with pytest.raises(dkim.Invalid) as problem:
        check(message, now=NOW + 1)
    assert problem.value.result == "fail"


def test_a_key_can_forbid_subdomains() -> None:
    message = signed_by_hand(["from"], " i=a@sub.jpub.co.kr;")
    with pytest.raises(dkim.Invalid):
        check(message, record(KEY, t="y:s"))
    check(signed_by_hand(["from"], " i=a@jpub.co.kr;"), record(KEY, t="y:s"))


def test_another_key_does_not_match() -> None:
    other = rsa.generate_private_key(65537, 2048)
    with pytest.raises(dkim.Invalid) as problem:
        check(ours(), record(other))
    assert problem.value.result == "fail"


@pytest.mark.parametrize("kept", [b"From", b"To", b"Subject", b"Date", b"Message-ID"])
def test_a_signed_field_cannot_be_taken_away(kept: bytes) -> None:
    message = re.sub(rb"\r\n" + kept + rb":[^\r]*(?:\r\n\t[^\r]*)*", b"", ours(), count=1)
    assert message != ours()
    with pytest.raises(dkim.Invalid):
        check(message)


@pytest.mark.parametrize("name", [b"From", b"To", b"Subject", b"Date"])
@pytest.mark.parametrize("first", [False, True])
def test_a_field_cannot_be_there_twice(name: bytes, first: bool) -> None:
    header, _, body = ours().partition(b"\r\n\r\n")
    added = name + b": another"
    changed = added + b"\r\n" + header if first else header + b"\r\n" + added
    with pytest.raises(dkim.Invalid):
        check(changed + b"\r\n\r\n" + body)


@pytest.mark.parametrize("prefix", [b"X evil ", b": ", b"evil\r\n ", b'"'])
def test_a_signed_field_is_a_line_of_its_own(prefix: bytes) -> None:
    """RFC 5322 §2.2: what stands in the middle of a line is no field."""
    message = ours().replace(b"\r\nSubject: hi", b"\r\n" + prefix + b"Subject: hi")
    with pytest.raises(dkim.Invalid):
        check(message)


HOSTILE = {
    "blanks": b"DKIM-Signature: a=x" + b" " * 1_000_000 + b"y\r\n",
    "folded blanks": b"DKIM-Signature: a=x" + b"\r\n " * 300_000 + b"y\r\n",
    "many tags": b"DKIM-Signature: " + b"".join(b"a%d=;\r\n " % n for n in range(100_000)) + b"\r\n",
    "no tags": b"DKIM-Signature: " + b";" * 500_000 + b"\r\n",
    "many names": b"DKIM-Signature: v=1; a=rsa-sha256; d=a.b; s=c; bh=aaaa; b=aaaa; h=from" + b":from" * 200_000 + b"\r\n",
    "not text": b"DKIM-Signature: v=1; a=\xff\0; d=\xfe; s=\0; h=from; bh=aaaa; b=aaaa\r\n",
    "no colon": b"x" * 300_000 + b"\r\n",
    "lines without a colon": (b"x" * 900 + b"\r\n") * 1_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_signatures_take_no_time(name: str) -> None:
    began = time.monotonic()
    for signature in dkim.signatures(HOSTILE[name] + b"From: a@b.test\r\n\r\nx"):
        if not isinstance(signature, dkim.Invalid):
            with pytest.raises(dkim.Invalid):
                dkim.check(signature, HOSTILE[name] + b"\r\nx", record(KEY), NOW)
    assert time.monotonic() - began < 3


@given(st.text(max_size=60))
def test_any_text_is_tags_or_invalid(text: str) -> None:
    try:
        dkim.tags(text)
    except dkim.Invalid:
        return


@given(st.binary(max_size=80), st.text(max_size=40))
def test_any_bytes_are_a_signature_or_invalid(value: bytes, said: str) -> None:
    message = b"DKIM-Signature: " + value.replace(b"\n", b"") + b"\r\n" + MESSAGE
    for signature in dkim.signatures(message):
        if isinstance(signature, dkim.Signature):
            with pytest.raises(dkim.Invalid):
                dkim.check(signature, message, said, NOW)
