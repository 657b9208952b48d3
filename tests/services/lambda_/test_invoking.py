"""Invocations: now, later, only to see."""

from __future__ import annotations

import json
from base64 import b64decode
from functools import partial
from typing import Any

from forecourt.platform.functions import events
from tests.harness import World

from .calls import fault
from .conftest import register


def test_now(world: World, lambda_: Any, echo: str) -> None:
    answer = lambda_.invoke(FunctionName="echo", Payload=b'{"a": "b"}', LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert json.loads(answer["Payload"].read())["event"] == {"a": "b"}
    assert "got {'a': 'b'}" in b64decode(answer["LogResult"]).decode()
    assert "FunctionError" not in answer
    assert world.logged[-1][0] == "echo"


def test_without_a_payload(lambda_: Any, echo: str) -> None:
    assert json.loads(lambda_.invoke(FunctionName="echo")["Payload"].read())["event"] is None


def test_what_fails(world: World, lambda_: Any) -> None:
    register(world, "fail", "fail")
    answer = lambda_.invoke(FunctionName="fail", Payload=b"{}")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == "KeyError"


def test_later(world: World, lambda_: Any, echo: str) -> None:
    answer = lambda_.invoke(FunctionName="echo", InvocationType="Event", Payload=b'{"n": 1}')
    assert answer["StatusCode"] == 202
    world.logged.clear()
    work = partial(events.reconcile, world.store, world.runner)
    assert world.work_off(events.WORK, work) == 1
    assert "got {'n': 1}" in world.logged[0][1]


def test_only_to_see(world: World, lambda_: Any, echo: str) -> None:
    world.logged.clear()
    assert lambda_.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"] == 204
    assert world.logged == []


def test_payloads_that_are_none(lambda_: Any, echo: str) -> None:
    assert (
        fault(lambda_.invoke, FunctionName="echo", Payload=b"{") == "InvalidRequestContentException"
    )
    large = b'"' + b"x" * (1024 * 1024) + b'"'
    refused = fault(lambda_.invoke, FunctionName="echo", InvocationType="Event", Payload=large)
    assert refused == "RequestTooLargeException"
    assert fault(lambda_.invoke, FunctionName="none") == "ResourceNotFoundException"
