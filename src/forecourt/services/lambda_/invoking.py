"""Invoke a function: now, by and by, or only to see whether one may.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import uuid
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Afterwards, Operations
from forecourt.planes.functions.server import Busy
from forecourt.planes.functions.snapshot import Function
from forecourt.platform.functions import invoke_later
from forecourt.platform.functions.events import Runner
from forecourt.platform.functions.stored import LATEST, errors, function_of

from .functions import named

if TYPE_CHECKING:
    from forecourt.aws.types import lambda_ as t
    from forecourt.store.tx import Tx

ops = Operations("lambda")
LARGEST, LARGEST_EVENT = 6 * 1024 * 1024, 1024 * 1024  # bytes of a payload


@ops.write
def invoke(tx: Tx, req: t.InvocationRequest) -> Any:
    """Run a function with an event; its answer, or that it was taken."""
    found = named(tx, req["FunctionName"], req.get("Qualifier", LATEST))
    kind, payload = req.get("InvocationType", "RequestResponse"), read(req.get("Payload", b""))
    limit = LARGEST_EVENT if kind == "Event" else LARGEST
    if len(payload) > limit:
        raise errors.RequestTooLargeException(
            f"{len(payload)} byte payload is too large for the {kind} invocation type"
            f" (limit {limit} bytes)"
        )
    if kind == "DryRun":
        return {"StatusCode": 204}
    if kind == "Event":
        invoke_later(tx, found.arn, (payload or b"null").decode())
        return {"StatusCode": 202}
    function, tail = function_of(found), req.get("LogType") == "Tail"
    return Afterwards(lambda runner: run(runner, function, payload, tail))


async def run(runner: Runner, function: Function, payload: bytes, tail: bool) -> dict[str, Any]:
    try:
        outcome = await runner.run(function, payload, str(uuid.uuid4()))
    except Busy as busy:
        raise errors.TooManyRequestsException(str(busy)) from None
    answer: dict[str, Any] = {
        "StatusCode": 200,
        "ExecutedVersion": LATEST,
        "Payload": outcome.payload,
    }
    if outcome.error:
        answer["FunctionError"] = outcome.error
    if tail:
        answer["LogResult"] = b64encode(outcome.log.encode()).decode()
    return answer


def read(payload: bytes) -> bytes:
    """InvalidRequestContentException."""
    try:
        json.loads((payload or b"null").decode())
    except (ValueError, RecursionError):
        raise errors.InvalidRequestContentException(
            "Could not parse request body into json: the payload is no JSON"
        ) from None
    return payload
