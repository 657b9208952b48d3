"""SPF (RFC 7208): pyspf decides, our resolver answers its questions.

pyspf waits for each answer.  So it is run without waiting, on the answers that are there: where one is
missing it is asked for and the evaluation begins again, which costs less than a thread would.
"""

from __future__ import annotations

from typing import Any

import spf as pyspf

from .asking import Found, Lookup, TryLater, texts

MOST = 60  # questions; pyspf gives up before that: RFC 7208 §4.6.4
RESULTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")
Answers = dict[tuple[str, str], Found | None]  # None: DNS has no answer now


class Missing(Exception):
    """A question that is not answered yet."""

    def __init__(self, name: str, type_: str) -> None:
        super().__init__(name, type_)
        self.question = name, type_


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
    answers: Answers = {}
    address = address.partition("%")[0]  # of a link-local peer, without its scope
    for _ in range(MOST):
        try:
            result = evaluate(answers, address, sender, helo)
        except Missing as missing:
            answers[missing.question] = await _ask(lookup, *missing.question)
            continue
        return (result if result in RESULTS else "permerror"), domain
    return "permerror", domain


def evaluate(answers: Answers, address: str, sender: str, helo: str) -> str:
    """pyspf's verdict.  Missing."""

    def ask(name: str, type_: str, *_: Any, **__: Any) -> list[Any]:
        key = name.rstrip(".").lower(), type_
        if key not in answers:
            raise Missing(*key)
        found = answers[key]
        if found is None:
            raise pyspf.TempError("DNS has no answer")
        return [((name, type_), value(type_, record)) for record in found.records]

    pyspf.DNSLookup = ask  # the one way it has to be told; nothing is awaited before it is used
    result, _, _ = pyspf.query(i=address, s=sender or f"postmaster@{helo}", h=helo).check()
    return str(result).lower()


async def _ask(lookup: Lookup, name: str, type_: str) -> Found | None:
    try:
        return await lookup(name, type_)
    except TryLater:
        return None


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
