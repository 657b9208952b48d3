"""Filter policies: which messages a subscription wants.

    policy = parse('{"price": [{"numeric": [">", 10]}]}')     # BadPolicy
    matches(policy, {"price": [12]})

A policy is matched against attributes (each a list of values) or a body (JSON).
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

Policy = Mapping[str, Any]
LONGEST = 150 * 1024  # bytes
MOST_KEYS, MOST_COMBINATIONS, DEEPEST = 5, 150, 8
OR = "$or"
COMPARISONS = ("=", "<", "<=", ">", ">=")
LARGEST = 10**9  # number of a policy, either way
WILDCARDS = 3  # stars of one pattern


class BadPolicy(Exception):
    """What is no filter policy; the text says why."""


def parse(text: str, scope: str = "MessageAttributes") -> Policy:
    """A policy, checked.  BadPolicy."""
    if len(text.encode()) > LONGEST:
        raise BadPolicy("FilterPolicy: Filter policy is too large")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPolicy("FilterPolicy: failed to parse JSON.") from None
    if not isinstance(found, dict):
        raise BadPolicy("FilterPolicy: failed to parse JSON.")
    keys, combinations = check(found, scope == "MessageBody", 1)
    if keys > MOST_KEYS:
        raise BadPolicy(f"FilterPolicy: Filter policy can not have more than {MOST_KEYS} keys")
    if combinations > MOST_COMBINATIONS:
        raise BadPolicy("FilterPolicy: Filter policy is too complex")
    return found


def check(policy: Policy, nested: bool, depth: int) -> tuple[int, int]:
    """How many keys a policy has, and how many combinations of values.  BadPolicy."""
    if depth > DEEPEST:
        raise BadPolicy("FilterPolicy: Filter policy is nested too deeply")
    keys, combinations = 0, 1
    for name, wanted in policy.items():
        if (
            name == OR
            and isinstance(wanted, list)
            and len(wanted) >= 2
            and all(isinstance(each, dict) and each for each in wanted)
        ):
            found = [check(each, nested, depth + 1) for each in wanted]
            keys += sum(each[0] for each in found)
            combinations *= sum(each[1] for each in found)
        elif isinstance(wanted, dict):
            if not nested:
                raise BadPolicy(
                    "FilterPolicy: Filter policy scope MessageAttributes does not support nested"
                    " filter policy"
                )
            if not wanted:
                raise BadPolicy(f'FilterPolicy: "{name}" must be an object or an array')
            inside = check(wanted, nested, depth + 1)
            keys += inside[0]
            combinations *= inside[1]
        elif isinstance(wanted, list):
            if not wanted:
                raise BadPolicy("FilterPolicy: Empty arrays are not allowed")
            for each in wanted:
                check_value(each)
            keys += 1
            combinations *= len(wanted)
        else:
            raise BadPolicy(f'FilterPolicy: "{name}" must be an object or an array')
    return keys, combinations


def check_value(wanted: Any) -> None:
    """One of the values a key may have.  BadPolicy."""
    if wanted is None or isinstance(wanted, str | bool) or is_in_range(wanted):
        return
    if is_number(wanted):
        raise BadPolicy(f"FilterPolicy: a number must be between -{LARGEST} and {LARGEST}")
    if not isinstance(wanted, dict) or len(wanted) != 1:
        raise BadPolicy("FilterPolicy: Match value must be String, number, true, false, or null")
    ((operator, value),) = wanted.items()
    match operator:
        case "prefix" | "suffix" | "equals-ignore-case":
            good = isinstance(value, str)
        case "exists":
            good = isinstance(value, bool)
        case "wildcard":
            good = isinstance(value, str) and value.count("*") <= WILDCARDS and "**" not in value
        case "cidr":
            good = is_network(value)
        case "numeric":
            good = is_comparison(value)
        case "anything-but":
            if isinstance(value, dict):
                good = len(value) == 1 and next(iter(value)) in (
                    "prefix", "suffix", "wildcard", "equals-ignore-case"
                )  # fmt: skip
                for each in value.values():
                    texts = each if isinstance(each, list) else [each]
                    good = good and all(isinstance(text, str) for text in texts)
            else:
                values = value if isinstance(value, list) else [value]
                good = bool(values) and all(
                    isinstance(each, str | int | float) and not isinstance(each, bool)
                    for each in values
                )
        case _:
            raise BadPolicy(f"FilterPolicy: Unrecognized match type {operator}")
    if not good:
        raise BadPolicy(f"FilterPolicy: Value of {operator} is not valid")


def is_network(value: Any) -> bool:
    try:
        ip_network(value, strict=False)
    except (ValueError, TypeError):
        return False
    return isinstance(value, str) and "/" in value


def is_comparison(value: Any) -> bool:
    if not isinstance(value, list) or len(value) not in (2, 4):
        return False
    operators, numbers = value[::2], value[1::2]
    if not all(map(is_in_range, numbers)):
        return False
    if any(operator not in COMPARISONS for operator in operators):
        return False
    if len(value) == 4:
        return (
            operators[0] in (">", ">=") and operators[1] in ("<", "<=") and numbers[0] < numbers[1]
        )
    return True


def matches(policy: Policy, message: Mapping[str, Any]) -> bool:
    """Whether a message has, for each key, one of the values it may have."""
    for name, wanted in policy.items():
        if name == OR and isinstance(wanted, list) and isinstance(wanted[0], dict):
            if not any(matches(each, message) for each in wanted):
                return False
        elif isinstance(wanted, dict):
            inner = message.get(name)
            inside = inner if isinstance(inner, list) else [inner]
            if not any(matches(wanted, each if isinstance(each, dict) else {}) for each in inside):
                return False
        elif not any(fits(each, list(values_of(message, name))) for each in wanted):
            return False
    return True


def values_of(message: Mapping[str, Any], name: str) -> Iterator[Any]:
    if name in message:
        found = message[name]
        yield from found if isinstance(found, list) else [found]


def fits(wanted: Any, values: list[Any]) -> bool:
    if isinstance(wanted, dict) and "exists" in wanted:
        return bool(values) == wanted["exists"]
    return any(fits_one(wanted, value) for value in values)


def fits_one(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return same(wanted, value)
    ((operator, given),) = wanted.items()
    is_text = isinstance(value, str)
    match operator:
        case "prefix":
            return is_text and value.startswith(given)
        case "suffix":
            return is_text and value.endswith(given)
        case "equals-ignore-case":
            return is_text and value.lower() == given.lower()
        case "wildcard":
            return is_text and like(given, value)
        case "cidr":
            return is_text and inside(value, given)
        case "numeric":
            return is_number(value) and all(
                compare(value, operator, number)
                for operator, number in zip(given[::2], given[1::2], strict=True)
            )
    if isinstance(given, dict):
        ((operator, texts),) = given.items()
        listed = texts if isinstance(texts, list) else [texts]
        return not any(fits_one({operator: text}, value) for text in listed)
    listed = given if isinstance(given, list) else [given]
    return not any(same(each, value) for each in listed)


def same(wanted: Any, value: Any) -> bool:
    if is_number(wanted) and is_number(value):
        return bool(wanted == value)
    return type(wanted) is type(value) and bool(wanted == value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_in_range(value: Any) -> bool:
    return is_number(value) and abs(value) <= LARGEST


def compare(value: float, operator: str, number: float) -> bool:
    return {
        "=": value == number,
        "<": value < number,
        "<=": value <= number,
        ">": value > number,
        ">=": value >= number,
    }[operator]


def like(pattern: str, value: str) -> bool:
    """Whether a text is as a pattern in which each star stands for any text."""
    first, *others = pattern.split("*")
    if not others:
        return value == pattern
    last = others.pop()
    if len(value) < len(first) + len(last) or not (
        value.startswith(first) and value.endswith(last)
    ):
        return False
    at, end = len(first), len(value) - len(last)
    for each in others:
        if (found := value.find(each, at, end)) < 0:
            return False
        at = found + len(each)
    return True


def inside(value: str, network: str) -> bool:
    try:
        return ip_address(value) in ip_network(network, strict=False)
    except ValueError:
        return False
