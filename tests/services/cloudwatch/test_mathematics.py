"""Expressions: read by precedence, computed point by point."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.services.cloudwatch.mathematics import (
    CONSTANTS,
    BadExpression,
    Budget,
    Series,
    Window,
    evaluate,
    names,
    parse,
    uses_metrics,
)

A = Series({0: 1.0, 1: 2.0, 2: 3.0}, 1, "a")
B = Series({0: 10.0, 2: 30.0}, 1, "b")
KNOWN: dict[str, Any] = {**CONSTANTS, "a": A, "b": B, "e": Series({}, 1, "e")}
WINDOW = Window(0, 4, 1)


def value(text: str) -> Any:
    found = evaluate(text, KNOWN, WINDOW, {"a": A, "b": B})
    if isinstance(found, list):
        return [each.points for each in found]
    return found.points if isinstance(found, Series) else found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 * 2", 16),
        ("-2 + 5", 3),
        ("10 - 3 - 2", 5),
        ("a + 1", {0: 2, 1: 3, 2: 4}),
        ("1 / a", {0: 1, 1: 0.5, 2: 1 / 3}),
        ("a + b", {0: 11, 2: 33}),
        ("b / (a - 1)", {2: 15}),  # nothing where a nought divides
        ("a > 1", {0: 0, 1: 1, 2: 1}),
        ("a > 1 AND a < 3", {0: 0, 1: 1, 2: 0}),
        ("a == 1 || a == 3", {0: 1, 1: 0, 2: 1}),
        ("[a, b] * 2", [{0: 2, 1: 4, 2: 6}, {0: 20, 2: 60}]),
        ("SUM([a, b])", {0: 11, 1: 2, 2: 33}),
        ("SUM(METRICS())", {0: 11, 1: 2, 2: 33}),
        ('AVG(METRICS("b"))', {0: 10, 2: 30}),
        ("SUM(a)", 6),
        ("MAX([a, b])", {0: 10, 1: 2, 2: 30}),
        ("AVG(a)", 2),
        ("ABS(0 - a)", {0: 1, 1: 2, 2: 3}),
        ("CEIL(a / 2)", {0: 1, 1: 1, 2: 2}),
        ("FILL(b, 0)", {0: 10, 1: 0, 2: 30, 3: 0}),
        ("FILL(b, REPEAT)", {0: 10, 1: 10, 2: 30, 3: 30}),
        ("FILL(b, LINEAR)", {0: 10, 1: 20, 2: 30}),
        ("FILL(b, a)", {0: 10, 1: 2, 2: 30}),
        ("FILL(e, 5)", {0: 5, 1: 5, 2: 5, 3: 5}),
        ("DIFF(a)", {1: 1, 2: 1}),
        ("RATE(b)", {2: 20 / 120}),
        ("RUNNING_SUM(a)", {0: 1, 1: 3, 2: 6}),
        ("IF(a > 1, a, 0)", {0: 0, 1: 2, 2: 3}),
        ("IF(a > 1, b)", {2: 30}),
        ("IF(1, 5, 6)", 5),
        ("PERIOD(a)", 60),
        ("TIME_SERIES(3)", {0: 3, 1: 3, 2: 3, 3: 3}),
        ("MINUTE(a)", {0: 0, 1: 1, 2: 2}),
        ("FIRST([a, b]) + 0", {0: 1, 1: 2, 2: 3}),
        ("LAST([a, b])", {0: 10, 2: 30}),
        ("SORT([a, b], SUM, DESC, 1)", [{0: 10, 2: 30}]),
        ("SLICE([a, b], 1)", [{0: 10, 2: 30}]),
        ("REMOVE_EMPTY([a, e])", [{0: 1, 1: 2, 2: 3}]),
        ("DATAPOINT_COUNT(a)", 3),
        ("LOG10(b)", {0: 1, 2: pytest.approx(1.477, abs=0.001)}),
        ("LOG(a - 1)", {1: 0, 2: pytest.approx(0.693, abs=0.001)}),
        ("STDDEV(a)", pytest.approx(0.816, abs=0.001)),
    ],
)
def test_values(text: str, found: Any) -> None:
    assert value(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "(1", "1)", "[a", "a b", "SUM(", "SUM(a", "nothing", "NONSENSE(a)", "SUM()",
        "a + 'text'", "1 ** 2", "%", "FILL(a)", "FILL(a, 'x')", "ABS(a, b)", "FIRST(a)",
        "PERIOD(1)", "(" * 200 + "1" + ")" * 200, "1+" * 2000 + "1", "SEARCH('x', 'Sum')",
    ],
)  # fmt: skip
def test_expressions_that_are_none(text: str) -> None:
    with pytest.raises(BadExpression):
        value(text)


def test_what_a_tree_names() -> None:
    tree = parse("SUM([m1, m2]) / m1 + IF(x, 1)")
    assert names(tree) == {"m1", "m2", "x"}
    assert not uses_metrics(tree)
    assert uses_metrics(parse("1 + SUM(METRICS())"))


@given(st.text(alphabet="ab1+-*/^()[],<>=&|' SUMIFL.", max_size=30))
def test_whatever_is_given(text: str) -> None:
    try:
        value(text)
    except BadExpression:
        return


def test_what_is_computed_is_bounded() -> None:
    long = Window(0, 5_000_000, 1)
    for text in ("TIME_SERIES(1)", "FILL(a, 0)", "[" + ",".join(["a"] * 501) + "]"):
        with pytest.raises(BadExpression):
            evaluate(text, KNOWN, long, {})
    few = Window(0, 4, 1, Budget(20))
    with pytest.raises(BadExpression):
        evaluate("SUM([a, a, a, a])", KNOWN, few, {})
    with pytest.raises(BadExpression):
        parse("+".join("1" * 900))
    with pytest.raises(BadExpression):
        value("METRICS() + METRICS()")


def test_filling_goes_once_through() -> None:
    points = {at: float(at) for at in range(0, 20_000, 2)}
    known = {**CONSTANTS, "s": Series(points)}
    found = evaluate("FILL(s, LINEAR)", known, Window(0, 20_000, 1), {})
    assert found.points == {at: float(at) for at in range(19_999)}
