"""Filter policies: the matches of AWS's documentation, and policies that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.notify.filters import BadPolicy, like, matches, parse


@pytest.mark.parametrize(
    ("wanted", "value", "found"),
    [
        ("rugby", "rugby", True),
        ("rugby", "Rugby", False),
        (1, 1.0, True),
        (1, "1", False),
        (True, True, True),
        (True, 1, False),
        (None, None, True),
        ({"prefix": "bas"}, "baseball", True),
        ({"suffix": "ball"}, "baseball", True),
        ({"suffix": "ball"}, 5, False),
        ({"equals-ignore-case": "TENNIS"}, "tennis", True),
        ({"wildcard": "*ball"}, "baseball", True),
        ({"wildcard": "b*ll"}, "ball", True),
        ({"wildcard": "b*x*l"}, "ball", False),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.255", True),
        ({"cidr": "10.0.0.0/24"}, "10.1.1.0", False),
        ({"cidr": "10.0.0.0/24"}, "nonsense", False),
        ({"numeric": ["=", 301.5]}, 301.5, True),
        ({"numeric": [">", 0, "<=", 150]}, 150, True),
        ({"numeric": [">", 0, "<=", 150]}, 0, False),
        ({"numeric": ["<", 0]}, "-1", False),
        ({"anything-but": "rugby"}, "tennis", True),
        ({"anything-but": ["rugby", "tennis"]}, "tennis", False),
        ({"anything-but": [1, 2]}, 3, True),
        ({"anything-but": {"prefix": "bas"}}, "baseball", False),
        ({"anything-but": {"suffix": ["x", "y"]}}, "zz", True),
    ],
)
def test_matches(wanted: Any, value: Any, found: bool) -> None:
    policy = parse(json.dumps({"key": [wanted]}), "MessageBody")
    assert matches(policy, {"key": value}) is found
    assert matches(policy, {"key": ["other thing", value]}) or not found


def test_what_is_not_there() -> None:
    there, absent = {"a": [{"exists": True}]}, {"a": [{"exists": False}]}
    assert matches(there, {"a": 1})
    assert not matches(there, {})
    assert matches(absent, {})
    assert not matches(absent, {"a": ""})
    assert not matches({"a": [{"anything-but": "x"}]}, {})


def test_all_keys_and_any_value() -> None:
    policy = parse('{"a": [1, 2], "b": ["x"]}')
    assert matches(policy, {"a": [2], "b": ["x"]})
    assert not matches(policy, {"a": [2]})
    assert not matches(policy, {"a": [3], "b": ["x"]})


def test_one_of_several_policies() -> None:
    policy = parse('{"a": ["1"], "$or": [{"b": ["x"]}, {"c": ["y"]}]}')
    assert matches(policy, {"a": "1", "c": "y"})
    assert not matches(policy, {"a": "1", "c": "z"})


def test_inside_of_bodies() -> None:
    policy = parse('{"a": {"b": {"c": ["x"]}}}', "MessageBody")
    assert matches(policy, {"a": {"b": {"c": "x"}}})
    assert matches(policy, {"a": [{"b": {"c": "y"}}, {"b": {"c": ["x"]}}]})
    for body in ({}, {"a": 1}, {"a": {"b": None}}):
        assert not matches(policy, body)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("", "MessageBody"),
        ("[]", "MessageBody"),
        ("{", "MessageBody"),
        ("[" * 100_000, "MessageBody"),
        ('{"a": []}', "MessageBody"),
        ('{"a": "b"}', "MessageBody"),
        ('{"a": {}}', "MessageBody"),
        ('{"a": {"b": ["c"]}}', "MessageAttributes"),
        ('{"a": [{"b": 1, "c": 2}]}', "MessageBody"),
        ('{"a": [{"nonsense": 1}]}', "MessageBody"),
        ('{"a": [["x"]]}', "MessageBody"),
        ('{"a": [{"prefix": 1}]}', "MessageBody"),
        ('{"a": [{"exists": "yes"}]}', "MessageBody"),
        ('{"a": [{"cidr": "10.0.0.1"}]}', "MessageBody"),
        ('{"a": [{"cidr": 5}]}', "MessageBody"),
        ('{"a": [{"numeric": [">"]}]}', "MessageBody"),
        ('{"a": [{"numeric": [">", "1"]}]}', "MessageBody"),
        ('{"a": [{"numeric": ["<", 1, ">", 0]}]}', "MessageBody"),
        ('{"a": [{"numeric": [">", 5, "<", 1]}]}', "MessageBody"),
        ('{"a": [{"anything-but": []}]}', "MessageBody"),
        ('{"a": [{"anything-but": {"numeric": [1]}}]}', "MessageBody"),
        ('{"a": [{"wildcard": "a**b"}]}', "MessageBody"),
        ('{"a": [{"wildcard": "*a*b*c*"}]}', "MessageBody"),
        (json.dumps({str(n): ["x"] for n in range(6)}), "MessageBody"),
        (json.dumps({"a": list(range(151))}), "MessageBody"),
        (json.dumps({"a": ["x" * 200_000]}), "MessageBody"),
        ('{"a":' * 10 + '["b"]' + "}" * 10, "MessageBody"),
    ],
)
def test_policies_that_are_none(text: str, scope: str) -> None:
    with pytest.raises(BadPolicy):
        parse(text, scope)


@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=8))
def test_patterns_are_as_regular_expressions_have_them(pattern: str, value: str) -> None:
    import re

    wanted = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value)
    assert like(pattern, value) == bool(wanted)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), JSON)
def test_whatever_is_given(policy: dict[str, Any], message: Any) -> None:
    try:
        found = parse(json.dumps(policy), "MessageBody")
    except BadPolicy:
        return
    matches(found, message if isinstance(message, dict) else {})
