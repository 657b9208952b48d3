"""What rspamd and ClamAV say of a message: asked over their sockets, where they are configured.

    await verdicts(Scanners(rspamd="127.0.0.1:11333", clamd="/run/clamav/clamd.ctl"), content)

PASS, FAIL, GRAY where nobody was asked or nobody can tell, PROCESSING_FAILED where somebody was and did not answer.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
from anyio.abc import ByteStream

log = logging.getLogger(__name__)
PASS, FAIL, GRAY, BROKEN = "PASS", "FAIL", "GRAY", "PROCESSING_FAILED"
WITHIN = 30.0  # seconds
PIECE = 64 * 1024  # bytes of INSTREAM
LARGEST = 1024 * 1024  # bytes of an answer
# What rspamd wants done with a message; the rest is of no consequence.
SPAM = {"reject": FAIL, "add header": FAIL, "rewrite subject": FAIL, "no action": PASS}


@dataclass(frozen=True, slots=True)
class Scanners:
    """Where they listen: HOST:PORT, or the path of a socket; empty: there is none."""

    rspamd: str = ""
    clamd: str = ""


async def verdicts(scanners: Scanners, content: bytes) -> tuple[str, str]:
    """Of spam, and of viruses."""
    spam = await asked(is_spam, scanners.rspamd, content)
    virus = await asked(has_virus, scanners.clamd, content)
    return spam, virus


Ask = Callable[[ByteStream, bytes], Awaitable[str]]


async def asked(ask: Ask, where: str, content: bytes) -> str:
    if not where:
        return GRAY
    try:
        with anyio.fail_after(WITHIN):
            async with await connect(where) as stream:
                return await ask(stream, content)
    except (OSError, TimeoutError, ValueError, anyio.EndOfStream, anyio.BrokenResourceError) as why:
        log.warning("%s did not scan a message: %s", where, why or type(why).__name__)
        return BROKEN


async def connect(where: str) -> ByteStream:
    if where.startswith("/"):
        return await anyio.connect_unix(where)
    host, _, port = where.rpartition(":")
    return await anyio.connect_tcp(host, int(port))


async def is_spam(stream: ByteStream, content: bytes) -> str:
    """https://rspamd.com/doc/developers/protocol.html: /checkv2"""
    head = (
        f"POST /checkv2 HTTP/1.1\r\nHost: rspamd\r\nContent-Length: {len(content)}\r\n"
        "Connection: close\r\n\r\n"
    )
    await stream.send(head.encode() + content)
    answer = await rest(stream)
    start, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in start.partition(b"\r\n")[0]:
        raise ValueError("it did not answer 200")
    said = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    return SPAM.get(str(said.get("action", "")), GRAY)


async def has_virus(stream: ByteStream, content: bytes) -> str:
    """https://docs.clamav.net/manual/Usage/ReportingAndStats.html: zINSTREAM"""
    await stream.send(b"zINSTREAM\0")
    for at in range(0, len(content), PIECE):
        piece = content[at : at + PIECE]
        await stream.send(len(piece).to_bytes(4, "big") + piece)
    await stream.send(bytes(4))
    said = (await rest(stream)).rstrip(b"\0\n").decode("utf-8", "replace")
    if said.endswith("OK"):
        return PASS
    if said.endswith("FOUND"):
        return FAIL
    raise ValueError(f"it said {said[:100]!r}")


async def rest(stream: ByteStream) -> bytes:
    found = bytearray()
    while True:
        try:
            found += await stream.receive()
        except anyio.EndOfStream:
            return bytes(found)
        if len(found) > LARGEST:
            raise ValueError("the answer is too long")
