"""Key policies: each key has one, called default, and nobody may do what it does not allow.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.identity import grammar
from forecourt.platform.identity.accounts import root_arn
from forecourt.platform.identity.decide import Asked, compile_policy, decide
from forecourt.platform.identity.principals import EVERYTHING
from forecourt.platform.keys import stored
from forecourt.platform.keys.stored import Key, errors

from .identifiers import own_key
from .pages import page

if TYPE_CHECKING:
    from forecourt.aws.types import kms as t
    from forecourt.store.tx import Tx

ops = Operations("kms")
NAME = "default"
LONGEST = 32 * 1024  # bytes
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def default_policy(account: str) -> str:
    """What a key gets that is made without: the policies of its account decide."""
    document = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": root_arn(account)},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    return json.dumps(document, indent=2, separators=(",", " : "))


@ops.read
def get_key_policy(tx: Tx, req: t.GetKeyPolicyRequest) -> t.GetKeyPolicyResponse:
    key = own_key(tx, req["KeyId"])
    named(req.get("PolicyName", NAME))
    return {"Policy": key.policy, "PolicyName": NAME}


@ops.write
def put_key_policy(tx: Tx, req: t.PutKeyPolicyRequest) -> None:
    key = own_key(tx, req["KeyId"])
    named(req.get("PolicyName", NAME))
    bypass = req.get("BypassPolicyLockoutSafetyCheck", False)
    checked_policy(tx, key, req["Policy"], bypass=bypass)
    stored.change(tx, key, spec={"Policy": req["Policy"]})


@ops.read
def list_key_policies(tx: Tx, req: t.ListKeyPoliciesRequest) -> t.ListKeyPoliciesResponse:
    own_key(tx, req["KeyId"])
    return page("PolicyNames", [NAME], req, by=str, show=str, default=100, most=1000)


def named(name: str) -> None:
    if name != NAME:
        raise errors.NotFoundException("No such policy exists")


def checked_policy(tx: Tx, key: Key, document: str, *, bypass: bool) -> None:
    """Refuse a policy that is none, or that locks its author out.  MalformedPolicyDocumentException."""
    if len(document.encode()) > LONGEST:
        raise errors.LimitExceededException(f"A key policy has at most {LONGEST} bytes.")
    if (wrong := grammar.problem(document, kind="resource")) is not None:
        raise errors.MalformedPolicyDocumentException(wrong)
    policy = compile_policy(document, "ResourcePolicy")
    if not all(each.resources or each.not_resources for each in policy.statements):
        raise errors.MalformedPolicyDocumentException(grammar.NO_RESOURCES)
    if bypass:
        return
    asked = Asked("kms:PutKeyPolicy", key.arn, {}, tx.call.caller.principal, key.account)
    if not decide(EVERYTHING, asked, policy, required=True).allowed:
        raise errors.MalformedPolicyDocumentException(LOCKED_OUT)
