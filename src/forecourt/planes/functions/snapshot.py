"""What runs, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arn: str
    handler: str  # module:function, or module.function
    path: str  # of the folder its modules are in
    url: str  # where events are posted, in place of a handler
    timeout: int  # seconds
    memory: int  # MiB
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    payload: bytes  # what it returned, or what went wrong, as JSON
    error: str  # "": none; Unhandled
    log: str  # what it printed last
