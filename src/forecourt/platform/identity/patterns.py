"""What policies write with * and ?, and with ${variables}.

A pattern is matched in time linear in the text for each of its stars, however it is written.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .decide import Context

VARIABLE = re.compile(r"\$\{([^}]*)\}")
DEFAULT = re.compile(r"\s*([^,]*[^,\s])\s*,\s*'([^']*)'\s*\Z")
COLON = re.compile(r"\$\{[^}]*\}|(:)")
LITERALS = frozenset("*?$")
ANY, ONE = "*", "?"


class Unresolved(Exception):
    """A variable has no value: nothing is equal to what it stands in, or like it."""


@lru_cache(maxsize=16384)
def glob(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Text that one of some patterns matches whole."""
    return re.compile("|".join(map(translate, patterns)) if patterns else r"(?!)", re.DOTALL)


def translate(pattern: str) -> str:
    """A pattern as a regular expression for all of a text."""
    return f"{expression(pattern)}\\Z"


def expression(pattern: str, character: str = ".") -> str:
    """A pattern's regular expression; atomic groups keep it from trying again."""
    first, *rest = (fixed(each, character) for each in pattern.split(ANY))
    if not rest:
        return first
    *middle, last = rest
    groups = "".join(f"(?>{character}*?{each})" for each in middle if each)
    return f"{first}{groups}{character}*{last}"


def fixed(text: str, character: str) -> str:
    return character.join(map(re.escape, text.split(ONE)))


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
    but in the last."""

    parts: tuple[Text | None, ...]  # None: anything; no parts at all: whatever it is
    whole: re.Pattern[str] | None = None  # all of it, where nothing in it varies

    @classmethod
    def of(cls, text: str, *, variables: bool, head: bool = False) -> ArnPattern:
        """Variables count behind the fifth colon; before it, where `head` says so."""
        if text.strip(ANY) == "":
            return cls(())
        parts = split(text) if variables else text.split(":", 5)
        parts += [ANY] * (6 - len(parts))
        if not variables or "${" not in text:
            heads = (expression(part, "[^:]") for part in parts[:5])
            whole = f"{':'.join(heads)}:{translate(parts[5])}"
            return cls((None,), re.compile(whole, re.DOTALL))
        allowed = (*(variables and head for _ in range(5)), variables)
        return cls(
            tuple(
                None if part == ANY else Text.of(part, variables=each)
                for part, each in zip(parts, allowed, strict=True)
            )
        )

    def matches(self, arn: str, context: Context) -> bool:
        """Whether an ARN fits; what is no ARN only fits a star."""
        if not self.parts:
            return True
        if self.whole is not None:
            return self.whole.match(arn) is not None
        parts = arn.split(":", 5)
        try:
            return len(parts) == 6 and all(
                pattern is None or pattern.pattern(context).match(part) is not None
                for pattern, part in zip(self.parts, parts, strict=True)
            )
        except Unresolved:
            return False


def split(text: str) -> list[str]:
    """The parts of an ARN, six at most; the colons in variables are theirs."""
    colons = [match.start(1) for match in COLON.finditer(text) if match[1]][:5]
    starts, ends = [0, *(at + 1 for at in colons)], [*colons, len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]
