"""Stars, question marks, variables, and ARNs part by part."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity.patterns import ArnPattern, Text, Unresolved, glob, split

from . import naive

CONTEXT: dict[str, tuple[str, ...]] = {
    "aws:username": ("Ann",),
    "k:wild": ("a*b?",),
    "k:dots": ("a.c",),
    "k:many": ("x", "y"),
    "k:empty": ("",),
}


def matches(pattern: str, text: str) -> bool:
    return glob((pattern,)).match(text) is not None


@settings(deadline=None, max_examples=500)
@given(st.text("ab*?.", max_size=8), st.text("ab.\n", max_size=8))
def test_glob_is_what_a_naive_matcher_finds(pattern: str, text: str) -> None:
    assert matches(pattern, text) == naive.glob(naive.wild(pattern), text)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_text_without_stars_matches_itself(text: str) -> None:
    pattern = text.replace("*", "").replace("?", "")
    assert matches(pattern, pattern)
    assert not matches(pattern, pattern + "x")


def test_several_patterns() -> None:
    either = glob(("a*", "b"))
    assert [bool(either.match(text)) for text in ("ax", "b", "bx", "c")] == [1, 1, 0, 0]
    assert glob(()).match("") is None


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 8 + "*b", "*a*a*a*a*a*a*a*b", "?*" * 200 + "b", "*" * 1000 + "b", "*aa" * 100 + "b"],
    ids=["stars", "fewer", "marked", "only", "pairs"],
)
def test_a_hostile_pattern_takes_no_time(pattern: str) -> None:
    """Tried again and again, any of these takes longer than there is (pytest's own limit stops it)."""
    compiled = glob((pattern,))
    assert compiled.match("a" * 2000) is None
    assert Text.of(pattern + "${aws:username}", variables=True).pattern(CONTEXT).match(
        "a" * 2000
    ) is None  # fmt: skip


def test_no_group_is_tried_again() -> None:
    """What makes it so: each star but the last is in an atomic group."""
    source = glob(("a*b*c*d",)).pattern
    assert source.count("(?>") == 2
    assert len(re.findall(r"\*", source)) == 3


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("${aws:username}", "Ann"),
        ("${AWS:UserName}", "Ann"),
        ("a${aws:username}b${aws:username}", "aAnnbAnn"),
        ("${k:none, 'default'}", "default"),
        ("${k:none,'default'}", "default"),
        ("${k:none, ''}", ""),
        ("${aws:username, 'default'}", "Ann"),
        ("${k:empty, 'default'}", ""),
        ("${*}${?}${$}", "*?$"),
        ("*?", "*?"),
        ("${k:wild}", "a*b?"),
        ("$aws:username", "$aws:username"),
        ("${aws:username", "${aws:username"),
        ("$${aws:username}", "$Ann"),
        ("plain", "plain"),
    ],
)
def test_variables(text: str, plain: str) -> None:
    assert Text.of(text, variables=True).plain(CONTEXT) == plain


@pytest.mark.parametrize("text", ["${k:none}", "x${k:many}", "${}", "${k:none, default}"])
def test_variables_without_a_value(text: str) -> None:
    with pytest.raises(Unresolved):
        Text.of(text, variables=True).plain(CONTEXT)
    with pytest.raises(Unresolved):
        Text.of(text, variables=True).pattern(CONTEXT)


@pytest.mark.parametrize("text", ["${aws:username}", "${k:none}", "${*}"])
def test_text_of_old_versions(text: str) -> None:
    assert Text.of(text, variables=False).plain(CONTEXT) == text


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("${k:wild}", "a*b?", True),
        ("${k:wild}", "axxb.", False),
        ("${k:wild}*", "a*b?c", True),
        ("${k:dots}", "abc", False),
        ("*${aws:username}?", "xxAnn1", True),
        ("*${aws:username}?", "xxAnn", False),
        ("${*}*", "*x", True),
        ("${*}*", "x", False),
        ("${?}", "?", True),
        ("${?}", "x", False),
    ],
)
def test_values_are_no_patterns(pattern: str, text: str, holds: bool) -> None:
    assert bool(Text.of(pattern, variables=True).pattern(CONTEXT).match(text)) is holds


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("arn:aws:s3:::a", ["arn", "aws", "s3", "", "", "a"]),
        ("arn:aws:s3:::a:b:c", ["arn", "aws", "s3", "", "", "a:b:c"]),
        ("arn:aws", ["arn", "aws"]),
        ("", [""]),
        ("arn:aws:iam::${aws:PrincipalAccount}:role/${aws:username}",
         ["arn", "aws", "iam", "", "${aws:PrincipalAccount}", "role/${aws:username}"]),
        ("${a:b}:${c:d", ["${a:b}", "${c", "d"]),
        ("a}:b}:c", ["a}", "b}", "c"]),
    ],
)  # fmt: skip
def test_the_parts_of_an_arn(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@settings(deadline=None)
@given(st.text("a:${}", max_size=20))
def test_the_parts_are_the_whole(text: str) -> None:
    found = split(text)
    assert ":".join(found) == text
    assert len(found) <= 6


ARN = "arn:aws:iam::111111111111:user/Ann"


@pytest.mark.parametrize(
    ("pattern", "options", "holds"),
    [
        ("*", {}, True),
        ("", {}, True),
        (ARN, {}, True),
        ("arn:aws:iam", {}, True),
        ("arn:aws:iam::*:user/${aws:username}", {"variables": True}, True),
        ("arn:aws:iam::*:user/${k:none}", {"variables": True}, False),
        ("arn:aws:iam::*:user/${aws:username}", {"variables": False}, False),
        ("arn:${k:none}:iam::*:*", {"variables": True, "head": True}, False),
        ("arn:${k:none, 'aws'}:iam::*:*", {"variables": True, "head": True}, True),
        ("arn:${k:none, 'aws'}:iam::*:*", {"variables": True}, False),
    ],
)
def test_arns(pattern: str, options: dict[str, Any], holds: bool) -> None:
    given = {"variables": False, **options}
    assert ArnPattern.of(pattern, **given).matches(ARN, CONTEXT) is holds


@pytest.mark.parametrize(("pattern", "holds"), [("*", True), ("arn:*", False), ("a*", False)])
def test_what_is_no_arn_only_fits_a_star(pattern: str, holds: bool) -> None:
    assert ArnPattern.of(pattern, variables=False).matches("*", CONTEXT) is holds
