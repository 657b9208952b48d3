"""The rules of composite alarms: what state other alarms must be in.

    rule = parse('ALARM("a") AND NOT OK(b)'); holds(rule, {"a": "ALARM", "b": "OK"}.get)   # BadRule

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

LONGEST, MOST, DEEPEST = 10_240, 100, 32  # characters, alarms
MOST_ELEMENTS = 500
TOKEN = re.compile(
    r"\s*(?:(?P<sign>[()])|\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|'(?P<single>[^']*)'|(?P<word>[^\s()\"']+))"
)
STATES = {"ALARM": "ALARM", "OK": "OK", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA"}
Rule = tuple[Any, ...]


class BadRule(Exception):
    """What is no rule; the text says why."""


def parse(text: str) -> Rule:
    """BadRule."""
    if len(text) > LONGEST:
        raise BadRule(f"a rule has at most {LONGEST} characters")
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise BadRule(f"unexpected {text[at : at + 10]!r}")
        at = found.end()
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
    if sum(kind != "sign" for kind, _ in tokens) > MOST_ELEMENTS:
        raise BadRule(f"a rule has at most {MOST_ELEMENTS} elements")
    rule, at = either(tokens, 0, 0)
    if at != len(tokens):
        raise BadRule(f"unexpected {tokens[at][1]!r}")
    if len(children(rule)) > MOST:
        raise BadRule(f"a rule names at most {MOST} alarms")
    return rule


Tokens = Sequence[tuple[str, str]]


def is_word(tokens: Tokens, at: int, word: str) -> bool:
    return at < len(tokens) and tokens[at] == ("word", word)


def either(tokens: Tokens, at: int, depth: int) -> tuple[Rule, int]:
    found, at = every(tokens, at, depth)
    parts = [found]
    while is_word(tokens, at, "OR"):
        found, at = every(tokens, at + 1, depth)
        parts.append(found)
    return ("OR", *parts) if len(parts) > 1 else found, at


def every(tokens: Tokens, at: int, depth: int) -> tuple[Rule, int]:
    found, at = one(tokens, at, depth)
    parts = [found]
    while is_word(tokens, at, "AND"):
        found, at = one(tokens, at + 1, depth)
        parts.append(found)
    return ("AND", *parts) if len(parts) > 1 else found, at


def one(tokens: Tokens, at: int, depth: int) -> tuple[Rule, int]:
    if depth > DEEPEST:
        raise BadRule("it is nested too deeply")
    if at >= len(tokens):
        raise BadRule("it ends too early")
    kind, text = tokens[at]
    if (kind, text) == ("sign", "("):
        inner, at = either(tokens, at + 1, depth + 1)
        return inner, closed(tokens, at)
    if kind != "word":
        raise BadRule(f"unexpected {text!r}")
    match text:
        case "NOT":
            inner, at = one(tokens, at + 1, depth + 1)
            return ("NOT", inner), at
        case "TRUE" | "FALSE":
            return (text,), at + 1
    if text not in STATES or at + 2 >= len(tokens) or tokens[at + 1] != ("sign", "("):
        raise BadRule(f"unexpected {text!r}")
    kind, name = tokens[at + 2]
    if kind == "sign" or not name:
        raise BadRule("an alarm is not named")
    return (text, name), closed(tokens, at + 3)


def closed(tokens: Tokens, at: int) -> int:
    if at >= len(tokens) or tokens[at] != ("sign", ")"):
        raise BadRule("a ) is missing")
    return at + 1


def children(rule: Rule) -> list[str]:
    """The alarms a rule names, each once."""
    if rule[0] in STATES:
        return [rule[1]]
    found: dict[str, None] = {}
    for each in rule[1:]:
        found |= dict.fromkeys(children(each))
    return list(found)


def holds(rule: Rule, state: Callable[[str], str | None]) -> bool:
    match rule:
        case ("TRUE",):
            return True
        case ("FALSE",):
            return False
        case ("NOT", inner):
            return not holds(inner, state)
        case ("AND", *parts):
            return all(holds(each, state) for each in parts)
        case ("OR", *parts):
            return any(holds(each, state) for each in parts)
    return state(rule[1]) == rule[0]
