"""/_forecourt: health for anybody, the rest for the operator.

The operator shows the token of the data directory (`Authorization: Bearer …`) or signs as the root
of the first account.  Host and Origin are checked, so that no web page the operator visits can ask
in their name.  With --testing, reset, clock and mail need no token.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from forecourt.gateway.authenticate import Callers, authenticate
from forecourt.gateway.http import Answer, Malformed, Request
from forecourt.platform import audit
from forecourt.platform.identity import accounts
from forecourt.platform.identity.sigv4 import Refused
from forecourt.platform.mail import looking
from forecourt.platform.metrics import exposition
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store import clock, reset
from forecourt.store.store import Unavailable

if TYPE_CHECKING:
    from forecourt.store.blobs import Blobs
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

PREFIX = "/_forecourt"
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")
FURTHEST = 100 * 366 * 24 * 3600  # seconds the calendar is moved at once
REACHED_WITHIN = 2.0  # seconds
LONGEST_WAIT, LOOKED_EVERY = 60.0, 0.05  # seconds
MOST_MESSAGES = 100
ONLY_TESTING = (("POST", "/reset"), ("POST", "/clock"), ("DELETE", "/mail"))


class Admin:
    def __init__(
        self,
        store: Store,
        callers: Callers,
        token: str,
        hosts: Iterable[str],
        *,
        testing: bool,
        empty: Callable[[Tx], int] = reset.empty,
        mail: Blobs | None = None,
    ) -> None:
        self._mail = mail  # where large messages are
        self._empty = empty  # what a reset does
        self._store, self._callers = store, callers
        self._token, self._testing = token, testing
        self._hosts = frozenset((*LOCAL, *hosts))
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "/health"): self.health,
            ("GET", "/metrics"): self.metrics,
            ("GET", "/events"): self.events,
            ("POST", "/reset"): self.reset,
            ("POST", "/clock"): self.clock,
            ("GET", "/mail"): self.mail,
            ("DELETE", "/mail"): self.clear_mail,
        }

    async def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(PREFIX)
        handler = self._routes.get((request.method, path))
        if request.method == "GET" and path.startswith("/mail/"):
            handler = self.message
        testing = (request.method, path) in ONLY_TESTING
        if handler is None or (testing and not self._testing):
            return reply(404, {"message": "There is no such page."})
        if path != "/health":
            if not self._is_ours(request):
                return reply(403, {"message": "This host or origin may not ask here."})
            free = testing or (self._testing and path.startswith("/mail"))
            if not free and not await self._is_operator(request):
                return reply(401, {"message": "Show the operator's token, or sign as root."})
        try:
            answer: Answer = await handler(request)
        except Unavailable:
            return reply(503, {"message": "The store is unavailable."})
        return answer

    async def health(self, request: Request) -> Answer:
        try:
            await self._store.read(accounts.list_accounts)
        except Exception:
            return reply(503, {"status": "unavailable", "store": "unavailable"})
        return reply(200, {"status": "ok", "store": "ok"})

    async def metrics(self, request: Request) -> Answer:
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return Answer(200, (("content-type", kind),), exposition())

    async def events(self, request: Request) -> Answer:
        """The audit trail, as CloudTrail's LookupEvents gives it."""
        token = dict(request.parameters).get("NextToken", "")
        if token and not (token.isascii() and token.isdecimal() and len(token) < 19):
            return reply(400, {"message": "NextToken is not one of ours."})
        page = await self._store.read(audit.lookup, int(token) if token else None)
        return reply(200, page)

    async def reset(self, request: Request) -> Answer:
        """Empty every account; answered when the name servers are empty too."""
        seq = await self._store.write(self._empty)
        with anyio.move_on_after(REACHED_WITHIN):
            while self._store.followers.alive(TOPIC) and (
                self._store.followers.reached(TOPIC) < seq
            ):
                await anyio.sleep(0.002)
        return reply(200, {"status": "ok"})

    async def clock(self, request: Request) -> Answer:
        """Move the calendar forwards: {"seconds": N}."""
        try:
            seconds = float(json.loads(request.body)["seconds"])
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            return reply(400, {"message": 'Send {"seconds": N}.'})
        if not 0 <= seconds <= FURTHEST:
            return reply(400, {"message": "The calendar only moves forwards, 100 years at most."})
        await self._store.write(clock.move_forwards, seconds)
        return reply(200, {"status": "ok"})

    async def mail(self, request: Request) -> Answer:
        """Messages in mailboxes, and captured ones: ?to= &from= &subject= &after= &wait=SECONDS."""
        given = dict(request.parameters)
        try:
            wait, after = float(given.get("wait", "0")), float(given.get("after", "0"))
        except ValueError:
            return reply(400, {"message": "wait and after are seconds."})
        if not (0 <= wait <= LONGEST_WAIT and 0 <= after < FURTHEST * 100):
            return reply(400, {"message": f"wait is at most {LONGEST_WAIT:.0f} seconds."})
        wanted = looking.Wanted(
            given.get("to", ""), given.get("from", ""), given.get("subject", "")
        )
        end = anyio.current_time() + wait
        while True:
            found = await self._store.read(looking.arrived, wanted, after, MOST_MESSAGES)
            if found or anyio.current_time() >= end:
                break
            await anyio.sleep(LOOKED_EVERY)
        return reply(200, {"Messages": [looking.document(e, await self._read(e)) for e in found]})

    async def message(self, request: Request) -> Answer:
        """One message, as it lies in the mailbox."""
        id = request.path.removeprefix(f"{PREFIX}/mail/")
        found = await self._store.read(looking.find, id)
        if found is None:
            return reply(404, {"message": "There is no such message."})
        return Answer(200, (("content-type", "message/rfc822"),), await self._read(found, None))

    async def _read(self, found: looking.Arrived, most: int | None = looking.LARGEST) -> bytes:
        known = await self._store.read(looking.read, found, most)
        if known is None and self._mail is not None:
            known = await anyio.to_thread.run_sync(looking.whole, self._mail, found, None)
        return known or b""

    async def clear_mail(self, request: Request) -> Answer:
        """Take every message away, from every mailbox."""
        await self._store.write(looking.clear)
        return reply(200, {"status": "ok"})

    def _is_ours(self, request: Request) -> bool:
        if not self._knows(request.headers.get("host", "")):
            return False
        origin = request.headers.get("origin")
        try:
            return origin is None or self._knows(urlsplit(origin).netloc)
        except ValueError:
            return False

    def _knows(self, host: str) -> bool:
        host = host.lower()
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        return name in self._hosts or name.endswith(".localhost")

    async def _is_operator(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return hmac.compare_digest(given.encode(), self._token.encode())
        try:
            call = await authenticate(request, self._callers, "forecourt", "Admin", "forecourt")
        except (Refused, Malformed):
            return False
        return call.principal == accounts.root_arn(accounts.FIRST)


def reply(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, (("content-type", "application/json"),), json.dumps(document).encode())
