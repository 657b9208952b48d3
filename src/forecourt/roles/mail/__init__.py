"""Mail: SMTP, IMAP and POP3 on all their ports, and the queue's worker."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from functools import partial
from typing import Any

import anyio
import uvloop
from anyio.abc import TaskStatus

from forecourt.config import Config
from forecourt.planes.mail.asking import Lookup
from forecourt.planes.mail.imap.questions import No as ImapNo
from forecourt.planes.mail.pop3 import No as Pop3No
from forecourt.planes.mail.server import Limits, Line
from forecourt.platform.mail import contents, mailboxes, people, queue
from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end
from forecourt.processes.reconcile import Bell, reconcile_kind
from forecourt.roles.mail import imap, pop3, smtp
from forecourt.roles.mail.access import Access
from forecourt.roles.mail.delivering import Delivering
from forecourt.roles.mail.intake import Intake
from forecourt.roles.mail.resolving import Resolving
from forecourt.roles.mail.tls import Contexts
from forecourt.store import feed
from forecourt.store.bell import hush
from forecourt.store.blobs import Blobs
from forecourt.store.opening import open_store
from forecourt.store.secrets import read_master_key
from forecourt.store.store import Store, Unavailable
from forecourt.store.tx import WORK

log = logging.getLogger(__name__)

DRAIN = 5.0  # seconds that what is under way gets when we end
DELIVERIES = 64  # at once
LOOK_AGAIN = 1.0  # seconds; the feed's bell rings sooner
HANDSHAKE = 30.0


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    anyio.run(
        serve, config, channel, sockets, backend_options={"loop_factory": uvloop.new_event_loop}
    )


async def serve(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    store = open_store(config.data, config.store, read_master_key(config.data))
    post = Post(config, store, Resolving(config, store))
    async with anyio.create_task_group() as group:
        await post.listen(sockets)
        await group.start(post.work)
        channel.send({"ready": True})
        await told_to_end(channel)
        await post.close()
        group.cancel_scope.cancel()
    store.close()


class Post:
    """The servers and workers of one process, on a store and whoever resolves names."""

    def __init__(self, config: Config, store: Store, lookup: Lookup) -> None:
        (config.data / "tmp").mkdir(exist_ok=True, mode=0o700)
        self._config, self._store = config, store
        self._blobs = Blobs(config.data / contents.FOLDER)
        access = Access(store)
        in_files = self._blobs if config.store == "sqlite" else None
        self.intake = Intake(config, store, lookup, in_files)
        self.smtp = smtp.Smtp(config, store, access, self.intake)
        self.imap = imap.Imap(config, store, access, self.intake, self._blobs)
        self.pop3 = pop3.Pop3(config, store, access, self._blobs)
        self.delivering = Delivering(config, store, lookup, self._blobs)
        self.limits = Limits(config.mail.connections, config.mail.per_client)
        self._servers: list[asyncio.Server] = []

    async def listen(self, sockets: list[tuple[dict[str, Any], socket.socket]]) -> None:
        """Take connections.  Unavailable"""
        await self._store.write(people.ensure_sink)
        context = Contexts(self._config, self._store).default
        loop = asyncio.get_running_loop()
        for purpose, sock in sockets:
            secure = bool(purpose["tls"])
            make, refusals = self._maker(purpose["protocol"], secure=secure)
            server = await loop.create_server(
                partial(Line, make, self.limits, context, refusals=refusals),
                sock=sock,
                ssl=context if secure else None,
                ssl_handshake_timeout=HANDSHAKE if secure else None,
            )
            self._servers.append(server)

    async def work(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Deliver what is queued, and follow what changes, until cancelled."""
        store, name = self._store, f"mail-{os.getpid()}-{id(self):x}"
        clean = partial(contents.clean, store, self._blobs)
        deliver = self.delivering.deliver
        with (
            store.bells.listen(name, WORK) as working,
            store.bells.listen(name, mailboxes.TOPIC) as following,
        ):
            cursor = await store.read(feed.head)
            bell = Bell(working)
            async with anyio.create_task_group() as group:
                await group.start(bell.listen)
                group.start_soon(follow, store, self.imap, following, cursor)
                group.start_soon(contents.sweep, store, self._blobs)
                await group.start(
                    partial(reconcile_kind, queue.WORK, deliver, store, bell, at_once=DELIVERIES)
                )
                await group.start(partial(reconcile_kind, contents.WORK, clean, store, bell))
                task_status.started()

    async def close(self) -> None:
        """Take no more, and let what is under way end."""
        for each in self._servers:
            each.close()
        self.delivering.close()
        for line in list(self.limits.open):
            line.end()
        with anyio.move_on_after(DRAIN):
            while self.limits.open:
                await anyio.sleep(0.02)

    def _maker(self, protocol: str, *, secure: bool) -> tuple[Any, tuple[type[Exception], ...]]:
        """What makes the sessions of a listener, and how these refuse."""
        match protocol:
            case "smtp" | "submission":
                submits = protocol == "submission"
                settings = self.smtp.settings(submission=submits, implicit_tls=secure)
                return partial(smtp.Asked, self.smtp, settings), ()
            case "imap":
                with_imap = self.imap.settings(implicit_tls=secure)
                return partial(imap.Asked, self.imap, with_imap), (ImapNo,)
            case _:
                with_pop3 = self.pop3.settings(implicit_tls=secure)
                return partial(pop3.Asked, self.pop3, with_pop3), (Pop3No,)


async def follow(store: Store, looking: imap.Imap, bell: socket.socket, cursor: int) -> None:
    """Wake those who look at mailboxes that changed, whichever process changed them."""
    while True:
        with anyio.move_on_after(LOOK_AGAIN):
            await anyio.wait_readable(bell)
        hush(bell)
        try:
            while True:
                entries, reached = await store.read(feed.after, mailboxes.TOPIC, cursor)
                for mailbox in {int(entry.key) for entry in entries}:
                    looking.changed(mailbox)
                if reached == cursor:
                    break
                cursor = reached
        except Unavailable as outage:
            log.warning("the store cannot be followed: %s", outage)
            await anyio.sleep(LOOK_AGAIN)
