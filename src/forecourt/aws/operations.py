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

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore import xform_name

from forecourt.aws.errors import Errors
from forecourt.aws.models import service_model

Handler = Callable[[Any, Any], Any]
H = TypeVar("H", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one service, and what runs it."""

    name: str
    handler: Handler
    writes: bool
    ahead: Callable[..., Any] | None = None
    look: Handler | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The rest of an operation, after its transaction."""

    work: Callable[[], Any]


class Operations:
    """The handlers of one module of a service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.errors = Errors(service)
        self.table: dict[str, Operation] = {}
        self._names = {xform_name(name): name for name in service_model(service).operation_names}

    def read(self, handler: H) -> H:
        return self._add(handler, writes=False)

    def write(self, handler: H) -> H:
        return self._add(handler, writes=True)

    def write_after(
        self, ahead: Callable[..., Any], look: Handler | None = None
    ) -> Callable[[H], H]:
        return lambda handler: self._add(handler, writes=True, ahead=ahead, look=look)

    def _add(
        self,
        handler: H,
        *,
        writes: bool,
        ahead: Callable[..., Any] | None = None,
        look: Handler | None = None,
    ) -> H:
        name = self._names[handler.__name__]
        self.table[name] = Operation(name, handler, writes, ahead, look)
        return handler
