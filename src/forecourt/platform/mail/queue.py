"""The queue: messages on their way, each recipient by itself, worked on by domain.

    put(tx, message, content)           # in the transaction that accepts a message
    take(tx, key)                       # what a worker is to deliver now: one message to one domain
    settle(tx, ...)                     # what came of it

The work item of a message and a domain is leased, so any number of nodes share the queue; what an attempt
came to, the next attempt, the delivery notice and the end of a message are one transaction.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forecourt.planes.mail import addresses
from forecourt.planes.mail.smtp import Envelope, Recipient

from . import contents, steps

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

    from .contents import Content

WORK = "mail"
QUEUED, HELD, DELIVERED, CAPTURED, FAILED = "queued", "held", "delivered", "captured", "failed"
OPEN = f"('{QUEUED}', '{HELD}')"
# Seconds to wait after each attempt, the last for all that follow: RFC 5321 §4.5.4.1.
SCHEDULE = (60, 300, 900, 1800, 3600, 7200, 14400)
GIVEN_UP = 5 * 86400.0  # seconds after which a message is returned
WARNED = 4 * 3600.0  # seconds after which its sender is told that it is late
COLUMNS = "id, content, size, sender, message_id, options, created"


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    content: str
    size: int
    sender: str
    message_id: str
    options: Mapping[str, Any]
    created: float

    @classmethod
    def of(cls, row: Any) -> Message:
        id, content, size, sender, message_id, options, created = row
        return cls(id, content, size, sender, message_id, json.loads(options), created)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recipient as it stands in the queue."""

    address: str
    domain: str
    state: str
    attempts: int
    due: float
    said: str
    options: Mapping[str, Any]
    warned: bool

    @classmethod
    def of(cls, row: Any) -> Waiting:
        address, domain, state, attempts, due, said, options, warned = row
        return cls(address, domain, state, attempts, due, said, json.loads(options), bool(warned))

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.address, **self.options)


@dataclass(frozen=True, slots=True)
class Task:
    """A message, and those of one domain it is to be delivered to now."""

    message: Message
    waiting: tuple[Waiting, ...]

    @property
    def envelope(self) -> Envelope:
        options = self.message.options
        return Envelope(
            self.message.sender,
            tuple(each.recipient for each in self.waiting),
            options.get("eight_bit", False),
            options.get("utf8", False),
            options.get("ret", ""),
            options.get("envid", ""),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt for one recipient."""

    state: str  # DELIVERED, CAPTURED, FAILED, HELD; QUEUED: to be tried again
    said: str  # by whom, and what
    status: str = ""  # enhanced
    host: str = ""  # that was asked


@dataclass(frozen=True, slots=True)
class Settled:
    """What the sender is to be told, by the recipients' results."""

    message: Message
    failed: list[tuple[Waiting, Result]] = field(default_factory=list)
    late: list[tuple[Waiting, Result]] = field(default_factory=list)
    delivered: list[tuple[Waiting, Result]] = field(default_factory=list)  # who asked to hear of it


def new_id() -> str:
    return secrets.token_hex(10)


def put(tx: Tx, id: str, envelope: Envelope, content: Content) -> None:
    """Take a message over: from the commit on it is ours to deliver."""
    contents.insert(tx, content)
    options = {
        "eight_bit": envelope.eight_bit,
        "utf8": envelope.utf8,
        "ret": envelope.ret,
        "envid": envelope.envid,
    }
    now = tx.now.timestamp()
    tx.run(
        f"INSERT INTO mail_queued ({COLUMNS})"
        " VALUES (:id, :content, :size, :sender, :message_id, :options, :created)",
        id=id,
        content=content.id,
        size=content.size,
        sender=envelope.sender,
        message_id=content.message_id,
        options=json.dumps({k: v for k, v in options.items() if v}),
        created=now,
    )
    known: dict[str, Recipient] = {each.address: each for each in envelope.recipients}
    domains = {address: domain_of(address) for address in known}
    tx.many(
        "INSERT INTO mail_recipient (message, address, domain, state, attempts, due, said, options,"
        " warned) VALUES (:message, :address, :domain, 'queued', 0, :due, '', :options, :warned)",
        [
            {
                "message": id,
                "address": address,
                "domain": domains[address],
                "due": now,
                "options": json.dumps(recipient_options(each)),
                "warned": False,
            }
            for address, each in known.items()
        ],
    )
    for domain in sorted(set(domains.values())):
        tx.enqueue(WORK, key_of(id, domain))


def recipient_options(recipient: Recipient) -> dict[str, str]:
    found = {"notify": recipient.notify, "original": recipient.original}
    return {key: value for key, value in found.items() if value}


def domain_of(address: str) -> str:
    return addresses.split(address)[1]


def key_of(message: str, domain: str) -> str:
    return f"{message} {domain}"


def get(tx: Tx, id: str) -> Message | None:
    row = tx.one(f"SELECT {COLUMNS} FROM mail_queued WHERE id = :id", id=id)
    return Message.of(row) if row else None


def waiting(tx: Tx, message: str, domain: str | None = None) -> list[Waiting]:
    rows = tx.all(
        "SELECT address, domain, state, attempts, due, said, options, warned FROM mail_recipient"
        " WHERE message = :message ORDER BY address",
        message=message,
    )
    return [Waiting.of(row) for row in rows if domain in (None, row[1])]


def take(tx: Tx, key: str) -> Task | None:
    """What is to be delivered now; None where nothing is left to do."""
    id, _, domain = key.partition(" ")
    message = get(tx, id)
    if message is None:
        return None
    due = tuple(each for each in waiting(tx, id, domain) if each.state == QUEUED)
    return Task(message, due) if due else None


def settle(tx: Tx, task: Task, results: Mapping[str, Result]) -> tuple[Settled, float | None]:
    """Note what came of an attempt: what the sender is to be told, and when to try again (seconds)."""
    now = tx.now.timestamp()
    settled = Settled(task.message)
    again: float | None = None
    age = now - task.message.created
    for each in task.waiting:
        result = results[each.address]
        if result.state == QUEUED and age >= GIVEN_UP:
            result = Result(
                FAILED,
                f"given up after {int(age // 86400)} days: {result.said}",
                "4.4.7",
                result.host,
            )
        warned = each.warned
        if result.state == QUEUED:
            wait = float(SCHEDULE[min(each.attempts, len(SCHEDULE) - 1)])
            wait = min(wait, max(GIVEN_UP - age, 1.0))
            again = wait if again is None else min(again, wait)
            if not warned and age >= WARNED:
                settled.late.append((each, result))
                warned = True
        elif result.state == FAILED:
            settled.failed.append((each, result))
        elif "SUCCESS" in each.options.get("notify", ""):
            settled.delivered.append((each, result))
        changed = tx.run(
            "UPDATE mail_recipient SET state = :state, attempts = attempts + 1, due = :due,"
            " said = :said, warned = :warned"
            " WHERE message = :message AND address = :address AND state = 'queued'",
            state=result.state,
            due=now + (again or 0.0),
            said=result.said[:500],
            warned=warned,
            message=task.message.id,
            address=each.address,
        )
        if changed:
            steps.note(
                tx, task.message.message_id, WORDS[result.state], f"{each.address}: {result.said}"
            )
    finish(tx, task.message)
    return settled, again


WORDS = {
    QUEUED: "deferred",
    HELD: "held",
    DELIVERED: "sent",
    CAPTURED: "captured",
    FAILED: "failed",
}


def finish(tx: Tx, message: Message) -> None:
    """Let go of a message that nobody waits for."""
    if tx.one(
        f"SELECT 1 FROM mail_recipient WHERE message = :id AND state IN {OPEN} LIMIT 1",
        id=message.id,
    ):
        return
    tx.run("DELETE FROM mail_recipient WHERE message = :id", id=message.id)
    tx.run("DELETE FROM mail_queued WHERE id = :id", id=message.id)
    contents.release(tx, [message.content])


# ----- the operator's side


def all_waiting(tx: Tx, most: int = 10_000) -> list[tuple[Message, list[Waiting]]]:
    """What is on its way, the oldest first."""
    rows = tx.all(f"SELECT {COLUMNS} FROM mail_queued ORDER BY created, id LIMIT :most", most=most)
    messages = [Message.of(row) for row in rows]
    return [(message, waiting(tx, message.id)) for message in messages]


def retry(tx: Tx, ids: Iterable[str]) -> int:
    """Try messages again now, held ones too; how many there were."""
    count = 0
    for id in ids:
        open_ = [each for each in waiting(tx, id) if each.state in (QUEUED, HELD)]
        tx.run(
            f"UPDATE mail_recipient SET state = 'queued', due = :now"
            f" WHERE message = :id AND state IN {OPEN}",
            now=tx.now.timestamp(),
            id=id,
        )
        for domain in {each.domain for each in open_}:
            tx.enqueue(WORK, key_of(id, domain))
        count += bool(open_)
    return count


def hold(tx: Tx, ids: Iterable[str]) -> int:
    """Keep messages from being tried, until they are retried; how many there were."""
    count = 0
    for id in ids:
        count += bool(
            tx.run(
                "UPDATE mail_recipient SET state = 'held' WHERE message = :id AND state = 'queued'",
                id=id,
            )
        )
    return count


def drop(tx: Tx, ids: Iterable[str]) -> int:
    """Take messages out, without a word to their senders; how many there were."""
    count = 0
    for id in ids:
        if (message := get(tx, id)) is None:
            continue
        tx.run(
            f"UPDATE mail_recipient SET state = 'failed' WHERE message = :id AND state IN {OPEN}",
            id=id,
        )
        steps.note(tx, message.message_id, "dropped", "by the operator")
        finish(tx, message)
        count += 1
    return count


def ids(tx: Tx, wanted: Sequence[str]) -> list[str]:
    """The messages of some ids, or all."""
    if wanted:
        return [id for id in wanted if get(tx, id) is not None]
    return [message.id for message, _ in all_waiting(tx)]
