"""Delivering to a domain: who takes its mail, a connection to them, TLS as they publish it, and the message.

    attempts = await Delivery(...).deliver(domain, envelope, pieces, size)   # by recipient

Hosts are tried in the order of their preference until one takes the message or refuses it for good
(RFC 5321 §5.1).  Connections are kept for the next message to the same host, and bounded for each domain.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from . import dane, sts
from .addresses import BadAddress, domain_of
from .asking import Lookup, TryLater
from .conversation import Steps
from .smtp import Envelope, Recipient, Reply
from .smtp_client import FLUSH, Broken, Failed, Session

log = logging.getLogger(__name__)

CONNECT = 30.0  # seconds
ANSWER = 300.0  # seconds: RFC 5321 §4.5.3.2
FINAL = 600.0  # seconds that the answer to the whole content may take
IDLE = 5.0  # seconds an unused connection is kept
PER_DOMAIN = 8  # connections at once
MOST_HOSTS = 10  # tried in one attempt
MESSAGES = 100  # over one connection
SMTP = 25


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of delivering to one recipient."""

    reply: Reply
    host: str = ""  # name and address
    tls: str = ""


@dataclass(frozen=True, slots=True)
class Smarthost:
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True  # whether TLS with a good certificate is a must


class Unheld(Exception):
    """The domain is none of the local internet's, and others are not to be contacted."""


@dataclass(frozen=True, slots=True)
class Route:
    host: str
    port: int = 0  # 0: what the address listens on
    tlsa: tuple[Any, ...] = ()  # usable DANE records
    verified: bool = False  # TLS with a good certificate is a must
    smarthost: Smarthost | None = None


@dataclass(slots=True, eq=False)
class Connection:
    """An open connection and its session."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    session: Session
    where: str
    tls: str = ""
    sent: int = 0

    async def run(self, steps: Steps, within: float = ANSWER) -> None:
        """Run one dialogue to its end.  Broken, Failed, OSError, TimeoutError."""
        session = self.session
        session.start(steps)
        while True:
            question = session.next()
            if data := session.outgoing():
                self.writer.write(data)
            if session.closed:
                await self._drain(within)
                return
            await self._drain(within)
            if question is FLUSH:
                continue
            async with asyncio.timeout(within):
                data = await self.reader.read(65536)
            if not data:
                raise Broken("the connection was closed")
            session.receive(data)

    async def _drain(self, within: float) -> None:
        async with asyncio.timeout(within):
            await self.writer.drain()

    def close(self) -> None:
        self.writer.close()


class Delivery:
    def __init__(
        self,
        host: str,
        lookup: Lookup,
        *,
        may_connect: Callable[[str], bool],
        port_of: Callable[[str], int],
        source: str,
        trusted: Callable[[], ssl.SSLContext],
        policy_of: Callable[[str], Awaitable[sts.Policy | None]],
        fallback: Callable[[str], Awaitable[str | None]],
        smarthost: Smarthost | None = None,
        local_only: bool = False,
    ) -> None:
        """`trusted` makes a context with the roots that good certificates come from; `fallback` tells the
        address that takes a domain's mail of which DNS says nothing.
        """
        self._host, self._lookup = host, lookup
        self._may_connect, self._port_of, self._source = may_connect, port_of, source
        self._trusted, self._policy_of, self._fallback = trusted, policy_of, fallback
        self._smarthost, self._local_only = smarthost, local_only
        self._idle: dict[tuple[str, str], list[Connection]] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._timers: dict[Connection, asyncio.TimerHandle] = {}

    async def deliver(
        self, domain: str, envelope: Envelope, pieces: Callable[[], Iterator[bytes]], size: int
    ) -> Mapping[Recipient, Attempt]:
        """Unheld"""
        pending = list(envelope.recipients)
        found: dict[Recipient, Attempt] = {}
        try:
            routes = await self._routes(domain)
        except TryLater as error:
            return all_of(pending, Reply(450, f"{domain} cannot be resolved now: {error}", "4.4.3"))
        except Failed as failure:
            return all_of(pending, failure.reply)
        last = Reply(450, f"no host of {domain} could be asked", "4.4.1")
        slots = self._slots.setdefault(domain, asyncio.Semaphore(PER_DOMAIN))
        async with slots:
            for route in routes[:MOST_HOSTS]:
                part = Envelope(
                    envelope.sender, tuple(pending), envelope.eight_bit, envelope.utf8, envelope.ret,
                    envelope.envid,
                )  # fmt: skip
                attempts, last = await self._by(route, part, pieces, size, last)
                found |= attempts
                pending = [
                    each
                    for each in pending
                    if each not in attempts
                    or not (attempts[each].reply.positive or attempts[each].reply.permanent)
                ]
                if not pending:
                    break
        for each in pending:
            found.setdefault(each, Attempt(last))
        return found

    # ----- where

    async def _routes(self, domain: str) -> list[Route]:
        """The hosts that take a domain's mail, the preferred first.  TryLater, Failed, Unheld."""
        if self._smarthost is not None and not await self._is_held(domain):
            relay = self._smarthost
            return [Route(relay.host, relay.port, verified=relay.tls, smarthost=relay)]
        if domain.startswith("["):  # RFC 5321 §4.1.3
            return [Route(domain[1:-1].removeprefix("ipv6:"))]
        found = await self._lookup(domain, "MX")
        if not found.records and (address := await self._fallback(domain)) is not None:
            return [Route(address)]
        if not found.held and self._local_only:
            raise Unheld
        if not found.exists:
            raise Failed(Reply(550, f"There is no domain {domain}", "5.1.2"), "MX")
        records = sorted(found.records, key=lambda record: (record.preference, random.random()))
        hosts = [record.exchange.to_text(omit_final_dot=True).lower() for record in records]
        if hosts in ([""], ["."]):  # RFC 7505 §3
            raise Failed(Reply(556, f"{domain} takes no mail", "5.1.10"), "MX")
        if not hosts:  # RFC 5321 §5.1
            hosts = [domain]
        policy = await self._policy_of(domain)
        enforced = policy is not None and policy.mode == sts.ENFORCE
        routes = []
        for host in hosts:
            if enforced and policy is not None and not policy.allows(host):
                continue  # RFC 8461 §5
            tlsa: tuple[Any, ...] = ()
            if found.secure:  # RFC 7672 §2.2.1
                tlsa = await self._tlsa(host)
            routes.append(Route(host, tlsa=tlsa, verified=enforced))
        if not routes:
            raise TryLater("no host is one of its MTA-STS policy")
        return routes

    async def _is_held(self, domain: str) -> bool:
        if domain.startswith("["):
            return True
        return (await self._lookup(domain, "MX")).held

    async def _tlsa(self, host: str) -> tuple[Any, ...]:
        for type_ in ("A", "AAAA"):
            found = await self._lookup(host, type_)
            if found.records:
                break
        if not found.secure:
            return ()
        said = await self._lookup(f"_{SMTP}._tcp.{host}", "TLSA")
        return tuple(dane.usable(said.records)) if said.secure else ()

    async def _addresses(self, host: str) -> list[str]:
        """TryLater"""
        with contextlib.suppress(OSError):
            for family in (socket.AF_INET, socket.AF_INET6):
                with contextlib.suppress(OSError):
                    socket.inet_pton(family, host)
                    return [host]
        try:
            domain_of(host)
        except BadAddress:
            return []
        found = []
        for type_ in ("AAAA", "A"):
            answer = await self._lookup(host, type_)
            found += [record.address for record in answer.records]
        return found

    # ----- with whom

    async def _by(
        self,
        route: Route,
        envelope: Envelope,
        pieces: Callable[[], Iterator[bytes]],
        size: int,
        last: Reply,
    ) -> tuple[dict[Recipient, Attempt], Reply]:
        """Deliver by one host; its attempts, and what to say where it could not be reached."""
        try:
            places = await self._addresses(route.host)
        except TryLater as error:
            return {}, Reply(450, f"{route.host} cannot be resolved now: {error}", "4.4.3")
        if not places:
            return {}, Reply(450, f"{route.host} has no address", "4.4.1")
        for address in places:
            if not self._may_connect(address):
                last = Reply(450, f"{address} is not to be connected to", "4.7.0")
                continue
            for fresh in (False, True):  # one that was kept may be gone
                connection = None if fresh else self._kept(route.host, address)
                if connection is None and not fresh:
                    continue
                try:
                    connection = connection or await self._connect(route, address)
                    await connection.run(connection.session.send(envelope, pieces(), size), FINAL)
                except Failed as failure:
                    if connection is not None:
                        connection.close()
                    if failure.reply.code == 421 or failure.step in (
                        "greeting",
                        "HELO",
                        "AUTH",
                        "STARTTLS",
                    ):
                        # Of the host, not of the message: another may take it, or this one later.
                        last = Reply(450, f"{route.host} [{address}] said {failure.reply}", "4.3.2")
                        continue
                    return all_of(
                        envelope.recipients, failure.reply, f"{route.host} [{address}]"
                    ), last
                except (Broken, OSError, TimeoutError, ssl.SSLError, EOFError) as error:
                    if connection is not None:
                        connection.close()
                    said = str(error) or type(error).__name__
                    last = Reply(450, f"{route.host} [{address}]: {said}", "4.4.2")
                    continue
                attempts = {
                    recipient: Attempt(reply, f"{route.host} [{address}]", connection.tls)
                    for recipient, reply in connection.session.outcome.replies.items()
                }
                self._keep(route.host, address, connection)
                return attempts, last
        return {}, last

    async def _connect(self, route: Route, address: str) -> Connection:
        port = route.port or self._port_of(address)
        source = (
            (self._source, 0)
            if self._source and (":" in self._source) == (":" in address)
            else None
        )
        async with asyncio.timeout(CONNECT):
            reader, writer = await asyncio.open_connection(address, port, local_addr=source)
        connection = Connection(reader, writer, Session(self._host), f"{route.host} [{address}]")
        try:
            await connection.run(connection.session.open())
            await self._secure(route, connection)
            relay = route.smarthost
            if relay is not None and relay.user:
                await connection.run(connection.session.sign_in(relay.user, relay.password))
        except BaseException:
            connection.close()
            raise
        return connection

    async def _secure(self, route: Route, connection: Connection) -> None:
        """TLS where it can be had; where it is published as a must, only with what was published."""
        must = bool(route.tlsa) or route.verified
        if "STARTTLS" not in connection.session.extensions:
            if must:
                raise Broken("TLS is a must for this host, and it offers none")
            return
        if route.verified:
            context = self._trusted()
        else:  # opportunistic, or by DANE: the certificate is looked at afterwards
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        await connection.run(connection.session.starttls())
        async with asyncio.timeout(CONNECT):
            await connection.writer.start_tls(context, server_hostname=route.host)
        carrier: Any = connection.writer.get_extra_info("ssl_object")
        if route.tlsa and not dane.matches(
            route.tlsa, chain_of(carrier), (route.host,), datetime.now(UTC)
        ):
            raise Broken("its certificate is not the one that DANE publishes")
        how = " (DANE)" if route.tlsa else " (verified)" if route.verified else ""
        connection.tls = f"{carrier.version()}{how}"
        await connection.run(connection.session.hello())

    # ----- connections that wait for the next message

    def _kept(self, host: str, address: str) -> Connection | None:
        waiting = self._idle.get((host, address), [])
        while waiting:
            connection = waiting.pop()
            self._timers.pop(connection).cancel()
            if not connection.reader.at_eof():
                return connection
            connection.close()
        return None

    def _keep(self, host: str, address: str, connection: Connection) -> None:
        connection.sent += 1
        waiting = self._idle.setdefault((host, address), [])
        if connection.sent >= MESSAGES or len(waiting) >= PER_DOMAIN:
            connection.close()
            return
        waiting.append(connection)
        loop = asyncio.get_running_loop()
        self._timers[connection] = loop.call_later(IDLE, self._let_go, host, address, connection)

    def _let_go(self, host: str, address: str, connection: Connection) -> None:
        self._timers.pop(connection, None)
        waiting = self._idle.get((host, address), [])
        if connection in waiting:
            waiting.remove(connection)
        if not waiting:
            self._idle.pop((host, address), None)
        connection.writer.write(b"QUIT\r\n")
        connection.close()

    def close(self) -> None:
        for (host, address), waiting in list(self._idle.items()):
            for connection in list(waiting):
                self._timers[connection].cancel()
                self._let_go(host, address, connection)


def all_of(
    recipients: Iterable[Recipient], reply: Reply, host: str = ""
) -> dict[Recipient, Attempt]:
    return {recipient: Attempt(reply, host) for recipient in recipients}


def chain_of(carrier: Any) -> list[bytes]:
    """The certificates a server showed, its own first (DER)."""
    inner = getattr(carrier, "_sslobj", None)
    shown = getattr(inner, "get_unverified_chain", None)
    if shown is not None:
        found = shown() or []
        der = [each if isinstance(each, bytes) else each.public_bytes(_DER) for each in found]
        return der
    own = carrier.getpeercert(binary_form=True)
    return [own] if own else []


_DER = 2  # _ssl.ENCODING_DER
