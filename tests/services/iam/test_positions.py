"""Where statements stand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.identity import managed
from forecourt.services.iam.positions import statement_positions

from .calls import ADMIN

STATEMENT = '{"Effect":"Allow","Action":"*","Resource":"*"}'
TEXTS = st.text('[]{},:"\\ \n\u00e9x', max_size=4)
HEAD = '{"Version":"2012-10-17","Statement":'


@pytest.mark.parametrize(
    ("document", "positions"),
    [  # starts as simulations have been seen to tell them
        (f"{HEAD}[{STATEMENT}]}}", [((1, 38), (1, 38 + len(STATEMENT)))]),
        (f"{HEAD}{STATEMENT}}}", [((1, 38), (1, 37 + len(STATEMENT)))]),
        (json.dumps(json.loads(f"{HEAD}[{STATEMENT}]}}")), [((1, 41), (1, 92))]),
        (
            f'{HEAD}[{STATEMENT} ,\n {STATEMENT}\n],"Id":"]}}"}}',
            [((1, 38), (1, 84)), ((1, 86), (2, 48))],
        ),
        ('{"Statement":[],"Statement":{}}', [((1, 30), (1, 31))]),
    ],
)
def test_positions(document: str, positions: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    assert statement_positions(document) == positions


def test_administrators() -> None:
    shipped = managed.find(ADMIN)
    assert shipped is not None
    assert statement_positions(shipped.document) == [((3, 17), (8, 6))]


@given(
    st.lists(
        st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=2), max_size=2),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([None, 1, 4]),
    st.booleans(),
)
def test_each_statement_is_between_its_positions(
    statements: list[object], indent: int | None, after: bool
) -> None:
    parts = {"Statement": statements, "Id": "x"} if after else {"Id": "x", "Statement": statements}
    document = json.dumps(parts, indent=indent)
    lines = document.split("\n")
    offsets = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]
    found = [
        document[offsets[start[0] - 1] + start[1] - 1 : offsets[end[0] - 1] + end[1] - 1]
        for start, end in statement_positions(document)
    ]
    assert [json.loads(text) for text in found] == statements
