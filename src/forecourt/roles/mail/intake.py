"""Taking messages over: from users, to be sent, and from other servers, to be put into mailboxes.

Whoever is answered 250 finds the message in the queue or the mailbox whatever happens next: both are one
durable commit before the answer.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from forecourt.planes.mail import dkim, mime
from forecourt.planes.mail.authentication import (
    Results,
    authenticate,
    from_domain,
    without_claims,
)
from forecourt.planes.mail.dmarc import QUARANTINE, REJECT
from forecourt.planes.mail.imap.names import INBOX
from forecourt.planes.mail.smtp import Envelope, Peer, Reply
from forecourt.platform.mail import contents, domains, mailboxes, messages, people, queue, steps
from forecourt.platform.names import suffixes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from forecourt.config import Config
    from forecourt.planes.mail.asking import Lookup
    from forecourt.platform.mail.contents import Content
    from forecourt.platform.mail.domains import Domain
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

HOPS = 50  # Received fields after which a message goes in circles: RFC 5321 §6.3
LARGE = 256 * 1024  # bytes above which a message is looked at on a thread
LARGE_AT_ONCE = 4
DROPPED = ("bcc", "return-path")  # of what a user submits
JUNK = "\\Junk"
KEYS_FOR = 60.0  # seconds for which a domain's key is kept opened
FULL = Reply(452, "There is no room now", "4.3.1")


class Intake:
    def __init__(self, config: Config, store: Store, lookup: Lookup, blobs: Blobs | None) -> None:
        self._config, self._store, self._lookup, self._blobs = config, store, lookup, blobs
        self.host = config.mail_host
        self._threads = anyio.CapacityLimiter(LARGE_AT_ONCE)
        self._keys: dict[str, tuple[Domain, rsa.RSAPrivateKey] | None] = {}
        self._keys_from = 0.0

    async def submit(self, peer: Peer, envelope: Envelope, content: bytes) -> Reply:
        """A user's message, to be sent: completed (RFC 6409 §8), signed, and queued."""
        id, now = queue.new_id(), time.time()
        if hops(content) > HOPS:
            return Reply(554, "The message goes in circles", "5.4.6")
        whole = completed(content, self.host, id, now)
        key = await self._key(from_domain(dkim.header_of(whole)))
        received = received_field(self.host, peer, envelope, id, now)
        if key is not None:
            signed, secret = key
            whole = await self._off(len(whole), sign, whole, signed, secret, now)
        made = await self.prepared(received + whole)
        said = f"by {peer.user or 'us'} to {listed(envelope)}"
        await self._store.write(enqueue, id, envelope, made, said)
        return Reply(250, f"Ok {id}", "2.0.0")

    async def receive(self, peer: Peer, envelope: Envelope, content: bytes) -> Reply:
        """Another server's message, for mailboxes here."""
        id, now = queue.new_id(), time.time()
        if hops(content) > HOPS:
            return Reply(554, "The message goes in circles", "5.4.6")
        content = without_claims(content, self.host)
        results = await self.authenticated(peer, envelope, content, now)
        disposition = results.dmarc.disposition if self._config.mail.dmarc == "enforce" else ""
        if disposition == REJECT:
            return Reply(550, f"Refused by the DMARC policy of {results.dmarc.domain}", "5.7.26")
        head = (
            f"Return-Path: <{envelope.sender}>\r\n".encode()
            + results.fields(self.host, peer.address)
            + received_field(self.host, peer, envelope, id, now)
        )
        made = await self.prepared(head + content)
        addresses = [each.address for each in envelope.recipients]
        refused = await self._store.write(
            deliver,
            made,
            addresses,
            disposition == QUARANTINE,
            f"from {peer.address}: {said(results)}",
        )
        if refused:
            return refused
        return Reply(250, f"Ok {id}", "2.0.0")

    async def authenticated(
        self, peer: Peer, envelope: Envelope, content: bytes, now: float
    ) -> Results:
        """What SPF, DKIM and DMARC say of a message."""
        work = partial(self._off, len(content)) if len(content) > LARGE else None
        return await authenticate(
            self._lookup, organization_of, peer, envelope.sender, content, now, work
        )

    async def prepared(self, content: bytes) -> Content:
        """A content as it is stored.  OSError."""
        made: Content = await self._off(len(content), contents.prepare, content, self._blobs)
        return made

    async def _off(self, size: int, work: Any, *args: Any) -> Any:
        """What takes long for a large message is done on a thread."""
        if size <= LARGE:
            return work(*args)
        return await anyio.to_thread.run_sync(work, *args, limiter=self._threads)

    async def _key(self, domain: str) -> tuple[Domain, rsa.RSAPrivateKey] | None:
        """The key a domain signs with; None for one that is not hosted."""
        if not domain:
            return None
        if time.monotonic() - self._keys_from > KEYS_FOR:
            self._keys, self._keys_from = {}, time.monotonic()
        if domain not in self._keys:
            self._keys[domain] = await self._store.read(opened, domain)
        return self._keys[domain]


def opened(tx: Tx, name: str) -> tuple[Domain, rsa.RSAPrivateKey] | None:
    found = domains.get(tx, name)
    if found is None or found.ownership != domains.VERIFIED:
        return None
    return found, domains.key_of(tx, found)


def enqueue(tx: Tx, id: str, envelope: Envelope, content: Content, said: str) -> None:
    queue.put(tx, id, envelope, content)
    steps.note(tx, content.message_id, steps.SUBMITTED, said)


def deliver(tx: Tx, content: Content, addresses: list[str], junk: bool, said: str) -> Reply | None:
    """Put a message into the mailboxes its recipients reach; what is said where none is left."""
    reached: dict[str, None] = {}
    for address in addresses:
        reached |= dict.fromkeys(targets(tx, address))
    if not reached:
        return Reply(550, "Nobody of that name is here any more", "5.1.1")
    if not any(messages.has_room(tx, person, content.size) for person in reached):
        return Reply(452, "The mailbox is full", "4.2.2")
    places = [
        (
            mailboxes.special(tx, person, JUNK) if junk else mailboxes.need(tx, person, INBOX),
            person,
        )
        for person in reached
    ]
    messages.deliver(tx, content, places)
    steps.note(tx, content.message_id, steps.RECEIVED, said)
    where = "Junk" if junk else INBOX
    steps.note(tx, content.message_id, steps.STORED, f"in {where} of {', '.join(addresses)}")
    return None


def targets(tx: Tx, address: str) -> list[str]:
    """Whom an address reaches; `postmaster` alone is whoever answers for the first domain."""
    if address.lower() == "postmaster":
        hosted = domains.all_of(tx)
        return [people.first_of(tx, hosted[0].name)] if hosted else [people.SINK]
    return people.reach(tx, address)


def organization_of(domain: str) -> str:
    """RFC 7489 §3.2"""
    return suffixes.registrable(domain) or domain


def hops(content: bytes) -> int:
    header = content[: mime.header_end(content)]
    return len(RECEIVED.findall(header))


RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)


def said(results: Results) -> str:
    signed = next((each.result for each in results.dkim if each.result == "pass"), "")
    signed = signed or (results.dkim[0].result if results.dkim else "none")
    return f"spf={results.spf[0]} dkim={signed} dmarc={results.dmarc.result}"


def listed(envelope: Envelope) -> str:
    shown = [each.address for each in envelope.recipients[:5]]
    more = len(envelope.recipients) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def completed(content: bytes, host: str, id: str, now: float) -> bytes:
    """A submitted message with what it must have, and without what it must not (RFC 6409 §8)."""
    header = dkim.header_of(content)
    names = {name for name, _ in header}
    added = b""
    if "date" not in names:
        added += f"Date: {format_datetime(datetime.fromtimestamp(now, UTC))}\r\n".encode()
    if "message-id" not in names:
        added += f"Message-ID: <{id}@{host}>\r\n".encode()
    end = mime.header_end(content)
    if names & set(DROPPED):
        kept = b"".join(raw for name, raw in header if name not in DROPPED)
        content, end = kept + b"\r\n" + content[end:], len(kept) + 2
    if not names:  # all body: RFC 5322 §2.1 has the empty line before it
        return added + (content if content.startswith(b"\r\n") else b"\r\n" + content)
    return added + content


def received_field(host: str, peer: Peer, envelope: Envelope, id: str, now: float) -> bytes:
    """RFC 5321 §4.4; TLS as others say it, too."""
    secured = f"\r\n\t({peer.tls.replace(' ', ' with cipher ')})" if peer.tls else ""
    only = f"\r\n\tfor <{envelope.recipients[0].address}>" if len(envelope.recipients) == 1 else ""
    helo = re.sub(r"[^\x21-\x27\x2a-\x7e\x80-\U0010ffff]", "", peer.helo) or "unknown"
    protocol = f"UTF8{peer.protocol.removeprefix('E')}" if envelope.utf8 else peer.protocol
    return (
        f"Received: from {helo} ([{peer.address}]){secured}\r\n\tby {host} with {protocol} id {id}"
        f"{only};\r\n\t{format_datetime(datetime.fromtimestamp(now, UTC))}\r\n"
    ).encode()


def sign(content: bytes, domain: Domain, key: rsa.RSAPrivateKey, now: float) -> bytes:
    return dkim.sign(content, domain.name, domain.selector, key, now) + content
