"""SMTP's questions, answered: who may send, who is here, and what becomes of a message."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from forecourt.planes.mail.addresses import BadAddress, key
from forecourt.planes.mail.server import Line
from forecourt.planes.mail.smtp import Envelope, Peer, Reply
from forecourt.planes.mail.smtp_server import (
    Dropped,
    From,
    Login,
    Message,
    Piece,
    Session,
    Settings,
    StartTls,
    To,
)
from forecourt.platform.mail import messages, people
from forecourt.platform.mail.people import Person
from forecourt.platform.metrics import MAIL
from forecourt.roles.mail import receipts
from forecourt.roles.mail.access import Access, TooMany
from forecourt.roles.mail.intake import FULL, Intake, targets
from forecourt.roles.mail.spool import Spool
from forecourt.services.ses import feedback, mm_ingress, receipt_rules
from forecourt.services.ses import smtp as interface
from forecourt.services.ses.mm_ingress import IngressPoint
from forecourt.services.ses.smtp import SmtpCaller
from forecourt.services.ses.stored import Complaint
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.config import Config
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

IDLE = 300.0  # seconds: RFC 5321 §4.5.3.2.7
BEFORE_LOGIN = 60.0  # seconds a client has that has said nothing of use
READING = anyio.CapacityLimiter(2)  # threads that read reports
UNAVAILABLE = Reply(451, "Not now, try again later", "4.3.0")


@dataclass(slots=True)
class Smtp:
    """What all SMTP connections of a process share."""

    config: Config
    store: Store
    access: Access
    intake: Intake

    def settings(self, *, submission: bool, implicit_tls: bool) -> Settings:
        mail = self.config.mail
        return Settings(
            self.config.mail_host,
            mail.size,
            mail.recipients,
            submission,
            starttls=not implicit_tls,
            cleartext=mail.cleartext,
        )


class Asked:
    """One connection."""

    def __init__(self, shared: Smtp, settings: Settings, line: Line, client: str, tls: str) -> None:
        self._shared = shared
        self._host = settings.host
        self.session = Session(settings, Peer(client, tls=tls))
        self._spool = Spool(shared.config.data / "tmp")

    async def answer(self, question: Any) -> Any:
        try:
            return await self._answer(question)
        except Unavailable as outage:
            log.warning("the store cannot be written: %s", outage)
            self._spool.drop()
            return FULL if no_room(outage) else UNAVAILABLE
        except OSError as error:
            log.warning("a message cannot be kept: %s", error)
            self._spool.drop()
            return FULL

    async def _answer(self, question: Any) -> Any:
        match question:
            case Login(user, password):
                return await self._sign_in(user, password)
            case From(sender, _):
                return await self._from(sender)
            case To(_, address, _):
                return await self._to(address)
            case Piece(data):
                self._spool.add(data)
                return None
            case Dropped():
                self._spool.drop()
                return None
            case Message(envelope, last):
                return await self._message(envelope, last)
        raise AssertionError(question)

    async def _sign_in(self, user: str, password: str) -> Reply | None:
        peer = self.session.peer
        try:
            if interface.is_key(user):
                return await self._sign_in_by_key(user, password)
            if user.startswith(mm_ingress.PREFIX):
                return await self._sign_in_to_ingress(user, password)
            person = await self._shared.access.sign_in(peer.address, user, password, "SMTP")
        except TooMany:
            return Reply(454, "Too many failures, try again later", "4.7.0")
        if person is None:
            return Reply(535, "Authentication credentials invalid", "5.7.8")
        peer.identity = person
        return None

    async def _sign_in_by_key(self, user: str, password: str) -> Reply | None:
        """SES's SMTP interface: an access key, and a password out of its secret.  TooMany."""
        self._shared.access.admit(self.session.peer.address)
        found = await self._shared.store.read(interface.signed_in, user, password)
        if found is None:
            self._shared.access.failed(self.session.peer.address)
            return Reply(535, "Authentication Credentials Invalid", "5.7.8")
        self.session.peer.identity = found
        return None

    async def _sign_in_to_ingress(self, user: str, password: str) -> Reply | None:
        """An ingress point of Mail Manager, and its password.  TooMany."""
        peer, access = self.session.peer, self._shared.access
        access.admit(peer.address)
        found = await self._shared.store.read(mm_ingress.signing_in, user)
        if found is None or not await access.proves(found.password, password):
            access.failed(peer.address)
            return Reply(535, "Authentication Credentials Invalid", "5.7.8")
        if found.needs_tls and not peer.tls:
            return Reply(530, "Must issue a STARTTLS command first", "5.7.0")
        peer.identity = found
        return None

    async def _send(self, caller: SmtpCaller, envelope: Envelope, content: bytes) -> Reply:
        """A message by SES's rules."""
        store, client = self._shared.store, self.session.peer.address
        try:
            wanted = interface.wanted_of(
                content, envelope.sender, [each.address for each in envelope.recipients]
            )
            if not await store.read_for(
                caller.call,
                lambda tx, _: interface.may_send(tx, caller, wanted, client),
                None,
            ):
                return Reply(
                    554, f"Access denied: {caller.caller.arn} may not ses:SendRawEmail", ""
                )
            plan = await store.read_for(
                caller.call, lambda tx, _: interface.planned(tx, wanted), None
            )
            made = await anyio.to_thread.run_sync(interface.made_ready, wanted, plan)
            id = await store.write_for(
                caller.call, lambda tx, _: interface.accepted(tx, wanted, plan, made), None
            )
        except Complaint as complaint:
            return refusal(complaint)
        return Reply(250, f"Ok {id}", "")

    async def _from(self, sender: str) -> Reply | None:
        person = self.session.peer.identity
        if not isinstance(person, Person):
            return None
        if not sender or not await self._shared.store.read(people.may_send_as, person.id, sender):
            return Reply(553, f"{person.address} may not send as <{sender}>", "5.7.1")
        return None

    async def _to(self, address: str) -> Reply | None:
        if isinstance(self.session.peer.identity, SmtpCaller):
            return None  # what becomes of it is told by events
        if isinstance(self.session.peer.identity, IngressPoint):
            return receipts.let_in(self.session.peer.identity, self.session.peer, address)
        signed_in = isinstance(self.session.peer.identity, Person)
        peer = self.session.peer
        return await self._shared.store.read(
            may_send_to, address, signed_in, peer.address, peer.tls
        )

    async def _message(self, envelope: Envelope, last: bytes) -> Reply:
        content = self._spool.whole(last)
        if content and not content.endswith(b"\r\n"):  # what came by BDAT may not
            content += b"\r\n"
        peer, intake = self.session.peer, self._shared.intake
        if isinstance(peer.identity, IngressPoint):
            reply = await receipts.manage(
                self._shared.store, intake, self._shared.config.ses, peer.identity, peer, envelope,
                content,
            )  # fmt: skip
            MAIL.labels("ingress", "taken" if reply.positive else "refused").inc()
            return reply
        if isinstance(peer.identity, SmtpCaller):
            reply = await self._send(peer.identity, envelope, content)
            MAIL.labels("ses", "taken" if reply.positive else "refused").inc()
            return reply
        way = "submitted" if isinstance(peer.identity, Person) else "received"
        if way == "received":
            envelope = await self._reports(envelope, content)
            if not envelope.recipients:
                return Reply(250, "Ok", "2.0.0")
            return await self._receive(envelope, content)
        reply = await intake.submit(peer, envelope, content)
        MAIL.labels(way, "taken" if reply.positive else "refused").inc()
        return reply

    async def _receive(self, envelope: Envelope, content: bytes) -> Reply:
        """For mailboxes, which may refuse it for all; then for those whose rules take it."""
        store, peer, intake = self._shared.store, self.session.peer, self._shared.intake
        whom = [each.address for each in envelope.recipients]
        groups, others = await store.read(receipts.sorted_out, whom, peer.address)
        reply = Reply(250, "Ok", "2.0.0")
        if others:
            left = tuple(each for each in envelope.recipients if each.address in others)
            reply = await intake.receive(peer, replace(envelope, recipients=left), content)
            MAIL.labels("received", "taken" if reply.positive else "refused").inc()
        if groups and reply.positive:
            settings = self._shared.config.ses
            reply = await receipts.take(store, intake, settings, peer, envelope, content, groups)
            MAIL.labels("rules", "taken" if reply.positive else "refused").inc()
        return reply

    async def _reports(self, envelope: Envelope, content: bytes) -> Envelope:
        """What is said of messages that SES sent is told; the envelope without their return paths."""
        store, others, own = self._shared.store, [], []
        for each in envelope.recipients:
            if await store.read(feedback.takes, each.address):
                own.append(each.address)
            else:
                others.append(each)
        if own:
            reports = await anyio.to_thread.run_sync(feedback.read, content, own, limiter=READING)
            for report in reports:
                await store.write(feedback.take, report)
        return replace(envelope, recipients=tuple(others))

    def is_start_tls(self, question: Any) -> bool:
        return isinstance(question, StartTls)

    def secured(self, tls: str) -> None:
        self.session.secured(tls)

    def idle_for(self) -> float:
        return IDLE if self.session.peer.helo else BEFORE_LOGIN

    def busy(self) -> str:
        return f"421 4.7.0 {self._host} Too many connections"

    def farewell(self) -> str:
        return f"421 4.4.2 {self._host} closes the connection"

    async def closed(self) -> None:
        self._spool.drop()


def refusal(complaint: Complaint) -> Reply:
    """https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html"""
    match complaint.kind:
        case "throttled":
            return Reply(454, f"Throttling failure: {complaint}", "")
        case "rejected":
            return Reply(554, f"Message rejected: {complaint}", "")
    if "more than" in str(complaint):
        return Reply(552, "Message is too long.", "")
    return Reply(554, f"Transaction failed: {complaint}", "")


def no_room(outage: Unavailable) -> bool:
    """Whether the database says that its disk is full: SQLite's words, and the system's."""
    return any(words in str(outage).lower() for words in ("is full", "no space left"))


def may_send_to(
    tx: Tx, address: str, signed_in: bool, client: str = "", tls: str = ""
) -> Reply | None:
    """What is against a recipient."""
    try:
        domain = "" if address.lower() == "postmaster" else key(address).rpartition("@")[2]
    except BadAddress:
        return Reply(553, "That is no address", "5.1.3")
    hosted = not domain or people.is_hosted(tx, domain)
    if not signed_in and feedback.takes(tx, address):
        return None
    if not signed_in and domain:
        taker = receipt_rules.taker(tx, address, client)
        if taker is not None:
            return receipts.against(taker, address, client, tls)
    if not hosted:
        if signed_in:
            return None
        if receipt_rules.receives(tx, address):
            return Reply(550, f"<{address}>: no rule is about it", "5.1.1")
        return Reply(554, f"<{address}>: mail for it is not taken here", "5.7.1")
    reached = targets(tx, address)
    if not reached:
        return Reply(550, f"<{address}>: nobody of that name is here", "5.1.1")
    if not signed_in and not any(messages.has_room(tx, person, 1) for person in reached):
        return Reply(452, f"<{address}>: the mailbox is full", "4.2.2")
    return None
