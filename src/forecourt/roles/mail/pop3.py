"""POP3's questions, answered out of the store: the maildrop is INBOX as it is at sign-in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from forecourt.planes.mail.imap.names import INBOX
from forecourt.planes.mail.pop3 import (
    Entry,
    Login,
    No,
    Quit,
    Retrieve,
    Session,
    Settings,
    StartTls,
    State,
)
from forecourt.planes.mail.server import Line
from forecourt.platform.mail import contents, mailboxes, messages, steps
from forecourt.roles.mail.access import Access, TooMany
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.config import Config
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

IDLE = 600.0  # seconds: RFC 1939 §3
BEFORE_LOGIN = 60.0


@dataclass(slots=True)
class Pop3:
    """What all POP3 connections of a process share."""

    config: Config
    store: Store
    access: Access
    blobs: Blobs

    def settings(self, *, implicit_tls: bool) -> Settings:
        return Settings(
            self.config.mail_host,
            starttls=not implicit_tls,
            cleartext=self.config.mail.cleartext,
        )


class Asked:
    """One connection."""

    def __init__(self, shared: Pop3, settings: Settings, line: Line, client: str, tls: str) -> None:
        self._shared, self._client = shared, client
        self.session = Session(settings, tls=bool(tls))
        self._person = ""
        self._mailbox = 0

    async def answer(self, question: Any) -> Any:
        try:
            match question:
                case Login(user, password):
                    return await self._sign_in(user, password)
                case Retrieve(id):
                    return await self._retrieve(uid_of(id))
                case Quit(deleted):
                    uids = sorted(map(uid_of, deleted))
                    await self._shared.store.write(take_away, self._person, self._mailbox, uids)
                    return None
        except Unavailable as outage:
            log.warning("the store cannot be used: %s", outage)
            raise No("not now, try again later", "SYS/TEMP") from None
        raise AssertionError(question)

    async def _sign_in(self, user: str, password: str) -> list[Entry]:
        try:
            person = await self._shared.access.sign_in(self._client, user, password, "IMAP")
        except TooMany:
            raise No("too many failures, try again later", "LOGIN-DELAY") from None
        if person is None:
            raise No("the password is not that user's", "AUTH")
        self._person = person.id
        self._mailbox, found = await self._shared.store.read(maildrop, person.id)
        return found

    async def _retrieve(self, uid: int) -> bytes:
        rows = await self._shared.store.read(
            messages.rows, self._mailbox, [uid], summary=False, content=None, since=0
        )
        if not rows:
            raise No("it is gone")
        row, content = rows[0]
        data = row.content
        if not data and row.size:
            try:
                data = await anyio.to_thread.run_sync(contents.read, self._shared.blobs, content)
            except KeyError:
                raise No("it is gone") from None
        await self._shared.store.write(steps.note_read, content, "by POP3")
        return data

    def is_start_tls(self, question: Any) -> bool:
        return isinstance(question, StartTls)

    def secured(self, tls: str) -> None:
        self.session.secured()

    def idle_for(self) -> float:
        return BEFORE_LOGIN if self.session.state is State.AUTHORIZATION else IDLE

    def busy(self) -> str:
        return "-ERR [SYS/TEMP] too many connections"

    def farewell(self) -> str:
        return "-ERR [SYS/TEMP] the connection is closed"

    async def closed(self) -> None:
        return


def maildrop(tx: Tx, person: str) -> tuple[int, list[Entry]]:
    mailbox = mailboxes.need(tx, person, INBOX)
    validity = mailboxes.state(tx, mailbox).uid_validity
    rows = tx.all("SELECT uid, size FROM mail_message WHERE mailbox = :id ORDER BY uid", id=mailbox)
    return mailbox, [Entry(f"{validity}.{uid}", size) for uid, size in rows]


def uid_of(id: str) -> int:
    return int(id.partition(".")[2])


def take_away(tx: Tx, person: str, mailbox: int, uids: list[int]) -> None:
    """Those that are still there: another session may have been faster."""
    rows = list(messages.each(tx, "uid, flags, content, size", mailbox, uids))
    if rows:
        messages.take_out(tx, person, mailbox, rows)
