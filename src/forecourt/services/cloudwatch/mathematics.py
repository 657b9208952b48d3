"""Metric mathematics: expressions over time series.

    found = evaluate("SUM([m1, m2]) / PERIOD(m1)", {"m1": Series(...), ...}, Window(0, 60, 1))   # BadExpression

A value is a number, a time series, or a list of series.  What is computed of two series has a point where
both have one.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import operator
import re
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LONGEST = 2048  # characters
DEEPEST = 32
MOST_TERMS = 200  # beside one another
MOST_SERIES = 500  # in a list
MOST_POINTS = 1_000_000  # that all expressions of a request, and its metrics, come to
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^()\[\],<>]))"
)


class BadExpression(Exception):
    """What is no expression, or has no value; the text says why."""


@dataclass(slots=True)
class Series:
    points: dict[int, float]  # by minute
    period: int = 1  # minutes
    label: str = ""


@dataclass(slots=True)
class Budget:
    """How many more points may be computed."""

    left: int = MOST_POINTS

    def spend(self, given: Value) -> None:
        """BadExpression."""
        if isinstance(given, list):
            if len(given) > MOST_SERIES:
                raise BadExpression(f"a list has at most {MOST_SERIES} series")
            for each in given:
                self.spend(each)
        else:
            self.left -= len(given.points) if isinstance(given, Series) else 1
            if self.left < 0:
                raise BadExpression(f"it comes to more than {MOST_POINTS} data points")


@dataclass(frozen=True, slots=True)
class Window:
    first: int  # minutes
    beyond: int
    period: int
    budget: Budget = field(default_factory=Budget)

    def starts(self) -> range:
        found = range(self.first, self.beyond, self.period)
        if len(found) > self.budget.left:
            raise BadExpression(f"it comes to more than {MOST_POINTS} data points")
        return found


@dataclass(slots=True)
class Node:
    """A call, an operator, or a leaf."""

    kind: str
    value: Any = None
    inside: list[Node] = field(default_factory=list)


# ----- reading

BINDING = {
    "||": 1, "OR": 1, "&&": 2, "AND": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "^": 8,
}  # fmt: skip
UNARY = 7


def parse(text: str) -> Node:
    """The tree of an expression.  BadExpression."""
    if len(text) > LONGEST:
        raise BadExpression(f"an expression has at most {LONGEST} characters")
    tokens = list(tokens_of(text))
    tree, at = expression(tokens, 0, 0, 0)
    if at != len(tokens):
        raise BadExpression(f"unexpected {tokens[at][1]!r}")
    return tree


def tokens_of(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise BadExpression(f"unexpected {text[at : at + 10]!r}")
        at = found.end()
        kind = found.lastgroup or ""
        yield kind, found[kind]


def expression(
    tokens: Sequence[tuple[str, str]], at: int, binding: int, depth: int
) -> tuple[Node, int]:
    """By precedence: what binds closer than `binding`, from `at` on."""
    if depth > DEEPEST:
        raise BadExpression("it is nested too deeply")
    left, at = operand(tokens, at, depth)
    terms = 1
    while at < len(tokens):
        sign = tokens[at][1].upper()
        power = BINDING.get(sign, 0) if tokens[at][0] in ("sign", "name") else 0
        if power <= binding:
            break
        right, at = expression(tokens, at + 1, power, depth + 1)
        left = Node("operator", {"AND": "&&", "OR": "||"}.get(sign, sign), [left, right])
        terms += 1
        if terms > MOST_TERMS:
            raise BadExpression(f"it has more than {MOST_TERMS} terms")
    return left, at


def operand(tokens: Sequence[tuple[str, str]], at: int, depth: int) -> tuple[Node, int]:
    if at >= len(tokens):
        raise BadExpression("it ends too early")
    kind, text = tokens[at]
    if kind == "number":
        return Node("number", float(text)), at + 1
    if kind == "text":
        return Node("text", text[1:-1]), at + 1
    if kind == "name":
        if at + 1 < len(tokens) and tokens[at + 1][1] == "(":
            inside, at = several(tokens, at + 2, ")", depth)
            return Node("call", text.upper(), inside), at
        return Node("name", text), at + 1
    match text:
        case "-":
            inner, at = expression(tokens, at + 1, UNARY, depth + 1)
            return Node("operator", "-", [Node("number", 0.0), inner]), at
        case "(":
            inner, at = expression(tokens, at + 1, 0, depth + 1)
            if at >= len(tokens) or tokens[at][1] != ")":
                raise BadExpression("a ) is missing")
            return inner, at + 1
        case "[":
            inside, at = several(tokens, at + 1, "]", depth)
            return Node("list", None, inside), at
    raise BadExpression(f"unexpected {text!r}")


def several(
    tokens: Sequence[tuple[str, str]], at: int, end: str, depth: int
) -> tuple[list[Node], int]:
    found: list[Node] = []
    if at < len(tokens) and tokens[at][1] == end:
        return found, at + 1
    while True:
        each, at = expression(tokens, at, 0, depth + 1)
        found.append(each)
        if at >= len(tokens):
            raise BadExpression(f"a {end} is missing")
        if tokens[at][1] == end:
            return found, at + 1
        if tokens[at][1] != ",":
            raise BadExpression(f"unexpected {tokens[at][1]!r}")
        at += 1


def names(tree: Node) -> set[str]:
    """Which series a tree names."""
    found = {tree.value} if tree.kind == "name" else set()
    return found.union(*(names(each) for each in tree.inside)) if tree.inside else found


def uses_metrics(tree: Node) -> bool:
    return (tree.kind == "call" and tree.value == "METRICS") or any(map(uses_metrics, tree.inside))


# ----- evaluating

Value = Any  # float, Series, list[Series], str
DIVIDE: Callable[[float, float], float] = lambda a, b: a / b if b else math.nan
OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": DIVIDE,
    "^": lambda a, b: power(a, b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}


def power(base: float, exponent: float) -> float:
    try:
        found = math.pow(base, exponent)
    except (ValueError, OverflowError):
        return math.nan
    return found


def evaluate(
    text: str, known: Mapping[str, Value], window: Window, metrics: Mapping[str, Series]
) -> Value:
    """The value of an expression; `metrics` are those that METRICS() means.  BadExpression."""
    return value(parse(text), known, window, metrics)


def value(
    tree: Node, known: Mapping[str, Value], window: Window, metrics: Mapping[str, Series]
) -> Value:
    found = computed(tree, known, window, metrics)
    window.budget.spend(found)
    return found


def computed(
    tree: Node, known: Mapping[str, Value], window: Window, metrics: Mapping[str, Series]
) -> Value:
    match tree.kind:
        case "number" | "text":
            return tree.value
        case "name":
            if tree.value not in known:
                raise BadExpression(f"there is no {tree.value}")
            return known[tree.value]
        case "list":
            inside: list[Series] = []
            for each in tree.inside:
                inside += listed(value(each, known, window, metrics), window)
            return inside
        case "operator":
            left, right = (value(each, known, window, metrics) for each in tree.inside)
            return both(OPERATORS[tree.value], left, right)
    if tree.value == "METRICS":
        wanted = tree.inside[0].value if tree.inside else ""
        return [each for id, each in metrics.items() if str(wanted) in id]
    if tree.value not in FUNCTIONS:
        raise BadExpression(f"the function {tree.value} is not implemented here")
    given = [value(each, known, window, metrics) for each in tree.inside]
    try:
        return FUNCTIONS[tree.value](window, *given)
    except TypeError:
        raise BadExpression(f"{tree.value} is given what it does not take") from None


def both(compute: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, str) or isinstance(right, str):
        raise BadExpression("a text is no operand")
    if isinstance(left, list) and isinstance(right, list):
        raise BadExpression("an operator takes one list of series, not two")
    if isinstance(left, list):
        return [both(compute, each, right) for each in left]
    if isinstance(right, list):
        return [both(compute, left, each) for each in right]
    if isinstance(left, Series) and isinstance(right, Series):
        points = {
            at: compute(one, right.points[at])
            for at, one in left.points.items()
            if at in right.points
        }
        return Series(finite(points), max(left.period, right.period))
    if isinstance(left, Series):
        return Series(
            finite({at: compute(one, right) for at, one in left.points.items()}),
            left.period,
            left.label,
        )
    if isinstance(right, Series):
        return Series(
            finite({at: compute(left, one) for at, one in right.points.items()}),
            right.period,
            right.label,
        )
    return compute(left, right)


def finite(points: Mapping[int, float]) -> dict[int, float]:
    return {at: each for at, each in points.items() if math.isfinite(each)}


def listed(given: Value, window: Window) -> list[Series]:
    if isinstance(given, list):
        return given
    if isinstance(given, Series):
        return [given]
    if isinstance(given, str):
        raise BadExpression("a text is no series")
    return [Series(dict.fromkeys(window.starts(), float(given)), window.period)]


def of_each(compute: Callable[[float], float]) -> Callable[..., Value]:
    """A function of one number, for series point by point."""

    def safe(number: float) -> float:
        try:
            return compute(number)
        except (ValueError, OverflowError):
            return math.nan

    def run(window: Window, given: Value) -> Value:
        if isinstance(given, list):
            return [run(window, each) for each in given]
        if isinstance(given, Series):
            points = finite({at: safe(each) for at, each in given.points.items()})
            return Series(points, given.period, given.label)
        return safe(given)

    return run


def together(compute: Callable[[list[float]], float]) -> Callable[..., Value]:
    """Of several series one, point by point; of one a number."""

    def run(window: Window, given: Value) -> Value:
        if isinstance(given, Series):
            return compute(list(given.points.values())) if given.points else math.nan
        if not isinstance(given, list):
            return given
        points: dict[int, list[float]] = {}
        for each in given:
            for at, one in each.points.items():
                points.setdefault(at, []).append(one)
        period = max((each.period for each in given), default=window.period)
        return Series({at: compute(each) for at, each in sorted(points.items())}, period)

    return run


def along(step: Callable[[Series], dict[int, float]]) -> Callable[..., Value]:
    """A function of a series as a whole."""

    def run(window: Window, given: Value) -> Value:
        if isinstance(given, list):
            return [run(window, each) for each in given]
        if not isinstance(given, Series):
            raise TypeError
        return Series(finite(step(given)), given.period, given.label)

    return run


def differences(of: Series, *, rate: bool = False) -> dict[int, float]:
    found, before = {}, None
    for at, each in sorted(of.points.items()):
        if before is not None:
            change = each - before[1]
            found[at] = change / ((at - before[0]) * 60) if rate else change
        before = at, each
    return found


def running_sum(of: Series) -> dict[int, float]:
    found, total = {}, 0.0
    for at, each in sorted(of.points.items()):
        total += each
        found[at] = total
    return found


def fill(window: Window, given: Value, by: Any) -> Any:
    """Points where there are none: a number, another series' values, REPEAT or LINEAR."""
    if isinstance(given, list):
        return [fill(window, each, by) for each in given]
    if not isinstance(given, Series):
        raise TypeError
    known, filled = given.points, dict(given.points)
    ordered = sorted(known)
    place = 0  # of the next in order
    for at in Window(window.first, window.beyond, given.period, window.budget).starts():
        while place < len(ordered) and ordered[place] <= at:
            place += 1
        if at in known:
            continue
        before = ordered[place - 1] if place else None
        after = ordered[place] if place < len(ordered) else None
        if isinstance(by, Series):
            if at in by.points:
                filled[at] = by.points[at]
        elif by == "REPEAT":
            if before is not None:
                filled[at] = known[before]
        elif by == "LINEAR":
            if before is not None and after is not None:
                part = (at - before) / (after - before)
                filled[at] = known[before] + (known[after] - known[before]) * part
        elif isinstance(by, int | float):
            filled[at] = float(by)
        else:
            raise BadExpression("FILL takes a number, a series, REPEAT or LINEAR")
    return Series(dict(sorted(filled.items())), given.period, given.label)


def choose(window: Window, condition: Value, yes: Value, no: Value = None) -> Value:
    """IF: of a number as a whole, of a series point by point."""
    if isinstance(condition, list):
        return [choose(window, each, yes, no) for each in condition]
    if not isinstance(condition, Series):
        found = yes if condition else no
        if found is None:
            return Series({}, window.period)
        return found
    points = {}
    for at, each in condition.points.items():
        chosen = yes if each else no
        if isinstance(chosen, Series):
            if at in chosen.points:
                points[at] = chosen.points[at]
        elif chosen is not None:
            points[at] = float(chosen)
    return Series(points, condition.period)


def time_series(window: Window, given: float) -> Series:
    return Series(dict.fromkeys(window.starts(), float(given)), window.period)


def of_time(part: Callable[[datetime], float]) -> Callable[..., Value]:
    def run(window: Window, given: Value) -> Series:
        if not isinstance(given, Series):
            raise TypeError
        return Series(
            {at: part(datetime.fromtimestamp(at * 60, UTC)) for at in given.points}, given.period
        )

    return run


def end_of(last: bool) -> Callable[..., Value]:
    def run(window: Window, given: Value) -> Series:
        if not isinstance(given, list) or not given:
            raise TypeError
        found: Series = given[-1 if last else 0]
        return found

    return run


def part_of(window: Window, given: Value, start: float, end: float | None = None) -> Value:
    if not isinstance(given, list):
        raise TypeError
    return given[int(start) : None if end is None else int(end)]


def ordered(
    window: Window, given: Value, by: str = "AVG", direction: str = "ASC", most: float | None = None
) -> Value:
    """SORT: series by their average, least, most or sum."""
    compute = ORDERS.get(by)
    if not isinstance(given, list) or compute is None:
        raise TypeError
    found = sorted(
        (each for each in given if each.points),
        key=lambda each: compute(list(each.points.values())),
        reverse=direction == "DESC",
    )
    return found[: int(most)] if most is not None else found


ORDERS: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: mean(values),
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
}


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def deviation(values: list[float]) -> float:
    return statistics.pstdev(values)


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "ABS": of_each(abs),
    "CEIL": of_each(math.ceil),
    "FLOOR": of_each(math.floor),
    "LOG": of_each(math.log),
    "LOG10": of_each(math.log10),
    "AVG": together(mean),
    "MAX": together(max),
    "MIN": together(min),
    "SUM": together(math.fsum),
    "STDDEV": together(deviation),
    "MEDIAN": together(statistics.median),
    "DATAPOINT_COUNT": together(lambda values: float(len(values))),
    "DIFF": along(differences),
    "RATE": along(lambda of: differences(of, rate=True)),
    "RUNNING_SUM": along(running_sum),
    "DIFF_TIME": along(
        lambda of: {
            at: float((at - before) * 60)
            for before, at in zip(sorted(of.points), sorted(of.points)[1:], strict=False)
        }
    ),
    "FILL": lambda window, given, by: fill(window, given, by),
    "IF": choose,
    "TIME_SERIES": time_series,
    "PERIOD": lambda window, given: (
        float(given.period * 60) if isinstance(given, Series) else bad()
    ),
    "EPOCH": of_time(lambda moment: moment.timestamp()),
    "MINUTE": of_time(lambda moment: float(moment.minute)),
    "HOUR": of_time(lambda moment: float(moment.hour)),
    "DAY": of_time(lambda moment: float(moment.isoweekday())),
    "DATE": of_time(lambda moment: float(moment.day)),
    "MONTH": of_time(lambda moment: float(moment.month)),
    "YEAR": of_time(lambda moment: float(moment.year)),
    "FIRST": end_of(False),
    "LAST": end_of(True),
    "SLICE": part_of,
    "SORT": ordered,
    "REMOVE_EMPTY": lambda window, given: [each for each in given if each.points],
}
CONSTANTS: Mapping[str, str] = {
    name: name for name in ("REPEAT", "LINEAR", "AVG", "MIN", "MAX", "SUM", "ASC", "DESC")
}


def bad() -> float:
    raise TypeError
