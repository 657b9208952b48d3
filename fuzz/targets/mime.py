"""Messages: their parts lie inside one another, and what is written of them is whole; signatures are read or refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from forecourt.planes.mail import arc, authentication, dkim, dmarc, mime, sts
from forecourt.platform.mail import contents, searching

TOKENS = (
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"\r\n--b\r\n", b"--b--", b"Content-Type: message/rfc822\r\n",
    b"=?utf-8?q?", b"?=", b"From: a <b@c>\r\n", b"DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh=; b=\r\n",
    b"ARC-Seal: i=1; ", b"Authentication-Results: h", b"\r\n\r\n", b"Date: Wed, 1 Jan 2026 00:00:00 +0000\r\n",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    yield b"From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\nc\r\n--b--\r\n"
    yield b"DKIM-Signature: v=1; a=rsa-sha256; d=x.y; s=z; h=from; bh=AAAA; b=AAAA\r\nFrom: a@x.y\r\n\r\nHi\r\n"
    yield b"To: =?utf-8?b?4oKs?= <a@b>, group: c@d;\r\nDate: 1 Jan 2026 00:00:00 +0000\r\n\r\n"


def check(data: bytes) -> None:
    tree = mime.scan(data)
    nested(tree, 0, len(data))
    contents.prepare(data, None)
    assert mime.structure(data, tree, extended=False).startswith(b"(")
    assert mime.section(data, (), "", ()) == data
    searching.found_in(data, "x", whole=True)
    for each in dkim.signatures(data):
        if isinstance(each, dkim.Signature):
            with contextlib.suppress(dkim.Invalid):
                dkim.check(each, data, "v=DKIM1; p=", 0)
    with contextlib.suppress(dkim.Invalid):
        arc.chain(dkim.header_of(data))
    text = data.decode("utf-8", "replace")
    authentication.without_claims(data, "h")
    dmarc.parse("d", text)
    sts.parse(text)


def nested(part: mime.Part, start: int, end: int) -> None:
    """A part, and those in it, lie where they must."""
    assert start <= part.start <= part.body <= part.end <= end
    for each in (*part.parts, *([part.message] if part.message else ())):
        nested(each, part.body, part.end)
