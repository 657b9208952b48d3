"""SPF (RFC 7208): pyspf decides, our resolver answers its questions.

pyspf asks one question at a time and waits, so it runs on a thread; where a domain has no SPF record, as
is found here first, no thread is needed.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import spf as pyspf

from .asking import Found, Lookup, TryLater, texts

WITHIN = 20.0  # seconds
RESULTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")
AT_ONCE = threading.Lock()  # pyspf has one way to ask for all its queries


async def check(lookup: Lookup, address: str, sender: str, helo: str) -> tuple[str, str]:
    """The result, and the domain it is about (RFC 7208 §2.4)."""
    domain = sender.rpartition("@")[2] or helo
    if not domain or domain.startswith("["):
        return "none", domain
    try:
        said = await texts(lookup, domain)
    except TryLater:
        return "temperror", domain
    if not any(each.lower().split(" ")[0] == "v=spf1" for each in said):
        return "none", domain
    loop = asyncio.get_running_loop()
    result = await asyncio.to_thread(_evaluate, loop, lookup, address, sender, helo)
    return (result if result in RESULTS else "permerror"), domain


def _evaluate(
    loop: asyncio.AbstractEventLoop, lookup: Lookup, address: str, sender: str, helo: str
) -> str:
    def ask(name: str, type_: str, *_: Any, **__: Any) -> list[Any]:
        asked = asyncio.run_coroutine_threadsafe(_ask(lookup, name, type_), loop)
        try:
            found = asked.result(WITHIN)
        except (TryLater, TimeoutError):
            raise pyspf.TempError("DNS has no answer") from None
        return [((name, type_), value(type_, record)) for record in found.records]

    with AT_ONCE:
        pyspf.DNSLookup = ask
        query = pyspf.query(i=address, s=sender or f"postmaster@{helo}", h=helo, querytime=WITHIN)
        result, _, _ = query.check()
    return str(result).lower()


async def _ask(lookup: Lookup, name: str, type_: str) -> Found:
    return await lookup(name.rstrip("."), type_)


def value(type_: str, record: Any) -> Any:
    """A record as pyspf takes it."""
    match type_:
        case "A" | "AAAA":
            return record.address
        case "MX":
            return record.preference, record.exchange.to_text(omit_final_dot=True)
        case "PTR":
            return record.target.to_text(omit_final_dot=True)
        case _:
            return record.strings
