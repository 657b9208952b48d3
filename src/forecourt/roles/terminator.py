"""TLS before caches whose engines have none, and IAM's tokens in a password's place."""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import ssl
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import anyio
import uvloop

from forecourt.config import Config
from forecourt.gateway.authenticate import look_up
from forecourt.planes.cache.client import Link
from forecourt.planes.cache.durability import Gate
from forecourt.planes.cache.signing_in import Exchange
from forecourt.planes.cache.terminator import Door, Terminator
from forecourt.platform.certificates import listeners
from forecourt.platform.identity import sigv4
from forecourt.platform.identity.decide import Asked, decide
from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end
from forecourt.processes.reconcile import Bell, either
from forecourt.services.elasticache import doors
from forecourt.services.elasticache.doors import Entrance
from forecourt.services.elasticache.reconcile import call_of
from forecourt.services.elasticache.stored import SERVERLESS
from forecourt.store.opening import open_store
from forecourt.store.secrets import read_master_key
from forecourt.store.store import Store, Unavailable
from forecourt.store.tx import WORK, Tx

log = logging.getLogger(__name__)
LOOK_AGAIN = 1.0  # seconds; a bell rings sooner
EMPTY = hashlib.sha256(b"").hexdigest()
SERVICE, ACTION = "elasticache", "elasticache:Connect"
PATIENCE = 0.5  # seconds for an engine's answer
LONGEST = 4096  # characters of a token


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    anyio.run(serve, config, channel, backend_options={"loop_factory": uvloop.new_event_loop})


async def serve(config: Config, channel: Channel) -> None:
    store = open_store(config.data, config.store, read_master_key(config.data))
    doorkeeper = Doorkeeper(config, store)
    bell = Bell(store.bells.listen(f"terminator-{os.getpid()}", WORK))
    async with anyio.create_task_group() as group:
        await group.start(bell.listen)
        group.start_soon(doorkeeper.follow, bell)
        channel.send({"ready": True})
        await told_to_end(channel)
        group.cancel_scope.cancel()
    store.close()


class Doorkeeper:
    """Opens a door for each node that has TLS, and shuts it when the node is gone."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config, self._store = config, store
        self._terminator = Terminator(self._context, self._exchange, self._gate)
        self._gates: dict[str, Gate] = {}  # by node
        self._links: dict[tuple[str, tuple[str, int]], Link] = {}  # by node, and where to
        self._contexts: dict[Door, ssl.SSLContext] = {}
        self._made: dict[Door, float] = {}  # when their certificates were, by the monotonic clock
        self._entrances: dict[str, Entrance] = {}

    async def follow(self, bell: Bell) -> None:
        while True:
            rung = bell.next
            try:
                await self._look()
            except (Unavailable, OSError) as outage:
                log.warning("doors cannot be followed: %s", outage)
            with anyio.move_on_after(LOOK_AGAIN):
                await either(rung)

    async def _look(self) -> None:
        found: list[Entrance] = []
        for arn in await self._store.read(doors.owners):
            found += await self._store.read_for(call_of(arn), doors.entrances, arn)
        self._entrances = {each.node: each for each in found}
        wanted = {each.node: door_of(each) for each in found}
        for node, door in self._terminator.doors.items():
            if wanted.get(node) != door:
                self._terminator.shut(node)
                self._contexts.pop(door, None)
                self._made.pop(door, None)
            elif time.monotonic() - self._made[door] > listeners.ANEW:
                self._certify(door, self._contexts[door])
        for gone in [each for each in self._gates if each not in wanted]:
            await self._gates.pop(gone).close()
        for key in [each for each in self._links if each[0] not in wanted]:
            await self._links.pop(key).close()
        for node, door in wanted.items():
            if node not in self._terminator.doors:
                try:
                    self._context(door)
                    self._terminator.open(door)
                except (OSError, Unavailable) as error:
                    log.warning("the door of cache node %s does not open: %s", node, error)

    def _context(self, door: Door) -> ssl.SSLContext:
        """The certificate of a node, for all names it is asked by.  Unavailable"""
        if door not in self._contexts:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._certify(door, context)
            self._contexts[door] = context
        return self._contexts[door]

    def _certify(self, door: Door, context: ssl.SSLContext) -> None:
        names = [*door.names, door.address]
        listeners.load(context, self._config.data, self._store, names, f"cache-{os.getpid()}")
        self._made[door] = time.monotonic()

    def _exchange(self, door: Door) -> Exchange | None:
        """How tokens become passwords at a door; None where nobody brings any."""
        entrance = self._entrances.get(door.node)
        if entrance is None or not entrance.tokens:
            return None

        def exchange(user: str, token: str) -> str | None:
            known = entrance.tokens.get(user)
            if known is None:
                return None
            arn, password = known
            try:
                good = self._store.read_now(is_good, entrance, user, arn, token, datetime.now(UTC))
            except Unavailable:
                good = False
            return password if good else ""

        return exchange

    def _gate(self, door: Door) -> Gate | None:
        """What holds the answers of a node whose writes are durable.  Unavailable"""
        entrance = self._entrances.get(door.node)
        if entrance is None or not entrance.elsewhere:
            return None
        if not self._store.read_now(doors.is_sync, entrance.owner):
            return None
        if door.node not in self._gates:
            own = Link(door.address, door.behind, entrance.secret, PATIENCE, door.address)
            self._gates[door.node] = Gate(own, partial(self._elsewhere, door.node))
        return self._gates[door.node]

    def _elsewhere(self, node: str) -> list[Link]:
        """The engines of a node's shard in other zones."""
        entrance = self._entrances.get(node)
        return [self._link(entrance, where) for where in entrance.elsewhere] if entrance else []

    def _link(self, entrance: Entrance, where: tuple[str, int]) -> Link:
        key = entrance.node, where
        if key not in self._links:
            self._links[key] = Link(*where, entrance.secret, PATIENCE, entrance.address)
        return self._links[key]


def door_of(entrance: Entrance) -> Door:
    return Door(
        entrance.node,
        entrance.address,
        entrance.port,
        entrance.behind,
        entrance.required,
        entrance.names,
    )


def is_good(tx: Tx, entrance: Entrance, user: str, arn: str, token: str, now: datetime) -> bool:
    """Whether a token is a presigned request to connect to this cache as this user, by somebody who may.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
    """
    host, slash, query = token.partition("/?")
    if not slash or host != entrance.name or len(token) > LONGEST:
        return False
    parameters = parse_qsl(query, keep_blank_values=True)
    given = dict(parameters)
    if (given.get("Action"), given.get("User")) != ("connect", user):
        return False
    serverless = f":{SERVERLESS.name}:" in entrance.owner
    if (given.get("ResourceType") == "ServerlessCache") != serverless:
        return False
    try:
        claimed = sigv4.claim({}, parameters)
        sigv4.check(claimed, SERVICE, now)
        known = look_up(tx, claimed.key_id, claimed.token)
        sigv4.verify(claimed, "GET", "/", query, {"host": host}, EMPTY, known.secret)
    except sigv4.Refused:
        return False
    caller, owner = known.caller, call_of(entrance.owner).account
    if caller.account != owner:
        return False
    permissions = caller.permissions
    return permissions is None or all(
        decide(permissions, Asked(ACTION, each, Nothing(), caller.principal, owner)).allowed
        for each in (entrance.owner, arn)
    )


class Nothing:
    """What is known of a connection beside who and what: no condition key has a value."""

    def get(self, key: str) -> tuple[str, ...] | None:
        return None


__all__ = ["Doorkeeper", "is_good", "run"]
