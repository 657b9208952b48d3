"""Sends mail over many connections at once, as other servers do, in a process of its own.

    python -m bench.smtp_load 127.63.0.1 25 someone@far.example bob@near.example message 16 3

What is sent is a file, each time with another Message-ID before it.  A connection is kept for message
after message; commands go in one piece where the server says it takes PIPELINING.  At the end it prints
how many messages were answered 250, and in how many seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.processes import LOAD_CORE

STUCK = 60.0  # seconds without an answer
LOGIN = "SMTP_LOGIN"  # in the environment: a user and a password, to sign in with


@dataclass(slots=True)
class Load:
    """What is sent, to whom, until when; and how many were taken."""

    address: tuple[str, int]
    sender: str
    recipient: str
    content: bytes  # with its final dot
    until: float
    taken: int = 0
    begun: int = 0


class Failed(Exception):
    """A server did not say what we came for."""


def main() -> None:
    address, port, sender, recipient, file, connections, seconds = sys.argv[1:]
    os.sched_setaffinity(0, {LOAD_CORE})
    content = Path(file).read_bytes() + b".\r\n"
    began = time.monotonic()
    load = Load((address, int(port)), sender, recipient, content, began + float(seconds))
    uvloop.run(send(load, int(connections)))
    print(json.dumps({"messages": load.taken, "seconds": time.monotonic() - began}))


async def send(load: Load, connections: int) -> None:
    async with asyncio.timeout(STUCK + load.until - time.monotonic()):
        await asyncio.gather(*(converse(load) for _ in range(connections)))


async def converse(load: Load) -> None:
    """One connection, until the time is over."""
    reader, writer = await asyncio.open_connection(*load.address)
    await expect(reader, b"220")
    writer.write(b"EHLO load.far.example\r\n")
    pipelines = b"PIPELINING" in await expect(reader, b"250")
    if login := os.environ.get(LOGIN):
        user, _, password = login.partition(" ")
        proof = b64encode(f"\0{user}\0{password}".encode()).decode()
        writer.write(f"AUTH PLAIN {proof}\r\n".encode())
        await expect(reader, b"235")
    start = (
        f"MAIL FROM:<{load.sender}>\r\n".encode(),
        f"RCPT TO:<{load.recipient}>\r\n".encode(),
        b"DATA\r\n",
    )
    while time.monotonic() < load.until:
        if pipelines:
            writer.write(b"".join(start))
        for command, wanted in zip(start, (b"250", b"250", b"354"), strict=True):
            if not pipelines:
                writer.write(command)
            await expect(reader, wanted)
        writer.write(message(load))
        await writer.drain()
        await expect(reader, b"250")
        load.taken += 1
    writer.write(b"QUIT\r\n")
    await expect(reader, b"221")
    writer.close()


async def expect(reader: asyncio.StreamReader, code: bytes) -> bytes:
    """A whole reply of that code.  Failed."""
    said = line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
        said += line
    if not line.startswith(code):
        raise Failed(f"not {code.decode()} but {said!r}")
    return said


def message(load: Load) -> bytes:
    """A message nobody else sent."""
    load.begun += 1
    return f"Message-ID: <{os.getpid()}.{load.begun}@far.example>\r\n".encode() + load.content


if __name__ == "__main__":
    main()
