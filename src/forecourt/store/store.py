"""What every store is, whatever its database: the type the rest of the program is written to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from forecourt.store.bell import Bells
    from forecourt.store.seal import Seal
    from forecourt.store.tx import Call, Tx

P = ParamSpec("P")
R = TypeVar("R")


class Unavailable(Exception):
    """The database cannot be written or read now; nothing of the transaction was kept."""


class Reports(Protocol):
    """Who follows the feed, and how far they are (feed.py)."""

    def report(self, topic: str, follower: str, seq: int, *, joining: bool = False) -> bool:
        """Say that a follower lives and has carried out everything up to `seq`.

        One that joins is refused (False) while it is behind what was already reached.
        """

    def leave(self, topic: str, follower: str) -> None: ...

    def reached(self, topic: str) -> int:
        """Up to where every follower is, or once was."""

    def alive(self, topic: str) -> dict[str, int]:
        """The followers with a live lease, and how far each is."""


class Store(Protocol):
    """Transactions by function: `await store.write(change, *args)` runs `change(tx, *args)`."""

    seal: Seal
    bells: Bells

    @property
    def followers(self) -> Reports: ...

    async def read(
        self, query: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(tx, ...)` on a snapshot."""

    async def write(
        self, change: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `change(tx, ...)`; when this returns, it is on disk.  It may run more than once."""

    async def read_for(self, call: Call, query: Callable[[Tx, Any], R], req: Any) -> R: ...

    async def write_for(self, call: Call, change: Callable[[Tx, Any], R], req: Any) -> R: ...

    def read_now(
        self, query: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """`read`, on this thread."""

    def write_now(
        self, change: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """`write`, waited for on this thread."""

    def listen(self, stop: threading.Event) -> None:
        """Ring this node's bells for what other nodes commit, until told to stop."""

    def close(self) -> None:
        """Finish the writes that were submitted."""
