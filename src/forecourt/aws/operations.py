"""Tables of operation handlers.

ops = Operations("route53")

@ops.read
def get_hosted_zone(tx, req): ...

A handler is a synchronous function `(tx, req) -> answer`, named as boto3 names the operation; `req`
and the answer are spelled as the API spells them.  It touches nothing but its transaction, so that a
conflict can run it again.  `read` handlers get a read transaction, `write` handlers a write one.

Work above a millisecond of CPU does not belong into a transaction.  What can be done ahead of it is a
function of the request (`@ops.write_after(generate)`), whose result the handler gets third; where it
needs something of the store, `look(tx, req)` reads it first (`@ops.write_after(generate, look)`), and
the handler has to see whether that still holds.  What comes after a transaction a handler returns as
`Later(work)`, and the answer is what `work()` returns.  Both run on a few threads of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore import xform_name

from forecourt.aws.errors import Errors
from forecourt.aws.models import service_model

Handler = Callable[[Any, Any], Any]
STATUS = "$status"  # in an answer: its HTTP status where it is not the model's
H = TypeVar("H", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one service, and what runs it."""

    name: str
    handler: Handler
    writes: bool
    ahead: Callable[..., Any] | None = None
    look: Handler | None = None
    streams: bool = False  # whether its body goes to a blob while it comes
    on_disk: bool = False  # whether `ahead` gets this node's blobs first
    compressed: bool = False  # whether SDKs compress its requests


@dataclass(frozen=True, slots=True)
class Later:
    """The rest of an operation, after its transaction."""

    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Afterwards:
    """The rest of an operation that is waited for: a function of what runs functions here."""

    work: Callable[[Any], Awaitable[Any]]


class Operations:
    """The handlers of one module of a service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.errors = Errors(service)
        self.table: dict[str, Operation] = {}
        self._model = service_model(service)
        self._names = {xform_name(name): name for name in self._model.operation_names}

    def read(self, handler: H) -> H:
        return self._add(handler, writes=False)

    def write(self, handler: H) -> H:
        return self._add(handler, writes=True)

    def write_after(
        self, ahead: Callable[..., Any], look: Handler | None = None, *, on_disk: bool = False
    ) -> Callable[[H], H]:
        return lambda handler: self._add(
            handler, writes=True, ahead=ahead, look=look, on_disk=on_disk
        )

    def write_received(self, look: Handler) -> Callable[[H], H]:
        """A handler that gets its body as a blob, written while it came, once `look` had no objection."""
        return lambda handler: self._add(handler, writes=True, streams=True, look=look)

    def _add(
        self,
        handler: H,
        *,
        writes: bool,
        ahead: Callable[..., Any] | None = None,
        look: Handler | None = None,
        streams: bool = False,
        on_disk: bool = False,
    ) -> H:
        name = self._names[handler.__name__]
        compressed = bool(self._model.operation_model(name).request_compression)
        self.table[name] = Operation(
            name, handler, writes, ahead, look, streams, on_disk, compressed
        )
        return handler
