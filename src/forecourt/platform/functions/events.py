"""Events that nobody waits for: kept until the function took them, tried three times.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from forecourt.aws.errors import common
from forecourt.planes.functions.snapshot import Function, Outcome

from .stored import find, for_service, function_of

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)
WORK = "function event"
WAITS = (60.0, 120.0)  # seconds before another attempt
MOST_WAITING = 100_000  # of an instance; of an account a quarter, once half is taken
TooMany = common("TooManyRequestsException", 429)


class Runner(Protocol):
    """What runs functions."""

    async def run(self, function: Function, payload: bytes, request: str) -> Outcome: ...


def invoke_later(tx: Tx, arn: str, event: Any) -> str:
    """Let a function take an event, by and by; the request's id.  TooManyRequestsException."""
    waiting = tx.value("SELECT count(*) FROM function_event")
    if waiting >= MOST_WAITING or (
        waiting >= MOST_WAITING // 2 and of_account(tx, arn) >= MOST_WAITING // 4
    ):
        raise TooMany("Too many events wait for functions")
    request = str(uuid.uuid4())
    tx.run(
        "INSERT INTO function_event (function, request, payload, attempts, at)"
        " VALUES (:function, :request, :payload, 0, :at)",
        function=arn,
        request=request,
        payload=event if isinstance(event, str) else json.dumps(event),
        at=tx.now.timestamp(),
    )
    id = tx.value("SELECT id FROM function_event WHERE request = :request", request=request)
    tx.enqueue(WORK, str(id))
    return request


def of_account(tx: Tx, arn: str) -> int:
    """How many events wait for functions of the account that one is of."""
    return int(
        tx.value(
            "SELECT count(*) FROM function_event WHERE function LIKE :functions",
            functions=f"arn:aws:lambda:%:{arn.split(':')[4]}:%",
        )
    )


def by_service(tx: Tx, service: str, arn: str, event: Any, source: str, account: str) -> str | None:
    """What a service tells a function of a resource of an account; None where it is not for it, or
    has too much waiting: what happened has happened, also where it cannot be told.
    """
    if for_service(tx, arn, service, source, account) is None:
        return None
    try:
        return invoke_later(tx, arn, event)
    except TooMany:
        log.warning("%s is not told what happened to %s: too much waits", arn, source)
        return None


async def reconcile(store: Store, runner: Runner, key: str) -> float | None:
    """Let a function have an event; seconds until another attempt, or None."""
    found = await store.read(load, int(key))
    if found is None:
        await store.write(finish, int(key))
        return None
    function, payload, request, attempts = found
    outcome = await runner.run(function, payload.encode(), request)
    if not outcome.error:
        await store.write(finish, int(key))
        return None
    if attempts >= len(WAITS):
        log.warning("%s failed with an event for the last time", function.arn)
        await store.write(finish, int(key))
        return None
    await store.write(attempted, int(key))
    return WAITS[attempts]


def load(tx: Tx, id: int) -> tuple[Function, str, str, int] | None:
    row = tx.one(
        "SELECT function, payload, request, attempts FROM function_event WHERE id = :id", id=id
    )
    if row is None or (function := find(tx, row[0])) is None:
        return None
    return function_of(function), row[1], row[2], row[3]


def attempted(tx: Tx, id: int) -> None:
    tx.run("UPDATE function_event SET attempts = attempts + 1 WHERE id = :id", id=id)


def finish(tx: Tx, id: int) -> None:
    tx.run("DELETE FROM function_event WHERE id = :id", id=id)
