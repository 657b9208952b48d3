"""Functions of every temper."""

import os
import subprocess
import sys
import time
from typing import Any


def echo(event: Any, context: Any) -> Any:
    print("got", event)  # noqa: T201
    return {
        "event": event,
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "left": 0 < context.get_remaining_time_in_millis() <= 3000,
        "secret": os.environ.get("SECRET"),
        "home": "FORECOURT_DATA" in os.environ,
    }


def fail(event: Any, context: Any) -> Any:
    raise KeyError("missing")


def hang(event: Any, context: Any) -> Any:
    subprocess.Popen(["sleep", "60"])
    print("before", flush=True)  # noqa: T201
    time.sleep(60)


def shout(event: Any, context: Any) -> Any:
    for _ in range(5000):
        print("x" * 1000)  # noqa: T201
    return "done"


def grow(event: Any, context: Any) -> Any:
    return len(bytearray(1 << 31))


def die(event: Any, context: Any) -> Any:
    os._exit(3)


def crash(event: Any, context: Any) -> Any:
    os.kill(os.getpid(), 11)


def talk(event: Any, context: Any) -> Any:
    return "x" * (7 << 20)


def thing(event: Any, context: Any) -> Any:
    return object()


def leave(event: Any, context: Any) -> Any:
    sys.exit(1)
