"""Refusals, sealed for those who may read them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity import messages
from forecourt.platform.identity.decide import Asked, Decision, Permissions, compile_policy, decide
from forecourt.platform.identity.principals import Caller
from forecourt.store.seal import Seal

SEAL = Seal(bytes(32))
OURS, THEIRS = "111111111111", "222222222222"
ID = "AIDA2AAAAAAAAAAAAAAAA"
VPC = f"arn:aws:ec2:us-east-1:{OURS}:vpc/*"
CALLER = Caller("User", OURS, f"arn:aws:iam::{OURS}:user/ann", ID, entity=ID, name="ann")
ASKED = Asked("ec2:CreateVpc", VPC, {})


def decoded(decision: Decision, caller: Caller = CALLER) -> dict[str, object]:
    text = messages.encode(SEAL, caller, ASKED, decision)
    found: dict[str, object] = json.loads(messages.decode(SEAL, caller.account, text))
    return found


def context(caller: Caller = CALLER) -> dict[str, object]:
    name = {"name": caller.name} if caller.name else {}
    return {
        "principal": {"id": caller.id, **name, "arn": caller.arn},
        "action": "ec2:CreateVpc",
        "resource": VPC,
        "conditions": {"items": []},
    }


def test_nothing_allows() -> None:
    assert decoded(decide(Permissions(), ASKED)) == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": context(),
    }


def test_something_denies() -> None:
    statement = '{"Sid": "Stop", "Effect": "Deny", "Action": "ec2:*", "Resource": "*"}'
    policy = compile_policy(f'{{"Statement": {statement}}}', "p")
    found = decoded(decide(Permissions((policy,)), ASKED))
    assert found["explicitDeny"] is True
    assert found["matchedStatements"] == {
        "items": [
            {
                "statementId": "Stop",
                "effect": "DENY",
                "principals": {"items": [{"value": ID}]},
                "principalGroups": {"items": []},
                "actions": {"items": [{"value": "ec2:CreateVpc"}]},
                "resources": {"items": [{"value": VPC}]},
                "conditions": {"items": []},
            }
        ]
    }


def test_callers_without_a_name() -> None:
    arn = f"arn:aws:sts::{OURS}:assumed-role/r/s"
    caller = Caller("AssumedRole", OURS, arn, "AROA2AAAAAAAAAAAAAAAA:s")
    assert decoded(decide(Permissions(), ASKED), caller)["context"] == context(caller)


def test_it_is_for_its_account() -> None:
    text = messages.encode(SEAL, CALLER, ASKED, decide(Permissions(), ASKED))
    with pytest.raises(ValueError):
        messages.decode(SEAL, THEIRS, text)
    with pytest.raises(ValueError):
        messages.decode(Seal(bytes([1]) * 32), OURS, text)


def test_it_goes_in_a_url() -> None:
    text = messages.encode(SEAL, CALLER, ASKED, decide(Permissions(), ASKED))
    assert text.replace("-", "").replace("_", "").isalnum()
    assert "vpc" not in str(base64.urlsafe_b64decode(text + "=="))


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=200) | st.text("AZaz09-_=", max_size=200))
def test_garbage(text: str) -> None:
    with pytest.raises(ValueError):
        messages.decode(SEAL, OURS, text)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 255))
def test_tampered_with(at: int, change: int) -> None:
    text = messages.encode(SEAL, CALLER, ASKED, decide(Permissions(), ASKED))
    sealed = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    sealed[at] ^= change
    with pytest.raises(ValueError):
        messages.decode(SEAL, OURS, base64.urlsafe_b64encode(sealed).decode())
