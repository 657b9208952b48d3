"""Who beside the owner may use a topic: statements of its policy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.notify.topics import TOPICS, default_policy

from .topics import existing, invalid

if TYPE_CHECKING:
    from forecourt.aws.types import sns as t
    from forecourt.store.tx import Tx

ops = Operations("sns")
ACCOUNT = re.compile(r"\d{12}\Z", re.ASCII)
ACTIONS = frozenset(
    ("AddPermission", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes",
     "ListSubscriptionsByTopic", "ListTagsForResource", "Publish", "PutDataProtectionPolicy",
     "RemovePermission", "SetTopicAttributes", "Subscribe")
)  # fmt: skip


@ops.write
def add_permission(tx: Tx, req: t.AddPermissionInput) -> None:
    """Let other accounts do some things with a topic."""
    found = existing(tx, req["TopicArn"])
    if any(ACCOUNT.match(each) is None for each in req["AWSAccountId"]) or not req["AWSAccountId"]:
        raise invalid("AWSAccountId Error: Account IDs must be 12 digits")
    if unknown := set(req["ActionName"]) - ACTIONS or not req["ActionName"]:
        raise invalid(f"Policy statement action out of service scope! {unknown}")
    policy = json.loads(found.spec.get("Policy") or default_policy(found.arn))
    statements = listed(policy)
    if any(each.get("Sid") == req["Label"] for each in statements):
        raise invalid("Statement already exists")
    statements.append(
        {
            "Sid": req["Label"],
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{each}:root" for each in req["AWSAccountId"]]},
            "Action": [f"SNS:{each}" for each in req["ActionName"]],
            "Resource": found.arn,
        }
    )
    text = json.dumps({**policy, "Statement": statements})
    TOPICS.change(tx, found, spec={**found.spec, "Policy": text})


@ops.write
def remove_permission(tx: Tx, req: t.RemovePermissionInput) -> None:
    """Take a statement out; one that is not there is no error."""
    found = existing(tx, req["TopicArn"])
    policy = json.loads(found.spec.get("Policy") or default_policy(found.arn))
    left = [each for each in listed(policy) if each.get("Sid") != req["Label"]]
    text = json.dumps({**policy, "Statement": left})
    TOPICS.change(tx, found, spec={**found.spec, "Policy": text})


def listed(policy: dict[str, Any]) -> list[dict[str, Any]]:
    statements = policy["Statement"]
    return list(statements) if isinstance(statements, list) else [statements]
