"""What AWS refuses as a policy, by other people's cases (policy_cases.json says whose)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forecourt.platform.identity.decide import compile_policy
from forecourt.platform.identity.grammar import LONGEST, Kind, problem

CASES = json.loads(Path(__file__).with_name("policy_cases.json").read_text())
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "ec2.amazonaws.com"},
}


def text_of(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def policy(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **elements})


@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: case["text"][:40])
def test_what_aws_refuses(case: Any) -> None:
    assert problem(text_of(case["document"]), kind="identity") == case["text"]


@pytest.mark.parametrize("document", CASES["valid"], ids=range(len(CASES["valid"])))
def test_what_aws_takes(document: Any) -> None:
    assert problem(text_of(document), kind="identity") is None
    assert compile_policy(text_of(document), "p").statements


def test_the_cases_are_all_there() -> None:
    assert (len(CASES["invalid"]), len(CASES["valid"])) == (78, 54)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (policy({**STATEMENT, "Principal": "*"}), "Policy document should not specify a principal."),
        (policy({**STATEMENT, "Resource": None}), "Syntax errors in policy."),
        (policy({**STATEMENT, "Condition": {"Bool": {"a": None}}}), "Syntax errors in policy."),
        (policy({**STATEMENT, "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}}), None),
        (policy({**STATEMENT, "Condition": {"DateLessThan": {"a": 1}}}), None),
        (policy({**STATEMENT, "Condition": {"DateLessThan": {"a": True}}}),
         "The policy failed legacy parsing"),
        (policy({**STATEMENT, "Condition": {"DateLessThan": {"a": "2020-02-30T25:00:00Z"}}}),
         "The policy failed legacy parsing"),
        (policy({**STATEMENT, "Condition": {"DateLessThan": {"a": "2020-02-03T04:05:06-07:00"}}}), None),
        (policy({**STATEMENT, "Resource": "arn:aws:iam::123456789012:root"}), None),
        (policy({**STATEMENT, "Resource": "arn:aws-cn:s3:::b"}), None),
        (policy({**STATEMENT, "Action": ["s3:Get*", "*"]}), None),
        ("[" * 100_000, "Syntax errors in policy."),
        ('{"Version": NaN}', "Syntax errors in policy."),
        (policy(STATEMENT, Id="x" * LONGEST), "Syntax errors in policy."),
    ],
)  # fmt: skip
def test_identity_policies(document: str, text: str | None) -> None:
    assert problem(document, kind="identity") == text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (policy(TRUST), None),
        (policy(TRUST, Version="2008-10-17"), None),
        (policy({**TRUST, "Principal": "*", "Action": ["sts:assumerole", "sts:TagSession"]}), None),
        ("nothing", "This policy contains invalid Json"),
        ('{"Statement": ' + "[" * 100_000, "This policy contains invalid Json"),
        (policy({**TRUST, "Action": "iam:PassRole"}),
         "AssumeRole policy may only specify STS AssumeRole actions."),
        (policy({**TRUST, "Resource": "*"}), "Has prohibited field Resource"),
        (policy({**TRUST, "NotResource": "*"}), "Has prohibited field NotResource"),
        (policy({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
        (policy({"Effect": "Allow", "Principal": "*"}), "Missing required field Action"),
        (policy({**TRUST, "Foo": 1}), "Unknown field Foo"),
        (policy(TRUST, Foo=1), "Unknown field Foo"),
        (policy({**TRUST, "Effect": "Maybe"}), "Syntax errors in policy."),
        (policy({**TRUST, "Principal": {}}), "Syntax errors in policy."),
        (policy({**TRUST, "Principal": {"AWS": []}}), "Syntax errors in policy."),
        (policy({**TRUST, "Principal": {"AWS": [1]}}), "Syntax errors in policy."),
        (policy({**TRUST, "Principal": "me"}), "Syntax errors in policy."),
    ],
)  # fmt: skip
def test_trust_policies(document: str, text: str | None) -> None:
    assert problem(document, kind="trust") == text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (policy({**STATEMENT, "Principal": {"AWS": "*"}}), None),
        (policy({"Effect": "Allow", "Action": "kms:*", "Principal": "*"}, Version="2008-10-17"), None),
        (policy(STATEMENT), "Missing required field Principal"),
        (policy({"Effect": "Allow", "Resource": "*", "Principal": "*"}),
         "Policy statement must contain actions."),
        (policy({**STATEMENT, "Principal": "*", "Resource": "x"}),
         'Resource x must be in ARN format or "*".'),
    ],
)  # fmt: skip
def test_policies_of_resources(document: str, text: str | None) -> None:
    assert problem(document, kind="resource") == text


@pytest.mark.parametrize("kind", ["trust", "resource"])
def test_what_passes_compiles(kind: Kind) -> None:
    document = policy(TRUST)
    assert problem(document, kind=kind) is None
    assert len(compile_policy(document, "p").statements) == 1
