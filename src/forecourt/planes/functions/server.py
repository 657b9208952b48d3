"""Run functions: each event in a process of its own, with an end in time and in memory.

    processes = Processes(post, write_log); outcome = await processes.run(function, payload, request)

What it prints goes to a log; of what it prints or answers beyond a bound nothing is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio

from .snapshot import Function, Outcome

AT_ONCE = 20  # functions that run on a node
LARGEST_ANSWER = 6 * 1024 * 1024  # bytes
LARGEST_LOG = 256 * 1024  # bytes of one run
TAIL = 4 * 1024  # bytes of it that a caller may see
CHILD = Path(__file__).with_name("child.py")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[int, bytes]]]
Write = Callable[[Function, str], None]


class Busy(Exception):
    """As many run as may."""


class Processes:
    def __init__(self, post: Post, write: Write, at_once: int = AT_ONCE) -> None:
        self._post, self._write = post, write
        self._free = at_once

    async def run(self, function: Function, payload: bytes, request: str) -> Outcome:
        """Let a function have an event.  Busy."""
        if self._free <= 0:
            raise Busy(f"{function.name} cannot run: too many functions run already")
        self._free -= 1
        started = time.monotonic()
        try:
            run = self._to_url if function.url else in_process
            outcome = await run(function, payload, request)
        finally:
            self._free += 1
        millis = (time.monotonic() - started) * 1000
        text = (
            f"START RequestId: {request} Version: $LATEST\n{outcome.log}"
            f"{'' if outcome.log.endswith(chr(10)) or not outcome.log else chr(10)}"
            f"END RequestId: {request}\nREPORT RequestId: {request}\tDuration: {millis:.2f} ms\t"
            f"Memory Size: {function.memory} MB\n"
        )
        await anyio.to_thread.run_sync(self._write, function, text)
        return Outcome(outcome.payload, outcome.error, text[-TAIL:])

    async def _to_url(self, function: Function, payload: bytes, request: str) -> Outcome:
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Invoked-Function-Arn": function.arn,
        }
        try:
            with anyio.fail_after(function.timeout):
                status, body = await self._post(function.url, payload, headers)
        except TimeoutError:
            return timed_out(function, request, "")
        except OSError as error:
            return failed("Runtime.EndpointError", str(error), request, "")
        if not 200 <= status < 300:
            return failed("Runtime.EndpointError", f"the endpoint answered {status}", request, "")
        try:
            json.loads(body or b"null")
        except (ValueError, RecursionError):
            return failed("Runtime.MarshalError", "the endpoint answered no JSON", request, "")
        return Outcome(body or b"null", "", "")


async def in_process(function: Function, payload: bytes, request: str) -> Outcome:
    """One event, one process; it and what it started are gone afterwards."""
    theirs, ours = os.pipe()
    theirs, ours = ours, theirs  # they write, we read
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-u", str(CHILD), str(theirs), function.handler, str(function.memory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, cwd=function.path or "/", pass_fds=(theirs,),
            env=environment(function, request), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        os.close(ours)
        return failed("Runtime.StartError", str(error), request, "")
    finally:
        os.close(theirs)
    assert process.stdin and process.stdout
    answer = await reader(ours)
    log, body = bytearray(), bytearray()
    try:
        async with asyncio.timeout(function.timeout):
            await asyncio.gather(
                feed(process.stdin, payload),
                drain(process.stdout, log, LARGEST_LOG),
                drain(answer, body, LARGEST_ANSWER + 1),
            )
            await process.wait()
    except TimeoutError:
        return timed_out(function, request, text_of(log))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            await process.wait()
        answer._transport.close()  # type: ignore[attr-defined]
    if len(body) > LARGEST_ANSWER:
        return failed(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).",
            request,
            text_of(log),
        )
    if not body:
        why = f"RequestId: {request} Error: Runtime exited with {ending(process.returncode)}"
        return failed("Runtime.ExitError", why, request, text_of(log))
    return Outcome(bytes(body[1:]), "Unhandled" if body[:1] == b"1" else "", text_of(log))


async def reader(descriptor: int) -> asyncio.StreamReader:
    found = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(found), os.fdopen(descriptor, "rb", 0)
    )
    return found


async def feed(stream: asyncio.StreamWriter, payload: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        stream.write(payload or b"null")
        await stream.drain()
    stream.close()


async def drain(stream: asyncio.StreamReader, into: bytearray, most: int) -> None:
    """Read to the end; keep the first bytes."""
    while piece := await stream.read(64 * 1024):
        into += piece[: max(0, most - len(into))]


def environment(function: Function, request: str) -> dict[str, str]:
    found = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **found,
        **function.environment,
        "PYTHONPATH": function.path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": function.arn.split(":")[3],
        "AWS_DEFAULT_REGION": function.arn.split(":")[3],
        "_HANDLER": function.handler,
        "_FUNCTION_ARN": function.arn,
        "_REQUEST_ID": request,
        "_TIMEOUT": str(function.timeout),
    }


def text_of(log: bytearray) -> str:
    text = log.decode(errors="replace")
    return f"{text}\n[what it printed further was not kept]" if len(log) >= LARGEST_LOG else text


def timed_out(function: Function, request: str, log: str) -> Outcome:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = f"{now} {request} Task timed out after {function.timeout}.00 seconds"
    body = json.dumps({"errorMessage": text})
    return Outcome(body.encode(), "Unhandled", f"{log}\n{text}\n".lstrip())


def failed(type_: str, message: str, request: str, log: str) -> Outcome:
    body = json.dumps({"errorMessage": message, "errorType": type_, "requestId": request})
    return Outcome(body.encode(), "Unhandled", f"{log}\n{message}\n".lstrip())


def ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"error: signal: {signal.Signals(-code).name}"
    return f"error: exit status {code}"
