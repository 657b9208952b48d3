"""Somebody who listens to topics over HTTP, and what brings messages there."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from forecourt.platform.certificates.authorities import public_address
from forecourt.platform.notify import delivering
from tests.harness import World


class Listener:
    """An HTTP server that keeps what is posted to it; the last part of a path is the status it answers."""

    def __init__(self) -> None:
        got: list[tuple[Mapping[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = self.path.partition("?")[0].rpartition("/")[2]
                self.send_response(int(status) if status else 200)
                self.send_header("Location", "http://169.254.169.254/")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.got = got
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.got[-1][1])
        return found


def deliver(world: World) -> int:
    """Bring what is due to where it is wanted; how many attempts that were."""
    reconcile = partial(
        delivering.reconcile, world.store, world.poster.status, lambda tx, _: public_address(tx)
    )
    return world.work_off(delivering.WORK, reconcile)


def subscribed(
    world: World, sns: Any, topic: str, listener: Listener, path: str = "", **attributes: str
) -> str:
    """A subscription that its endpoint confirmed; its ARN."""
    arn = str(
        sns.subscribe(
            TopicArn=topic, Protocol="http", Endpoint=f"{listener.url}{path}",
            Attributes=attributes, ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
    )  # fmt: skip
    deliver(world)
    sns.confirm_subscription(TopicArn=topic, Token=listener.last["Token"])
    listener.got.clear()
    return arn
