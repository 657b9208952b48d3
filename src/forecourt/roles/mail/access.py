"""Who signs in: passwords are checked on threads, and guessing is slowed."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from forecourt.platform.identity import passwords
from forecourt.platform.mail import access_rules, people
from forecourt.platform.mail.people import Person

if TYPE_CHECKING:
    from forecourt.store.store import Store

AT_ONCE = 2  # computations, each of 64 MiB
LONGEST = 256  # characters of a password
KNOWN_FOR = 300.0  # seconds for which a password that was right is not computed again
FAILURES, WITHIN = 10, 600.0  # of one client, in seconds, after which it has to wait
MOST_CLIENTS = 10_000


class TooMany(Exception):
    """A client guessed too often."""


class Access:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = anyio.CapacityLimiter(AT_ONCE)
        self._secret = os.urandom(32)
        self._known: dict[bytes, float] = {}
        self._failures: dict[str, list[float]] = {}
        self._decoy = ""

    async def sign_in(self, client: str, user: str, password: str, by: str) -> Person | None:
        """Whose password it is, where rules let them in by "IMAP" or "SMTP".  TooMany."""
        self.admit(client)
        person = await self._store.read(people.signing_in, user)
        if not self._decoy:
            self._decoy = await self._computed("decoy", None)
        kept = person.password if person is not None else self._decoy
        if len(password) <= LONGEST and await self._is_right(kept, password) and person is not None:
            admitted = await self._store.read(access_rules.admits, person.id, client, by)
            return person if admitted else None
        self.failed(client)
        return None

    async def proves(self, kept: str, password: str) -> bool:
        """Whether a password is the one that is kept."""
        return len(password) <= LONGEST and await self._is_right(kept, password)

    def admit(self, client: str) -> None:
        """Let a client try.  TooMany."""
        if len(self._recent(client)) >= FAILURES:
            raise TooMany

    def failed(self, client: str) -> None:
        """A client guessed."""
        recent = self._recent(client)
        if len(self._failures) >= MOST_CLIENTS:
            self._failures.clear()
        self._failures[client] = [*recent, time.monotonic()]

    def _recent(self, client: str) -> list[float]:
        now = time.monotonic()
        return [each for each in self._failures.get(client, []) if now - each < WITHIN]

    async def _is_right(self, kept: str, password: str) -> bool:
        token = hmac.digest(self._secret, f"{kept}\0{password}".encode(), hashlib.sha256)
        now = time.monotonic()
        if now < self._known.get(token, 0.0):
            return True
        if not passwords.same(await self._computed(password, passwords.salt_of(kept)), kept):
            return False
        if len(self._known) >= MOST_CLIENTS:
            self._known.clear()
        self._known[token] = now + KNOWN_FOR
        return True

    async def _computed(self, password: str, salt: bytes | None) -> str:
        return await anyio.to_thread.run_sync(passwords.digest, password, salt, limiter=self._limit)
