"""Whether parameters keep what the model demands, said as AWS says it, all at once.

    problems = constraints(operation.input_shape)(params)

Types were settled by parsing; this is about required members, lengths, ranges, patterns and enums.
Most services say which value was wrong; those of DISCREET do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sized
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from forecourt.gateway.protocols.walker import Walker

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

MOST = 10  # problems that are told
NOT_NULL = "Member must not be null"
DISCREET = frozenset(("iam",))


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that breaks a constraint."""

    value: Any
    path: str
    constraint: str

    def told(self, service: str) -> str:
        where = f"at '{self.path}' failed to satisfy constraint: {self.constraint}"
        if service in DISCREET:
            return f"Value {where}"
        shown = "null" if self.value is None else f"'{java(self.value)}'"
        return f"Value {shown} {where}"


Check = Callable[[Any, str, "list[Problem]"], None]  # value, its path, problems found so far


def constraints(shape: Shape) -> Callable[[Any], list[Problem]]:
    """A function from a value of the shape to what is wrong with it."""
    kinds = {"structure": check_structure, "list": check_list, "map": check_map}
    check = Walker(kinds, check_scalar)(shape)

    def problems(value: Any) -> list[Problem]:
        found: list[Problem] = []
        check(value, "", found)
        return found

    return problems


def explain(problems: list[Problem], service: str) -> str:
    count = len(problems)
    plural = "s" if count > 1 else ""
    told = "; ".join(problem.told(service) for problem in problems[:MOST])
    return f"{count} validation error{plural} detected: {told}"


def check_structure(walk: Walker[Check], shape: StructureShape) -> Check:
    members = [(name, lowered(name), walk(member)) for name, member in shape.members.items()]
    required = [(name, lowered(name)) for name in shape.required_members]

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        if not isinstance(value, dict):
            return  # a document
        for name, shown in required:
            if value.get(name) is None:
                problems.append(Problem(None, join(path, shown), NOT_NULL))
        for name, shown, check_member in members:
            if (item := value.get(name)) is not None:
                check_member(item, join(path, shown), problems)

    return check


def check_list(walk: Walker[Check], shape: ListShape) -> Check:
    own, check_member = size_rules(shape), walk(shape.member)
    scalar = shape.member.type_name not in ("structure", "list", "map")
    inner = [text for text, _ in scalar_rules(shape.member)] if scalar else []
    together = f"Member must satisfy constraint: [{', '.join([*inner, NOT_NULL])}]"

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        problems += [Problem(value, path, text) for text, broken in own if broken(value)]
        found: list[Problem] = []
        for at, item in enumerate(value, 1):
            if item is None:
                found.append(Problem(None, f"{path}.{at}.member", NOT_NULL))
            else:
                check_member(item, f"{path}.{at}.member", found)
        if found and scalar:  # said once, of the list
            found = [Problem(value, path, together)]
        problems += found

    return check


def check_map(walk: Walker[Check], shape: MapShape) -> Check:
    own, check_key, check_value = size_rules(shape), walk(shape.key), walk(shape.value)

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        problems += [Problem(value, path, text) for text, broken in own if broken(value)]
        for key, item in value.items():
            check_key(key, path, problems)
            if item is not None:
                check_value(item, f"{path}.{key}.member", problems)

    return check


def check_scalar(walk: Walker[Check], shape: Shape) -> Check:
    rules = scalar_rules(shape)

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        for text, broken in rules:
            if broken(value):
                problems.append(Problem(value, path, text))

    return check


Rules = list[tuple[str, Callable[[Any], bool]]]  # the constraint, and whether a value breaks it


def scalar_rules(shape: Shape) -> Rules:
    if shape.type_name in ("integer", "long", "float", "double"):
        return range_rules(shape)
    rules = size_rules(shape) if shape.type_name in ("string", "blob") else []
    if pattern := shape.metadata.get("pattern"):
        try:
            matches = compiled(pattern).fullmatch
        except re.error:
            return rules  # one that only Java knows
        text = f"Member must satisfy regular expression pattern: {pattern}"
        rules.append((text, lambda value: not matches(value)))
    if shape.type_name == "string" and (allowed := shape.enum):
        text = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        names = frozenset(allowed)
        rules.append((text, lambda value: value not in names))
    return rules


# Classes of characters that Python's patterns do not know; letters and numbers come together.
CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as Java reads it: \\w, \\d and \\s are ASCII, and \\p of all languages."""
    translated = pattern
    for java_class, python_class in CLASSES.items():
        translated = translated.replace(java_class, python_class)
    return re.compile(translated, re.ASCII if translated == pattern else re.NOFLAG)


def size_rules(shape: Shape) -> Rules:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    rules: Rules = []
    if most is not None:
        text = f"Member must have length less than or equal to {most}"
        rules.append((text, lambda value: size(value) > most))
    if least:
        text = f"Member must have length greater than or equal to {least}"
        rules.append((text, lambda value: size(value) < least))
    return rules


def size(value: Sized) -> int:
    return len(value)


def range_rules(shape: Shape) -> Rules:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    rules: Rules = []
    if most is not None:
        text = f"Member must have value less than or equal to {most}"
        rules.append((text, lambda value: value > most))
    if least is not None:
        text = f"Member must have value greater than or equal to {least}"
        rules.append((text, lambda value: value < least))
    return rules


def java(value: Any) -> str:
    """A value as Java's toString writes it."""
    match value:
        case None:
            return "null"
        case list():
            return f"[{', '.join(map(java, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}={java(item)}' for key, item in value.items())}}}"
        case bytes():
            return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
        case bool():
            return "true" if value else "false"
    return str(value)


@cache
def lowered(name: str) -> str:
    """A member as messages name it: its first letter in lower case."""
    return name[0].lower() + name[1:]


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
