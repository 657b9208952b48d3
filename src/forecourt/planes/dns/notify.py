"""NOTIFY (RFC 1996): secondaries are told that a zone changed, until they say that they heard.

notifier = Notifier(secondaries, keys, clock)
async with asyncio.TaskGroup() as group: group.create_task(notifier.run())
notifier.changed(origin, serial)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rdatatype
import dns.tsigkeyring

from forecourt.planes.dns import wire

log = logging.getLogger(__name__)

WAITS = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)  # seconds for an answer, each time it is sent again
GATHER = 0.05  # seconds for which changes of a zone are one
MOST_AT_ONCE = 64


class Notifier:
    def __init__(self, secondaries: tuple[tuple[str, int], ...], keys: Mapping[str, str]) -> None:
        """Told with the first of the keys, if there is one."""
        self._secondaries = secondaries
        self._ring = dns.tsigkeyring.from_text(dict(keys)) if keys else None
        self._waiting: dict[bytes, int] = {}
        self._told: dict[bytes, int] = {}
        self._woken = asyncio.Event()

    def changed(self, origin: bytes, serial: int) -> None:
        """A zone has another serial; the same as was told before is nothing new."""
        if self._told.get(origin) != serial:
            self._told[origin] = self._waiting[origin] = serial
            self._woken.set()

    async def run(self) -> None:
        """Tell, until cancelled."""
        free = {each: asyncio.Semaphore(MOST_AT_ONCE) for each in self._secondaries}
        async with asyncio.TaskGroup() as group:
            while True:
                await self._woken.wait()
                await asyncio.sleep(GATHER)
                self._woken.clear()
                waiting, self._waiting = self._waiting, {}
                for origin, serial in waiting.items():
                    for secondary in self._secondaries:
                        group.create_task(self._tell(origin, serial, secondary, free[secondary]))

    async def _tell(
        self, origin: bytes, serial: int, secondary: tuple[str, int], free: asyncio.Semaphore
    ) -> None:
        message = self._message(origin)
        for wait in WAITS:
            async with free:
                if self._told.get(origin) != serial:
                    return  # it changed again: that is told
                try:
                    if await asked(message, secondary, wait):
                        return
                except OSError:  # no route: perhaps there is one later
                    await asyncio.sleep(wait)
        log.warning("%s does not answer NOTIFY of %s", secondary[0], wire.to_text(origin))

    def _message(self, origin: bytes) -> dns.message.Message:
        name, _ = dns.name.from_wire(origin, 0)
        message = dns.message.make_query(name, "SOA", flags=dns.flags.AA)
        message.set_opcode(dns.opcode.NOTIFY)
        if self._ring:
            message.use_tsig(self._ring, next(iter(self._ring)), algorithm="hmac-sha256")
        return message


class Hearing(asyncio.DatagramProtocol):
    def __init__(self, message: dns.message.Message) -> None:
        self._message = message
        self.heard: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            reply = dns.message.from_wire(
                data, keyring=self._message.keyring, request_mac=self._message.mac or b""
            )
        except (dns.exception.DNSException, ValueError):
            return
        if reply.id == self._message.id and not self.heard.done():
            self.heard.set_result(True)

    def error_received(self, exc: Exception) -> None:
        if not self.heard.done():
            self.heard.set_result(False)


async def asked(message: dns.message.Message, where: tuple[str, int], wait: float) -> bool:
    """Send a message; whether an answer comes in time."""
    loop = asyncio.get_running_loop()
    transport, hearing = await loop.create_datagram_endpoint(
        lambda: Hearing(message), remote_addr=where
    )
    try:
        transport.sendto(message.to_wire())
        async with asyncio.timeout(wait):
            heard = await hearing.heard
        if not heard:
            await asyncio.sleep(wait)
        return heard
    except TimeoutError:
        return False
    finally:
        transport.close()
