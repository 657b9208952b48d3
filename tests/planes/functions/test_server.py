"""Functions run: bounded in time and memory, whatever they do."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from forecourt.planes.functions.server import AT_ONCE, LARGEST_LOG, TAIL, Busy, Processes
from forecourt.planes.functions.snapshot import Function, Outcome

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
HERE = str(Path(__file__).parent)


def function(handler: str = "", url: str = "", timeout: int = 3) -> Function:
    return Function("f", ARN, handler, HERE, url, timeout, 256, {"SECRET": "s"})


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    if url.endswith("/slow"):
        await anyio.sleep(60)
    if url.endswith("/down"):
        raise OSError("refused")
    return (500, b"") if url.endswith("/500") else (200, b"" if url.endswith("/none") else body)


def run(handler: str = "", event: Any = None, **options: Any) -> tuple[Outcome, str]:
    logged: list[str] = []
    given = function(f"examples:{handler}" if handler else "", **options)
    processes = Processes(post, lambda _, text: logged.append(text))
    outcome = anyio.run(processes.run, given, json.dumps(event).encode(), "request-1")
    return outcome, logged[0]


def test_a_function_and_its_context() -> None:
    outcome, log = run("echo", {"a": [1, "ü"]})
    assert json.loads(outcome.payload) == {
        "event": {"a": [1, "ü"]}, "name": "f", "arn": ARN, "left": True, "secret": "s",
        "home": False,
    }  # fmt: skip
    assert outcome.error == ""
    assert log.startswith("START RequestId: request-1 Version: $LATEST\ngot ")
    assert "END RequestId: request-1\nREPORT RequestId: request-1\tDuration: " in log


@pytest.mark.parametrize(
    ("handler", "type_", "message"),
    [
        ("fail", "KeyError", "missing"),
        ("grow", "MemoryError", ""),
        ("die", "Runtime.ExitError", "exit status 3"),
        ("crash", "Runtime.ExitError", "SIGSEGV"),
        ("leave", "SystemExit", "1"),
        ("thing", "TypeError", "not JSON serializable"),
        ("talk", "Function.ResponseSizeTooLarge", "exceeded maximum"),
        ("nothing", "AttributeError", "nothing"),
    ],
)
def test_what_goes_wrong(handler: str, type_: str, message: str) -> None:
    outcome, _ = run(handler)
    told = json.loads(outcome.payload)
    assert (outcome.error, told["errorType"]) == ("Unhandled", type_)
    assert message in told["errorMessage"]


def test_time_that_is_over() -> None:
    started = time.monotonic()
    outcome, log = run("hang", timeout=1)
    assert time.monotonic() - started < 10
    assert outcome.error == "Unhandled"
    assert "Task timed out after 1.00 seconds" in json.loads(outcome.payload)["errorMessage"]
    assert "before" in log


def test_what_it_prints_is_bounded() -> None:
    outcome, log = run("shout")
    assert outcome.payload == b'"done"'
    assert len(log) < LARGEST_LOG + 1000
    assert len(outcome.log) == TAIL


def test_a_url() -> None:
    outcome, _ = run(event={"a": 1}, url="http://h/")
    assert (json.loads(outcome.payload), outcome.error) == ({"a": 1}, "")
    assert run(url="http://h/none")[0].payload == b"null"
    for url, type_ in (
        ("http://h/500", "Runtime.EndpointError"),
        ("http://h/down", "Runtime.EndpointError"),
    ):
        failed, _ = run(url=url)
        assert json.loads(failed.payload)["errorType"] == type_
    slow, _ = run(url="http://h/slow", timeout=1)
    assert "timed out" in json.loads(slow.payload)["errorMessage"]


def test_so_many_at_once() -> None:
    async def all_at_once() -> None:
        processes = Processes(post, lambda *_: None, at_once=1)
        with pytest.raises(Busy):
            async with anyio.create_task_group() as group:
                group.start_soon(processes.run, function(url="http://h/slow"), b"", "1")
                await anyio.lowlevel.checkpoint()
                await anyio.lowlevel.checkpoint()
                try:
                    await processes.run(function(url="http://h/"), b"", "2")
                finally:
                    group.cancel_scope.cancel()

    assert AT_ONCE > 1
    try:
        anyio.run(all_at_once)
    except BaseExceptionGroup as several:
        assert several.subgroup(Busy) is not None
