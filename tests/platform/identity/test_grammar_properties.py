"""Any text at all is judged, and what passes compiles."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.identity.decide import compile_policy
from forecourt.platform.identity.grammar import ELEMENTS, OPERATORS, TOP, problem

KINDS = st.sampled_from(["identity", "trust", "resource"])
WORDS = st.sampled_from(
    ["*", "", "s3:GetObject", "sts:AssumeRole", "arn:aws:s3:::b", "arn:aws:iam::1:user/x", "Allow",
     "Deny", "2012-10-17", "a:b:c", "::", "arn:x:y", "2020-01-01", "9" * 25, "${aws:username}", "x"]
)  # fmt: skip
SCALARS = WORDS | st.text(max_size=5) | st.integers() | st.booleans() | st.none() | st.floats()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted(OPERATORS)) | st.text(max_size=3), inner, max_size=3
        )
    ),
    max_leaves=6,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]) | VALUES},
    optional=dict.fromkeys(ELEMENTS - {"Effect"}, WORDS | VALUES),
)
DOCUMENTS = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17") | VALUES, "Statement": STATEMENTS | st.lists(STATEMENTS)},
    optional=dict.fromkeys(TOP - {"Version", "Statement"}, VALUES),
)


@given(st.text(), KINDS)
def test_any_text(document: str, kind: Any) -> None:
    assert isinstance(problem(document, kind=kind), str | None)


@given(VALUES, KINDS)
def test_any_json(value: Any, kind: Any) -> None:
    assert isinstance(problem(json.dumps(value), kind=kind), str | None)


@given(DOCUMENTS, KINDS)
def test_what_passes_compiles(value: Any, kind: Any) -> None:
    document = json.dumps(value)
    if problem(document, kind=kind) is None:
        assert compile_policy.__wrapped__(document, "p").statements
