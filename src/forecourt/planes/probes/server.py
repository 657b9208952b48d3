"""Probes on a schedule: a bounded number of connections, each check at its own moment.

    prober = Prober(ports)
    prober.put(check, verdict); prober.drop(check_id)
    await prober.run()

Each check has a timer; what is due waits for one of the connections.  Time-outs: 10 s to connect by TCP
alone; else 4 s to connect, 2 s for the status, 2 s for the body.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from typing import Protocol

from forecourt.planes.probes.protocol import Exchange, Garbage
from forecourt.planes.probes.snapshot import Check, Result, Verdict

log = logging.getLogger(__name__)

CONNECT_TCP, CONNECT, STATUS, BODY = 10.0, 4.0, 2.0, 2.0  # seconds
MOST_AT_ONCE = 1000  # connections

TIMED_OUT = "Failure: The health checker could not establish a connection within the timeout limit."
NO_ANSWER = "Failure: The endpoint did not respond to the request within the timeout limit."
CLOSED = "Failure: The connection was closed by the endpoint."
REFUSED = "Failure: The health checker could not establish a connection to the endpoint."
GARBAGE = "Failure: The endpoint did not answer with a valid HTTP response."
UNRESOLVED = "Failure: DNS resolution failed: {}"
FORBIDDEN = "Failure: Resolved IP: {}. Connections to this address are not allowed."
CONNECTED = "Success: TCP connection established"


class Ports(Protocol):
    """What a prober asks and tells."""

    async def resolve(self, host: str) -> str | None:
        """An IPv4 address of a host."""

    def allows(self, address: str) -> bool:
        """Whether connections may go there."""

    def probed(self, check: Check, result: Result, verdict: Verdict, changed: bool) -> None:
        """A probe is over."""


class Prober:
    def __init__(self, ports: Ports, most_at_once: int = MOST_AT_ONCE) -> None:
        self._ports = ports
        self._checks: dict[str, tuple[Check, Verdict]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._due: asyncio.Queue[Check] = asyncio.Queue()
        self._most = most_at_once
        self._tls = insecure_context()

    def put(self, check: Check, verdict: Verdict) -> None:
        """Probe a check from now on; first at some moment of its interval, soon where it is new."""
        known = self._checks.get(check.id)
        if known is not None and known[0] == check:
            return
        self._checks[check.id] = check, known[1] if known is not None else verdict
        self._schedule(check, random.random() * min(check.interval, 1.0 + len(self._checks) / 500))

    def checks(self) -> list[str]:
        return list(self._checks)

    def drop(self, check_id: str) -> None:
        self._checks.pop(check_id, None)
        if (timer := self._timers.pop(check_id, None)) is not None:
            timer.cancel()

    async def run(self) -> None:
        """Probe until cancelled."""
        async with asyncio.TaskGroup() as group:
            free = asyncio.Semaphore(self._most)
            while True:
                check = await self._due.get()
                await free.acquire()
                task = group.create_task(self._carry_out(check))
                task.add_done_callback(lambda _: free.release())

    def _schedule(self, check: Check, wait: float) -> None:
        if (timer := self._timers.pop(check.id, None)) is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[check.id] = loop.call_later(wait, self._due.put_nowait, check)

    async def _carry_out(self, check: Check) -> None:
        started = time.monotonic()
        result: Result | None
        try:
            result = await probe(check, self._ports, self._tls)
        except Exception:  # ours, which says nothing of the endpoint
            log.exception("probing %s", check.id)
            result = None
        known = self._checks.get(check.id)
        if known is None or known[0] != check:
            return  # it was changed or dropped meanwhile
        if result is not None:
            verdict = known[1]
            changed = verdict.take(result.healthy, check.threshold)
            self._ports.probed(check, result, verdict, changed)
        # From start to start: what takes long does not make probes rarer.
        self._schedule(check, max(0.0, started + check.interval - time.monotonic()))


async def probe(check: Check, ports: Ports, tls: ssl.SSLContext) -> Result:
    """One probe."""
    address, told = check.address, ""
    if not address:
        try:
            async with asyncio.timeout(CONNECT):
                found = await ports.resolve(check.host)
        except TimeoutError:
            found = None
        if found is None:
            return Result(False, UNRESOLVED.format(check.host))
        address, told = found, f" Resolved IP: {found}"
    if not ports.allows(address):
        return Result(False, FORBIDDEN.format(address))
    healthy, status, seconds = await ask(check, address, tls)
    if told:
        status = f"{status.rstrip('.')}.{told}"
    return Result(healthy, status, seconds)


async def ask(check: Check, address: str, tls: ssl.SSLContext) -> tuple[bool, str, float]:
    """Connect, and by HTTP ask; the verdict, its text, and how long connecting took."""
    started = time.monotonic()
    loop = asyncio.get_running_loop()
    exchange = Exchange(check) if check.kind != "TCP" else None
    name = (check.host if check.server_name else "") if check.kind == "HTTPS" else None
    conversation = Conversation(exchange)
    try:
        async with asyncio.timeout(CONNECT if exchange else CONNECT_TCP):
            transport, _ = await loop.create_connection(
                lambda: conversation,
                address,
                check.port,
                ssl=tls if check.kind == "HTTPS" else None,
                server_hostname=name,
            )
    except TimeoutError:
        return False, TIMED_OUT, 0.0
    except (OSError, ssl.SSLError, ValueError) as error:
        return False, tls_failure(error) if isinstance(error, ssl.SSLError) else REFUSED, 0.0
    seconds = time.monotonic() - started
    if exchange is None:
        transport.abort()
        return True, CONNECTED, seconds
    try:
        transport.write(exchange.request)
        try:
            async with asyncio.timeout(STATUS):
                await conversation.answered.wait()
            async with asyncio.timeout(BODY):
                await conversation.done.wait()
        except TimeoutError:
            if not exchange.answered:
                return False, NO_ANSWER, seconds
        if conversation.garbage:
            return False, GARBAGE, seconds
        if not exchange.answered:
            return False, CLOSED, seconds
        return (*exchange.verdict(), seconds)
    finally:
        transport.abort()


class Conversation(asyncio.Protocol):
    """What the endpoint says, until it is enough."""

    def __init__(self, exchange: Exchange | None) -> None:
        self._exchange = exchange
        self.answered, self.done = asyncio.Event(), asyncio.Event()
        self.garbage = False

    def data_received(self, data: bytes) -> None:
        if self._exchange is None or self.done.is_set():
            return
        try:
            enough = self._exchange.receive(data)
        except Garbage:
            self.garbage = enough = True
        if self._exchange.answered or self.garbage:
            self.answered.set()
        if enough:
            self.done.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.answered.set()
        self.done.set()


def tls_failure(error: ssl.SSLError) -> str:
    return f"Failure: SSL alert {(error.reason or 'handshake_failure').lower()}"


def insecure_context() -> ssl.SSLContext:
    """Certificates are not validated: expired, self-signed and wrong ones are healthy."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # keys that are too short, too
    return context
