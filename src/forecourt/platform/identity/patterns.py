"""What policies write with * and ?, and with ${variables}.

A pattern is matched in time linear in the text for each of its stars, however it is written.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decide import Context

VARIABLE = re.compile(r"\$\{([^}]*)\}")
DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*\Z")
LITERALS = frozenset("*?$")
ANY, ONE = "*", "?"


class Unresolved(Exception):
    """A variable has no value: the statement it stands in does not apply."""


@lru_cache(maxsize=16384)
def glob(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Text that one of some patterns matches whole."""
    return re.compile("|".join(map(translate, patterns)) if patterns else r"(?!)", re.DOTALL)


def translate(pattern: str) -> str:
    """A pattern as a regular expression; atomic groups keep it from trying again."""
    first, *rest = pattern.split(ANY)
    if not rest:
        return f"{fixed(first)}\\Z"
    *middle, last = rest
    groups = "".join(f"(?>.*?{fixed(each)})" for each in middle if each)
    return f"{fixed(first)}{groups}.*{fixed(last)}\\Z"


def fixed(text: str) -> str:
    return ".".join(map(re.escape, text.split(ONE)))


def quoted(text: str) -> str:
    """Text whose stars and question marks stand for themselves, until `unquoted`."""
    return text.replace(ANY, "\ue000").replace(ONE, "\ue001")


def unquoted(expression: str) -> str:
    return expression.replace("\ue000", r"\*").replace("\ue001", r"\?")


def fill(text: str, context: Context) -> str:
    """Text with its variables' values, which are quoted.  Unresolved."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in LITERALS:
            return quoted(name)
        default = None
        if (given := DEFAULT.match(name)) is not None:
            name, default = given[1], given[2]
        found = context.get(name.lower())
        if found is not None and len(found) == 1:
            return quoted(found[0])
        if default is None:
            raise Unresolved(name)
        return quoted(default)

    return VARIABLE.sub(value, text)


@dataclass(frozen=True, slots=True)
class Text:
    """A value of a policy, with variables or without."""

    text: str
    variables: bool  # whether it has any

    @classmethod
    def of(cls, text: str, *, variables: bool) -> Text:
        return cls(text, variables and "${" in text)

    def plain(self, context: Context) -> str:
        """What it stands for, stars for themselves.  Unresolved."""
        if not self.variables:
            return self.text
        return fill(self.text, context).replace("\ue000", ANY).replace("\ue001", ONE)

    def pattern(self, context: Context) -> re.Pattern[str]:
        """Whom it matches, stars for anything.  Unresolved."""
        if not self.variables:
            return glob((self.text,))
        return re.compile(unquoted(translate(fill(self.text, context))), re.DOTALL)


@dataclass(frozen=True, slots=True)
class ArnPattern:
    """An ARN of a policy: six parts, each a pattern of its own, so that no star crosses a colon
    but in the last.  Variables count behind the fifth colon."""

    everything: bool
    head: tuple[Any, ...]  # the first five parts, compiled
    tail: Text

    @classmethod
    def of(cls, text: str, *, variables: bool) -> ArnPattern:
        if text.strip(ANY) == "":
            return cls(True, (), Text("", False))
        parts = text.split(":", 5)
        parts += [ANY] * (6 - len(parts))
        head = tuple(None if part == ANY else glob((part,)) for part in parts[:5])
        return cls(False, head, Text.of(parts[5], variables=variables))

    def matches(self, arn: str, context: Context) -> bool:
        """Whether an ARN fits; what is no ARN only fits a star.  Unresolved."""
        if self.everything:
            return True
        parts = arn.split(":", 5)
        if len(parts) != 6:
            return False
        for pattern, part in zip(self.head, parts, strict=False):
            if pattern is not None and pattern.match(part) is None:
                return False
        return self.tail.pattern(context).match(parts[5]) is not None
