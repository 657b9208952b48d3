"""What policies decide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.platform.identity.decide import (
    MOST_ACTIONS,
    Asked,
    Decision,
    Permissions,
    Policy,
    Principal,
    compile_policy,
    decide,
)

from .decisions import ALL, ANN, FORBIDS, NOTHING, ZONE, Case, allow, cases, deny, doc, named

CASES = list(cases())


def compiled(document: Any, name: str = "p", arn: str | None = None) -> Policy:
    return compile_policy(json.dumps(document), name, arn)


def decision(case: Case) -> Decision:
    account, arn, behind, ids = case.caller
    return decide(
        Permissions(
            tuple(map(compiled, case.identity)),
            None if case.boundary is None else compiled(case.boundary),
            None if case.session is None else tuple(map(compiled, case.session)),
        ),
        Asked(
            case.action,
            case.resource,
            case.context,
            Principal(account, arn, behind, frozenset(ids)),
            case.owner,
        ),
        None if case.policy is None else compiled(case.policy),
        required=case.required,
    )


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decide(case: Case) -> None:
    found = decision(case)
    assert (found.allowed, found.explicit, found.kind) == case.verdict


def asked(action: str = "route53:GetHostedZone") -> Asked:
    account, arn, behind, ids = ANN
    return Asked(action, ZONE, {}, Principal(account, arn, behind, frozenset(ids)))


def test_what_denied_is_told() -> None:
    policy = compiled(doc(allow(), deny(Sid="No"), deny(Sid="Neither")), "Guard", "arn:x")
    found = decide(Permissions((compiled(ALL), policy)), asked())
    [(by, statement)] = found.matched
    assert (by.name, by.arn, statement.sid, statement.index) == ("Guard", "arn:x", "No", 1)


def test_what_allowed_is_told() -> None:
    one, other = compiled(doc(allow(Sid="A"), allow(Action="s3:*"))), compiled(doc(allow(Sid="B")))
    policy = compiled(doc({**allow(Sid="C"), "Principal": "*"}))
    found = decide(Permissions((one, other)), asked(), policy)
    assert [statement.sid for _, statement in found.matched] == ["A", "B", "C"]


def test_nothing_matched_is_told_of_an_implicit_deny() -> None:
    assert decide(Permissions((compiled(NOTHING),), compiled(ALL)), asked()).matched == ()


def test_without_a_principal_policies_are_about_whoever_they_hang_on() -> None:
    """As where policies are simulated."""
    found = decide(Permissions((compiled(FORBIDS),)), Asked("s3:GetObject", "*", {}))
    assert found.allowed


def test_the_same_policy_is_compiled_once() -> None:
    assert compiled(ALL) is compiled(ALL)
    assert compiled(ALL, arn="arn:other") is not compiled(ALL)


def test_what_a_policy_remembers_of_actions_has_an_end() -> None:
    policy = compiled(named("*"))
    for number in range(2 * MOST_ACTIONS):
        assert policy.about(f"s:action{number}") == policy.statements
    assert len(policy._about) <= MOST_ACTIONS
