"""The story, run live: chapters of steps, each with its evidence.

A chapter is a generator function that takes the guide and yields steps while it does them:

    def zone(guide):
        with guide.step("Create a hosted zone") as step:
            ...
            step.evidence = "what a real client said"
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape


class Skip(Exception):
    """A step cannot be shown here; the text says why."""


@dataclass(slots=True)
class Step:
    name: str
    status: str = "ok"
    seconds: float = 0.0
    evidence: str = ""

    @property
    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "evidence": self.evidence,
        }


@dataclass(slots=True)
class Guide:
    """What chapters are given: the instance's listeners and clients for its APIs.

    `client(service)` signs as the root, `client(service, key)` with what IAM or STS answered.
    """

    instance: dict[str, Any]
    client: Callable[..., Any]
    screen: Console | None = None
    steps: list[Step] = field(default_factory=list)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step and show its evidence; a failure is noted and ends the chapter."""
        step, started = Step(name), time.monotonic()
        self.steps.append(step)
        try:
            yield step
        except Skip as reason:
            step.status, step.evidence = "skipped", str(reason)
        except Exception as error:
            step.status, step.evidence = "failed", str(error) or type(error).__name__
            raise Abandoned from error
        finally:
            step.seconds = time.monotonic() - started
            self.show(step)

    def show(self, step: Step) -> None:
        if self.screen is None:
            return
        mark = {"ok": "[green]✓[/]", "skipped": "[yellow]–[/]", "failed": "[red]✗[/]"}[step.status]
        self.screen.print(f" {mark} {step.name} [dim]{step.seconds:.2f} s[/]")
        for line in step.evidence.splitlines():
            self.screen.print(f"     [dim]{escape(line)}[/]")

    def listener(self, name: str) -> tuple[str, int]:
        for each in self.instance["listeners"]:
            if each["name"] == name:
                return each["address"], each["port"]
        raise Skip(f"this instance does not listen as {name}")

    def unique(self) -> str:
        """A label for what a chapter makes, so that runs do not meet."""
        return f"tour-{secrets.token_hex(4)}"


class Abandoned(Exception):
    """A step failed: its chapter ends."""


def tell(guide: Guide, chapters: tuple[str, ...], screen: Console | None) -> list[Step]:
    """Run some chapters in order; all their steps."""
    guide.screen = screen
    for name in chapters:
        if screen is not None:
            screen.print(f"\n[bold]{name}[/]")
        with contextlib.suppress(Abandoned):
            CHAPTERS[name](guide)
    return guide.steps


from forecourt.tour import (
    caches,
    certificates,
    identity,
    internet,
    mail,
    names,
    neighbours,
    receiving,
    routing,
    sending,
)

CHAPTERS: dict[str, Callable[[Guide], None]] = {
    "names": names.chapter,
    "routing": routing.chapter,
    "internet": internet.chapter,
    "certificates": certificates.chapter,
    "mail": mail.chapter,
    "sending": sending.chapter,
    "receiving": receiving.chapter,
    "caches": caches.chapter,
    "neighbours": neighbours.chapter,
    "identity": identity.chapter,
}
