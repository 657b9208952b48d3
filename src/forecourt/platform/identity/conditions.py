"""The Condition element: operators on the keys of a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from .patterns import ArnPattern, Text, Unresolved

if TYPE_CHECKING:
    from .decide import Context

# Whether a value of the request fits one of the policy.  ValueError: it can be compared with none.
Test = Callable[[str, Text, "Context"], bool]


def equals(given: str, wanted: Text, context: Context) -> bool:
    return given == wanted.plain(context)


def equals_ignoring_case(given: str, wanted: Text, context: Context) -> bool:
    return given.casefold() == wanted.plain(context).casefold()


def like(given: str, wanted: Text, context: Context) -> bool:
    return wanted.pattern(context).match(given) is not None


def arn(given: str, wanted: Text, context: Context) -> bool:
    pattern = arn_pattern(wanted.text, wanted.variables)
    return given.count(":") >= 5 and pattern.matches(given, context)


@lru_cache(maxsize=4096)
def arn_pattern(text: str, variables: bool) -> ArnPattern:
    return ArnPattern.of(text, variables=variables, head=True)


def boolean(given: str, wanted: Text, context: Context) -> bool:
    value = wanted.plain(context).lower()
    return value in ("true", "false") and given.lower() == value


def binary(given: str, wanted: Text, context: Context) -> bool:
    try:
        return base64.b64decode(given, validate=True) == base64.b64decode(wanted.text)
    except binascii.Error:
        return False


def address(given: str, wanted: Text, context: Context) -> bool:
    found, network = ip_address(given), ip_network(wanted.text, strict=False)
    return found.version == network.version and found in network


def number(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not found.is_finite():
        raise ValueError(text)
    return found


EPOCH = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}\Z")


def moment(text: str) -> float:
    """Seconds since 1970 of a date (ISO 8601) or of such seconds.  ValueError."""
    if EPOCH.match(text):
        return float(text)
    found = datetime.fromisoformat(f"{text}-01" if MONTH.match(text) else text)
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except OverflowError:
        raise ValueError(text) from None


def ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Test:
    return lambda given, wanted, context: compare(read(given), read(wanted.text))


COMPARISONS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
TESTS: dict[
    str, tuple[Test, bool]
] = {  # by operator, in lower case: the test, whether it is negated
    "stringequals": (equals, False),
    "stringnotequals": (equals, True),
    "stringequalsignorecase": (equals_ignoring_case, False),
    "stringnotequalsignorecase": (equals_ignoring_case, True),
    "stringlike": (like, False),
    "stringnotlike": (like, True),
    "arnequals": (arn, False),
    "arnlike": (arn, False),
    "arnnotequals": (arn, True),
    "arnnotlike": (arn, True),
    "bool": (boolean, False),
    "binaryequals": (binary, False),
    "ipaddress": (address, False),
    "notipaddress": (address, True),
    "numericnotequals": (ordered(number, operator.eq), True),
    "datenotequals": (ordered(moment, operator.eq), True),
    **{f"numeric{name.lower()}": (ordered(number, c), False) for name, c in COMPARISONS.items()},
    **{f"date{name.lower()}": (ordered(moment, c), False) for name, c in COMPARISONS.items()},
}
WITH_VARIABLES = frozenset((equals, equals_ignoring_case, like, arn, boolean))
ALL, ANY = "forallvalues:", "foranyvalue:"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key."""

    key: str  # in lower case
    values: tuple[Text, ...]
    test: Test | None  # None: Null
    negated: bool = False
    if_exists: bool = False
    over: str = ""  # ALL or ANY of the values of a key that has several

    def holds(self, context: Context) -> bool:
        """Whether it is so."""
        given = context.get(self.key)
        if self.test is None:
            return any((value.text.lower() == "true") == (not given) for value in self.values)
        if not given or (self.over and not any(given)):  # empty texts are an empty set
            return self.if_exists or self.over == ALL or (self.negated and self.over != ANY)
        match self.over:
            case "forallvalues:":
                return all(self._fits(each, context) for each in given)
            case "foranyvalue:":
                return any(self._fits(each, context) for each in given)
        return len(given) == 1 and self._fits(given[0], context)

    def _fits(self, given: str, context: Context) -> bool:
        return any(self._matches(given, each, context) for each in self.values) != self.negated

    def _matches(self, given: str, wanted: Text, context: Context) -> bool:
        assert self.test is not None
        try:
            return self.test(given, wanted, context)
        except Unresolved:
            return False  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
        except ValueError:
            return self.negated  # it neither is equal nor differs


def compile_conditions(given: Mapping[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    found = []
    for operator_, keys in given.items():
        name = operator_.lower()
        over = next((each for each in (ALL, ANY) if name.startswith(each)), "")
        name = name.removeprefix(over)
        if_exists = name.endswith("ifexists")
        name = name.removesuffix("ifexists")
        test, negated = TESTS.get(name, (None, False))
        for key, values in keys.items():
            texts = tuple(
                Text.of(as_text(each), variables=variables and test in WITH_VARIABLES)
                for each in (values if isinstance(values, list) else [values])
            )
            found.append(Condition(key.lower(), texts, test, negated, if_exists, over))
    return tuple(found)


def as_text(value: Any) -> str:
    """A value as JSON may write it: a string, a number, true or false."""
    return str(value).lower() if isinstance(value, bool) else str(value)
