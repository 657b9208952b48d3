"""Asking name servers over UDP and TCP: from a port of its own each time, to one address alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Protocol

import dns.flags
import dns.message
import dns.name
import dns.rdatatype

DATAGRAM, STREAM = 1.0, 3.0  # seconds
PORT = 53
MOST_AT_ONCE = 512
PAYLOAD = 1232


class Ask(Protocol):
    async def __call__(self, address: str, query: bytes, *, stream: bool) -> bytes:
        """What a server answers.  OSError, TimeoutError."""


class Asking:
    def __init__(self, port_of: Callable[[str], int]) -> None:
        """`port_of` an address: name servers of ours may be elsewhere than on 53."""
        self._port_of = port_of
        self._free = asyncio.Semaphore(MOST_AT_ONCE)

    async def __call__(self, address: str, query: bytes, *, stream: bool) -> bytes:
        where = address, self._port_of(address)
        async with self._free:
            if stream:
                async with asyncio.timeout(STREAM):
                    return await by_stream(where, query)
            async with asyncio.timeout(DATAGRAM):
                return await by_datagram(where, query)


async def by_datagram(where: tuple[str, int], query: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()

    class Hearing(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            if data[:2] == query[:2] and not heard.done():  # other ids are noise, or an attack
                heard.set_result(data)

        def error_received(self, exc: Exception) -> None:
            if not heard.done():
                heard.set_exception(exc)

    transport, _ = await loop.create_datagram_endpoint(Hearing, remote_addr=where)
    try:
        transport.sendto(query)
        return await heard
    finally:
        transport.close()


async def by_stream(where: tuple[str, int], query: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*where)
    try:
        writer.write(len(query).to_bytes(2, "big") + query)
        length = int.from_bytes(await reader.readexactly(2), "big")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as ended:
        raise ConnectionError("the connection ended") from ended
    finally:
        writer.close()


async def exchange(
    ask: Ask, server: str, name: dns.name.Name, type_: int, *, recursive: bool = False
) -> Any:
    """A server's answer to a question, over TCP where it does not fit.  OSError, TimeoutError,
    DNSException, ValueError.
    """
    query = dns.message.make_query(
        mixed(name),
        dns.rdatatype.RdataType.make(type_),
        use_edns=0,
        want_dnssec=not recursive,
        payload=PAYLOAD,
        flags=dns.flags.RD if recursive else 0,
    )
    wire = query.to_wire()
    data = await ask(server, wire, stream=False)
    reply = dns.message.from_wire(data, ignore_trailing=True)
    if reply.flags & dns.flags.TC:
        data = await ask(server, wire, stream=True)
        reply = dns.message.from_wire(data)
    if not query.is_response(reply) or data[12 : 12 + len(wire_name(wire))] != wire_name(wire):
        raise ValueError("an answer to another question")
    return reply


def mixed(name: dns.name.Name) -> dns.name.Name:
    """A name with letters of either case at random: what an answer must bring back."""
    return dns.name.Name(
        bytes(
            c ^ 0x20 if chr(c).isalpha() and c < 128 and random.getrandbits(1) else c for c in label
        )
        for label in name.labels
    )


def wire_name(message: bytes) -> bytes:
    """The name of a message's question, as it was written."""
    end = message.index(0, 12) + 1
    return message[12:end]
