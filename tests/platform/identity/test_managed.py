"""The managed policies that come with the program."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest

from forecourt.platform.identity import managed
from forecourt.platform.identity.decide import compile_policy
from forecourt.platform.identity.grammar import problem

POLICIES = managed.policies()


def test_there_are_some() -> None:
    names = {policy.name for policy in POLICIES.values()}
    assert len(names) == len(POLICIES) == 92
    assert names > {"AdministratorAccess", "AmazonSESFullAccess", "AmazonRoute53FullAccess"}


@pytest.mark.parametrize("arn", POLICIES)
def test_each(arn: str) -> None:
    policy = POLICIES[arn]
    assert policy.arn == arn == f"arn:aws:iam::aws:policy{policy.path}{policy.name}"
    assert re.fullmatch("ANPA[A-Z2-7]{17}", policy.id)
    assert re.fullmatch("v[1-9][0-9]*", policy.version)
    created, updated = map(datetime.fromisoformat, (policy.created, policy.updated))
    assert created <= updated
    assert created.tzinfo is not None
    assert problem(policy.document, kind="identity") is None
    assert compile_policy(policy.document, policy.name, arn).statements


def test_ids_are_of_one_each() -> None:
    assert len({policy.id for policy in POLICIES.values()}) == len(POLICIES)


def test_finding() -> None:
    found = managed.find("arn:aws:iam::aws:policy/AdministratorAccess")
    assert found is not None
    assert json.loads(found.document)["Statement"][0]["Action"] == "*"
    assert managed.find("arn:aws:iam::aws:policy/Unknown") is None
    assert managed.find("arn:aws:iam::000000000000:policy/AdministratorAccess") is None
