"""A gateway and a name server in this process, for tests through real clients.

Requests are signed HTTP over loopback through the whole gateway; answers are checked against the
operation's output shape, and errors against those it declares.  The name server is the plane's
responder behind a real follower.
"""

from __future__ import annotations

import asyncio
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import boto3
import dns.message
import uvicorn
from botocore.config import Config as BotoConfig
from botocore.validate import ParamValidator

from forecourt.gateway.admin import Admin
from forecourt.gateway.app import Gateway
from forecourt.gateway.server import Application, BoundedHttp
from forecourt.gateway.throttle import Throttle
from forecourt.planes.dns.protocol import Responder, Settings
from forecourt.planes.functions.server import Processes
from forecourt.planes.functions.snapshot import Function
from forecourt.platform.certificates import authorities, proving
from forecourt.platform.egress import Egress
from forecourt.platform.identity import accounts
from forecourt.platform.names import geography, server_sets
from forecourt.platform.names.following import Follower, View
from forecourt.platform.names.server_sets import TOPIC
from forecourt.platform.notify import signing
from forecourt.processes.sockets import listen_tcp
from forecourt.roles.gateway import AUTHORIZATIONS, TABLES, empty
from forecourt.roles.posting import Poster
from forecourt.services.ses import identities
from forecourt.store import work
from forecourt.store.blobs import Blobs
from forecourt.store.opening import open_store
from forecourt.store.tx import Tx

FIRST_KEY = ("AKIAQAAAAAAAAFIRSTAA", "first-secret")
SECOND_KEY = ("AKIAQAAAAAAASECONDAA", "second-secret")
SECOND = "111122223333"
TOKEN = "operator-token"
SERVICE_KEY = identities.new_key({})

# Codes any operation may answer.
COMMON = frozenset(
    ("NotImplemented", "Throttling", "InvalidClientTokenId", "ValidationError", "MalformedInput",
     "SignatureDoesNotMatch", "InvalidInput", "AccessDenied", "AccessDeniedException",
     "UnauthorizedOperation", "ExpiredToken", "InvalidParameterValue", "ValidationException")
)  # fmt: skip


OURS = ("ResponseMetadata", "ExpiresString")  # what botocore adds to answers


class World:
    """A store, a gateway on it, and name servers that follow it."""

    def __init__(self, folder: Path, url: str = "sqlite") -> None:
        self.store = open_store(folder, url, bytes(32))
        self.store.write_now(populate)
        self.objects = Blobs(folder / "objects")
        self.logged: list[tuple[str, str]] = []  # what functions printed
        self.poster = Poster(self.store, Egress("127.0.0.0/8"))
        self.runner = Processes(self.poster.post, self._log)
        self.gateway = Gateway(
            TABLES,
            AUTHORIZATIONS,
            self.store,
            Throttle({}),
            objects=self.objects,
            runner=self.runner,
        )
        admin = Admin(self.store, self.gateway.callers, TOKEN, (), testing=True, empty=empty)
        (folder / "tmp").mkdir()
        self._socket = listen_tcp("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            Application(self.gateway, admin, str(folder / "tmp")),
            http=BoundedHttp,
            ws="none",
            lifespan="off",
            log_config=None,
            loop="asyncio",
        )
        self._server = uvicorn.Server(config)
        self._server.capture_signals = no_signals  # type: ignore[method-assign]
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True
        )
        self._thread.start()
        self._follower = Follower(self.store)
        self._follower.load()
        self._responders: dict[View, Responder] = {}
        self._session = boto3.session.Session()
        self._clients: dict[tuple[str, tuple[str, ...], str], Any] = {}

    def client(
        self, service: str, key: tuple[str, ...] = FIRST_KEY, region: str = "us-east-1"
    ) -> Any:
        """A boto3 client whose answers are checked against the model; temporary keys have a token."""
        if (service, key, region) not in self._clients:
            client = self._session.client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=key[0],
                aws_secret_access_key=key[1],
                aws_session_token=key[2] if len(key) > 2 else None,
                config=BotoConfig(retries={"total_max_attempts": 1}),
            )
            client.meta.events.register(
                "after-call.*.*", check_answer
            )  # before handlers of botocore
            self._clients[service, key, region] = client
        return self._clients[service, key, region]

    def _log(self, function: Function, text: str) -> None:
        self.logged.append((function.name, text))

    def work_off(self, kind: str, reconcile: Callable[[str], Awaitable[float | None]]) -> int:
        """Do all work of a kind that is due, as its worker would; how much it was."""
        done = 0
        while items := self.store.write_now(work.lease, kind, "test", 100):
            for item in items:
                again = anyio.run(reconcile, item.key)
                if again is None:
                    self.store.write_now(work.finish, item, "test")
                else:
                    self.store.write_now(work.postpone, item, "test", again)
                done += 1
        return done

    def follow(self) -> None:
        """Let the name servers catch up and say so."""
        self._follower.advance()
        self.store.followers.report(TOPIC, "test", self._follower.cursor)

    def ask(
        self, name: str, type_: str = "A", view: View = 1, **options: Any
    ) -> dns.message.Message:
        """What a name server answers, over the limitless transport."""
        query = dns.message.make_query(name, type_, **options)
        return self.exchange(query, view)

    def exchange(self, query: dns.message.Message, view: View = 1) -> dns.message.Message:
        reply = self.responder(view).message(query.to_wire(), "192.0.2.1")
        assert reply is not None
        return dns.message.from_wire(reply)

    def responder(self, view: View = 1) -> Responder:
        """A delegation set's name server, or the resolver of a VPC by its ARN."""
        self.follow()
        if view not in self._responders:
            names, settings = self._follower.view(view), Settings(cookie_secret=b"s" * 16)
            names.tick(time.time())
            self._responders[view] = Responder(names, settings, geography.locator(""))
        return self._responders[view]

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        for client in self._clients.values():
            client.close()
        self._socket.close()
        self.gateway.close()
        self.store.close()


def populate(tx: Tx) -> None:
    for account, key in ((accounts.FIRST, FIRST_KEY), (SECOND, SECOND_KEY)):
        accounts.create_account(tx, account, "test")
        accounts.add_key(tx, account, accounts.root_arn(account), *key)
    server_sets.create(tx)
    authorities.ensure(tx)
    proving.ensure(tx)
    signing.ensure(tx)
    identities.ensure_service(tx, SERVICE_KEY)


def no_signals() -> Any:
    from contextlib import nullcontext

    return nullcontext()


def check_answer(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    """Every answer keeps its shape, every error is declared (or one any operation may answer)."""
    if http_response.status_code < 300:
        given = {k: v for k, v in parsed.items() if k not in OURS}
        if model.output_shape is not None:
            report = ParamValidator().validate(given, model.output_shape)
            # AWS leaves out members its model requires, and answers lists shorter than it declares.
            lax = ("Missing required parameter", "valid min length")
            told = report.generate_report().split("\n")
            errors = [e for e in told if e and not any(words in e for words in lax)]
            assert not errors, f"{model.name}: {errors}"
        return
    if not model.service_model.error_shapes or model.service_model.service_name == "s3":
        return  # a service whose model declares none, as EC2's, or few
    declared = {shape.error_code or shape.name for shape in model.error_shapes}
    code = parsed["Error"]["Code"]
    assert code in declared | COMMON, f"{model.name} answered {code}, which it does not declare"


def tcp_frame(message: bytes) -> bytes:
    return struct.pack(">H", len(message)) + message
