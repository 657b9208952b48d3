"""IMAP's questions, answered out of the store."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from forecourt.planes.mail.imap import questions as q
from forecourt.planes.mail.imap.questions import No
from forecourt.planes.mail.imap.searching import And, Key, uses_modseq
from forecourt.planes.mail.imap.session import Session, Settings, State
from forecourt.planes.mail.server import Line
from forecourt.platform.mail import contents, mailboxes, messages, people, searching, steps
from forecourt.roles.mail.access import Access, TooMany
from forecourt.roles.mail.intake import Intake
from forecourt.roles.mail.spool import Spool
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.config import Config
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

IDLE = 1860.0  # seconds: RFC 3501 §5.4 has at least 30 minutes
BEFORE_LOGIN = 60.0
PER_PERSON = 50  # connections
SEARCHED_AT_ONCE = 50  # contents


@dataclass(slots=True)
class Imap:
    """What all IMAP connections of a process share."""

    config: Config
    store: Store
    access: Access
    intake: Intake
    blobs: Blobs
    watched: dict[int, set[Asked]] = field(default_factory=dict)
    connected: dict[str, int] = field(default_factory=dict)

    def settings(self, *, implicit_tls: bool) -> Settings:
        mail = self.config.mail
        return Settings(
            self.config.mail_host, mail.size, starttls=not implicit_tls, cleartext=mail.cleartext
        )

    def changed(self, mailbox: int) -> None:
        """A mailbox changed: those who look at it are told, now where they wait for that."""
        for each in list(self.watched.get(mailbox, ())):
            each.stir()


class Asked:
    """One connection."""

    def __init__(self, shared: Imap, settings: Settings, line: Line, client: str, tls: str) -> None:
        self._shared, self._line, self._client = shared, line, client
        self.session = Session(settings, tls=bool(tls))
        self._person = ""
        self._mailbox = 0
        self._spool = Spool(shared.config.data / "tmp")

    def stir(self) -> None:
        self.session.stir()
        if self.session.idling:
            self._line.stir()

    async def answer(self, question: Any) -> Any:
        try:
            return await self._answer(question)
        except Unavailable as outage:
            log.warning("the store cannot be used: %s", outage)
            raise No("Not now, try again later", "UNAVAILABLE") from None
        except OSError as error:
            log.warning("a message cannot be kept: %s", error)
            raise No("There is no room now", "UNAVAILABLE") from None

    async def _answer(self, question: Any) -> Any:
        store, person = self._shared.store, self._person
        match question:
            case q.Login(user, password):
                await self._sign_in(user, password)
            case q.Mailboxes():
                return await store.read(mailboxes.listed, person)
            case q.Create(name, special):
                await store.write(mailboxes.create, person, name, special)
            case q.Delete(name):
                await store.write(mailboxes.delete, person, name)
            case q.Rename(name, to):
                await store.write(mailboxes.rename, person, name, to)
            case q.Subscribe(name, wanted):
                await store.write(mailboxes.subscribe, person, name, wanted=wanted)
            case q.Status(name):
                return await store.read(mailboxes.status, person, name)
            case q.Open(name, read_only):
                return await self._open(name, read_only=read_only)
            case q.Closed():
                self._look_away()
            case q.Changes(mailbox, since):
                return await store.read(mailboxes.changes, mailbox, since)
            case q.Fetch():
                return await self._fetch(question)
            case q.Store(mailbox, uids, action, flags, unless):
                return await self._store_flags(mailbox, uids, action, flags, unless)
            case q.Expunge(mailbox, uids):
                return await store.write(messages.expunge, person, mailbox, uids)
            case q.Copy(mailbox, uids, to, move):
                return await store.write(messages.copy, person, mailbox, uids, to, move=move)
            case q.MayAppend(name, size):
                await store.read(messages.may_append, person, name, size)
            case q.Piece(data):
                self._spool.add(data)
            case q.Append():
                return await self._append(question)
            case q.Search(mailbox, program, _):
                return await self._search(mailbox, program)
            case q.Quota():
                found = await store.read(people.get, person)
                return (found.used, found.quota) if found is not None else (0, 0)
            case _:
                raise AssertionError(question)
        return None

    async def _sign_in(self, user: str, password: str) -> None:
        try:
            person = await self._shared.access.sign_in(self._client, user, password, "IMAP")
        except TooMany:
            raise No("Too many failures, try again later", "UNAVAILABLE") from None
        if person is None:
            raise No("The password is not that user's", "AUTHENTICATIONFAILED")
        connected = self._shared.connected
        if connected.get(person.id, 0) >= PER_PERSON:
            raise No("There are too many connections of that user", "LIMIT")
        connected[person.id] = connected.get(person.id, 0) + 1
        self._person = person.id

    async def _open(self, name: str, *, read_only: bool) -> q.Opened:
        store = self._shared.store
        mailbox = await store.read(mailboxes.need, self._person, name)
        self._look_at(mailbox)  # before it is read, so that no change is missed
        if read_only:
            return await store.read(mailboxes.open_, self._person, name)
        found = await store.read(mailboxes.open_, self._person, name)
        if found.state.recent:
            found = await store.write(mailboxes.open_for_writing, self._person, name)
        return found

    async def _fetch(self, asked: q.Fetch) -> list[q.Row]:
        found = await self._shared.store.read(
            messages.rows,
            asked.mailbox,
            asked.uids,
            summary=asked.summary,
            content=asked.content,
            since=asked.since,
        )
        rows = []
        alone = len(asked.uids) == 1
        for row, content in found:
            lacks = asked.content != 0 and not row.content and row.size > 0
            if lacks and (alone or asked.content is not None or row.size <= messages.SMALL):
                try:
                    data = await self._blob(content, asked.content)
                except KeyError:
                    continue  # it went meanwhile
                row = row._replace(content=data)
            rows.append(row)
        return rows

    async def _blob(self, content: str, size: int | None) -> bytes:
        return await anyio.to_thread.run_sync(contents.read, self._shared.blobs, content, size)

    async def _store_flags(
        self, mailbox: int, uids: Any, action: str, flags: tuple[str, ...], unless: int | None
    ) -> q.Stored:
        return await self._shared.store.write(
            store_flags, self._person, mailbox, uids, action, flags, unless
        )

    async def _append(self, asked: q.Append) -> tuple[int, int]:
        content = crlf(self._spool.whole(asked.last))
        made = await self._shared.intake.prepared(content)
        return await self._shared.store.write(
            messages.append, self._person, asked.name, made, asked.flags, asked.date
        )

    async def _search(self, mailbox: int, program: Key) -> list[tuple[int, int]]:
        store = self._shared.store
        by_rows, rest = searching.split(program)
        counted = uses_modseq(program)
        found = await store.read(searching.candidates, mailbox, by_rows, counted=counted)
        if not rest:
            return found
        told = {
            key: {uid for uid, _ in await store.read(searching.candidates, mailbox, And((key,)))}
            for key in searching.row_keys(rest)
        }
        kept = []
        for start in range(0, len(found), SEARCHED_AT_ONCE):
            some = found[start : start + SEARCHED_AT_ONCE]
            asked = q.Fetch(mailbox, [uid for uid, _ in some], content=None)
            small = {row.uid: row.content for row in await self._fetch(asked) if row.content}
            kept += await anyio.to_thread.run_sync(matching, some, small, rest, told)
            for one in some:
                if one[0] not in small:
                    rows = await self._fetch(q.Fetch(mailbox, [one[0]], content=None))
                    large = {row.uid: row.content for row in rows}
                    kept += await anyio.to_thread.run_sync(matching, [one], large, rest, told)
        kept.sort()
        return kept

    def _look_at(self, mailbox: int) -> None:
        self._look_away()
        self._mailbox = mailbox
        self._shared.watched.setdefault(mailbox, set()).add(self)

    def _look_away(self) -> None:
        if self._mailbox:
            watching = self._shared.watched.get(self._mailbox, set())
            watching.discard(self)
            if not watching:
                self._shared.watched.pop(self._mailbox, None)
            self._mailbox = 0

    def is_start_tls(self, question: Any) -> bool:
        return isinstance(question, q.StartTls)

    def secured(self, tls: str) -> None:
        self.session.secured()

    def idle_for(self) -> float:
        return BEFORE_LOGIN if self.session.state is State.NOT_AUTHENTICATED else IDLE

    def busy(self) -> str:
        return "* BYE [UNAVAILABLE] Too many connections"

    def farewell(self) -> str:
        return "* BYE The connection is closed"

    async def closed(self) -> None:
        self._look_away()
        self._spool.drop()
        if self._person:
            left = self._shared.connected.get(self._person, 1) - 1
            if left:
                self._shared.connected[self._person] = left
            else:
                self._shared.connected.pop(self._person, None)
            self._person = ""


def store_flags(
    tx: Tx,
    person: str,
    mailbox: int,
    uids: Any,
    action: str,
    flags: tuple[str, ...],
    unless: int | None,
) -> q.Stored:
    """Change flags; that a message was read is a step of its path."""
    stored = messages.store(tx, mailbox, uids, action, flags, unless)
    if stored.modseq and messages.SEEN in flags and action != "-":
        seen = [uid for uid, _, modseq in stored.rows if modseq == stored.modseq]
        if len(seen) <= 10:
            for _, content in messages.each(tx, "uid, content", mailbox, seen):
                steps.note_read(tx, content, "by IMAP")
    return stored


def matching(
    some: list[tuple[int, int]],
    rows: dict[int, bytes],
    rest: list[Key],
    told: dict[Key, set[int]],
) -> list[tuple[int, int]]:
    """Those of some messages, given with their contents, for which all conditions hold."""
    return [
        (uid, modseq)
        for uid, modseq in some
        if uid in rows
        and all(
            searching.holds(key, uid, lambda uid=uid: rows[uid], lambda k, uid=uid: uid in told[k])  # type: ignore[misc]
            for key in rest
        )
    ]


def crlf(content: bytes) -> bytes:
    """Lines ended as they must be: some clients put in what is on their disk."""
    if content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r"):
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
