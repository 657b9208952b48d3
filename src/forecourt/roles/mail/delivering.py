"""The queue's worker: a message is brought to a domain, and what came of it is one transaction.

That transaction holds the state of each recipient, the report to the sender, and for mail that goes nowhere
the copy in the sink; so after a kill -9 a delivery is tried again, or was told, never both or neither.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from forecourt.planes.mail import reports
from forecourt.planes.mail.asking import Lookup
from forecourt.planes.mail.delivery import SMTP, Attempt, Delivery, Smarthost, Unheld
from forecourt.planes.mail.imap.names import INBOX
from forecourt.planes.mail.reports import DELAYED, RELAYED, About
from forecourt.platform.egress import Egress
from forecourt.platform.mail import contents, mailboxes, messages, people, queue, steps
from forecourt.platform.mail.queue import (
    CAPTURED,
    DELIVERED,
    FAILED,
    HELD,
    QUEUED,
    Message,
    Result,
    Settled,
    Task,
    Waiting,
)
from forecourt.platform.metrics import MAIL_SENT
from forecourt.roles.local import port_of
from forecourt.roles.mail.policies import Policies
from forecourt.services.ses import outcomes

if TYPE_CHECKING:
    from forecourt.config import Config
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

ANYWHERE = ("0.0.0.0/0", "::/0")


class Delivering:
    def __init__(self, config: Config, store: Store, lookup: Lookup, blobs: Blobs) -> None:
        self._config, self._store, self._blobs = config, store, blobs
        allowed = ANYWHERE if config.mail.outbound in ("direct", "smarthost") else ()
        egress = Egress(config.network, (*config.egress, config.reachable, *allowed))
        self._policies = Policies(config, store, lookup, egress)
        self._delivery = Delivery(
            config.mail_host,
            lookup,
            may_connect=egress.allows,
            port_of=partial(smtp_port, config),
            source="" if ip_address(config.bind).is_unspecified else config.bind,
            trusted=self._policies.trusted,
            policy_of=self._policies.of,
            fallback=self._fallback,
            smarthost=smarthost(config),
            local_only=config.mail.outbound == "capture",
        )

    async def deliver(self, key: str) -> float | None:
        """Reconciler: one message to one domain; seconds until it is to be tried again."""
        task = await self._store.read(queue.take, key)
        if task is None:
            return None
        if self._config.mail.outbound == "held" and not task.waiting[0].attempts:
            held = {each.address: Result(HELD, "held, as configured") for each in task.waiting}
            return await self._store.write(conclude, task, held, None, self._config.mail_host)
        content = await self._store.read(contents.start_of, task.message.content, None)
        domain = task.waiting[0].domain
        try:
            attempts = await self._delivery.deliver(
                domain,
                task.envelope,
                partial(self._pieces, task.message.content, content),
                task.message.size,
            )
            results = {
                recipient.address: result(attempt) for recipient, attempt in attempts.items()
            }
        except Unheld:
            said = f"{domain} is not of the local internet: kept in the sink"
            results = {each.address: Result(CAPTURED, said) for each in task.waiting}
        for each in results.values():
            MAIL_SENT.labels(each.state).inc()
        start = content
        if start is None:
            size = reports.MOST_RETURNED + 1
            start = contents.read(self._blobs, task.message.content, size)
        return await self._store.write(conclude, task, results, start, self._config.mail_host)

    def _pieces(self, id: str, content: bytes | None) -> Iterator[bytes]:
        if content is not None:
            return iter([content])
        return contents.pieces(self._blobs, id)

    async def _fallback(self, domain: str) -> str | None:
        """Where a hosted domain's mail is taken that DNS says nothing of: here."""
        hosted = await self._store.read(people.is_hosted, domain)
        return self._config.reachable if hosted else None

    def close(self) -> None:
        self._delivery.close()


def smtp_port(config: Config, address: str) -> int:
    """The port of SMTP at an address: ours may not be on the standard one."""
    if address != config.reachable:
        return SMTP
    return port_of(config.data, config.bind, "smtp", SMTP)


def smarthost(config: Config) -> Smarthost | None:
    """ValueError, OSError"""
    mail = config.mail
    if mail.outbound != "smarthost":
        return None
    host, port = mail.relay
    password = Path(mail.smarthost_password).read_text().strip() if mail.smarthost_password else ""
    return Smarthost(host, port, mail.smarthost_user, password, mail.smarthost_tls)


def result(attempt: Attempt) -> Result:
    reply = attempt.reply
    said = f"{attempt.host} said {reply}" if attempt.host else str(reply)
    said = " ".join(said.split())
    if reply.positive:
        secured = f" over {attempt.tls}" if attempt.tls else " in the clear"
        return Result(DELIVERED, said + secured, reply.status, attempt.host)
    state = FAILED if reply.permanent else QUEUED
    return Result(state, said, reply.status, attempt.host)


def conclude(
    tx: Tx, task: Task, results: dict[str, Result], start: bytes | None, host: str
) -> float | None:
    """What came of an attempt, whole; seconds until the next."""
    captured = [each for each in task.waiting if results[each.address].state == CAPTURED]
    if captured:
        people.ensure_sink(tx)
        inbox = mailboxes.need(tx, people.SINK, INBOX)
        message = task.message
        messages.add(tx, inbox, people.SINK, message.content, message.size, (), tx.now.timestamp())
    settled, again = queue.settle(tx, task, results)
    if not outcomes.note(tx, task, results):
        tell(tx, settled, start or b"", host)
    return again


def tell(tx: Tx, settled: Settled, start: bytes, host: str) -> None:
    """Queue what the sender is to hear; nobody hears of mail that came from nobody (RFC 5321 §6.1)."""
    message = settled.message
    if not message.sender:
        return
    failed = [pair for pair in settled.failed if wants(pair[0], "FAILURE")]
    late = [pair for pair in settled.late if wants(pair[0], "DELAY")]
    for action, pairs in (
        (reports.FAILED, failed),
        (DELAYED, late),
        (RELAYED, settled.delivered),
    ):
        if pairs:
            report(tx, action, message, pairs, start, host)


def wants(waiting: Waiting, event: str) -> bool:
    """RFC 3461 §4.1: without NOTIFY, failures and delays."""
    notify = waiting.options.get("notify", "")
    return not notify or event in notify.split(",")


def report(
    tx: Tx,
    action: str,
    message: Message,
    pairs: list[tuple[Waiting, Result]],
    start: bytes,
    host: str,
) -> None:
    id = queue.new_id()
    about = [
        About(
            waiting.recipient.address,
            waiting.recipient.original,
            result.status or {reports.FAILED: "5.0.0", DELAYED: "4.0.0"}.get(action, "2.0.0"),
            result.said,
            result.host,
        )
        for waiting, result in pairs
    ]
    envelope, text = reports.report(
        action,
        host,
        message.sender,
        about,
        start,
        arrived=message.created,
        envid=message.options.get("envid", ""),
        full=message.options.get("ret", "") != "HDRS",
        message_id=f"<{id}@{host}>",
        now=tx.now.timestamp(),
    )
    content = contents.prepare(text, None)
    queue.put(tx, id, envelope, content)
    steps.note(tx, message.message_id, "reported", f"{action} to {message.sender}")
    steps.note(tx, content.message_id, steps.SUBMITTED, f"report of {message.message_id}")
