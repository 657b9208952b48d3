"""One operator on one key.  What each decides is in decisions.py; here is how conditions are read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity.conditions import (
    TESTS,
    WITH_VARIABLES,
    as_text,
    compile_conditions,
    moment,
    number,
)


def holds(block: dict[str, Any], **context: tuple[str, ...]) -> bool:
    conditions = compile_conditions(block, variables=True)
    return all(each.holds(context) for each in conditions)


OPERATORS = {
    *(f"string{name}" for name in (
        "equals", "notequals", "equalsignorecase", "notequalsignorecase", "like", "notlike")),
    *(f"{kind}{name}" for kind in ("numeric", "date") for name in (
        "equals", "notequals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")),
    *(f"arn{name}" for name in ("equals", "notequals", "like", "notlike")),
    "bool", "binaryequals", "ipaddress", "notipaddress",
}  # fmt: skip


def test_every_operator_of_the_documentation_is_there() -> None:
    assert set(TESTS) == OPERATORS


def test_which_operators_are_negated() -> None:
    assert {name for name, (_, negated) in TESTS.items() if negated} == {
        name for name in OPERATORS if "not" in name
    }


def test_which_operators_take_variables() -> None:
    with_them = {name for name, (test, _) in TESTS.items() if test in WITH_VARIABLES}
    assert with_them == {n for n in OPERATORS if n.startswith(("string", "arn")) or n == "bool"}


def test_a_block_is_read() -> None:
    found = compile_conditions(
        {"ForAnyValue:StringNotLikeIfExists": {"K:One": ["a", True, 5], "k:two": "${x}"}},
        variables=True,
    )
    one, two = found
    assert (one.key, one.over, one.negated, one.if_exists) == ("k:one", "foranyvalue:", True, True)
    assert [value.text for value in one.values] == ["a", "true", "5"]
    assert [value.variables for value in (*one.values, *two.values)] == [False] * 3 + [True]


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (True, "true"), (False, "false"), (5, "5"), (0.5, "0.5")]
)
def test_values_as_json_writes_them(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("1577836800", 1577836800), ("-5", -5), ("1.5", 1.5),
        ("1970-01-01", 0), ("1970-02", 31 * 86400), ("1970-01-01T00:01Z", 60),
        ("1970-01-01T00:00:01Z", 1), ("1970-01-01T00:00:00.25Z", 0.25),
        ("1970-01-01T01:00:00+01:00", 0), ("1970-01-01T00:00:01", 1),
    ],
)  # fmt: skip
def test_moments(text: str, seconds: float) -> None:
    assert moment(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "now", "1970-13-01", "1970-01-01T25:00Z", "nan", "inf", "1e5", "1970-01-01T00:00:00X"]
)  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError):
        moment(text)


@pytest.mark.parametrize("text", ["", "x", "NaN", "Infinity", "-inf", "1,5", "0x10"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError):
        number(text)


def test_numbers_are_exact() -> None:
    assert not holds({"NumericEquals": {"k": "10000000000000001"}}, k=("10000000000000000",))


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(TESTS)),
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.lists(st.text(max_size=8), min_size=1, max_size=2),
    st.lists(st.text(max_size=8), max_size=2),
)
def test_nothing_that_is_written_raises(
    operator: str, over: str, wanted: list[str], given_: list[str]
) -> None:
    assert holds({over + operator: {"k": wanted}}, k=tuple(given_)) in (True, False)


@pytest.mark.parametrize("operator", sorted(name for name in TESTS if "not" in name))
def test_a_negated_operator_is_the_opposite(operator: str) -> None:
    """Where both values can be compared."""
    plain = operator.replace("not", "")
    values = {"s": ("a", "A", "b"), "a": ("arn:aws:s:::a", "arn:aws:s:::b"),
              "n": ("1", "2") if plain[0] == "n" else (), "i": ("10.0.0.1", "10.0.0.2"),
              "d": ("2020-01-01", "1577836800", "2021-01-01")}[plain[0]]  # fmt: skip
    for one in values:
        for other in values:
            same = holds({plain: {"k": one}}, k=(other,))
            assert holds({operator: {"k": one}}, k=(other,)) is not same
