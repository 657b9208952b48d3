"""Topics, by their ARNs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forecourt.aws.errors import Errors
from forecourt.platform.identity.on_behalf import lets_in
from forecourt.store.resources import Kind, Resource, at

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

errors = Errors("sns")
TOPICS = Kind("sns", "topic", errors.NotFoundException, is_bare=True)
FIFO = ".fifo"


def find(tx: Tx, arn: str) -> Resource | None:
    """A topic of any account."""
    found = at(tx, arn) if arn.startswith("arn:aws:sns:") and arn.count(":") == 5 else None
    return found if found is not None and arn == found.arn else None


def for_service(tx: Tx, arn: str, service: str, source: str, account: str) -> Resource | None:
    """A topic that a service may tell of a resource of an account: one of that account, or one whose
    policy lets the service in.
    """
    found = find(tx, arn)
    if found is None or account_of(arn) == account:
        return found
    policy = found.spec.get("Policy")
    return found if lets_in(policy, "sns:Publish", arn, service, source, account) else None


def account_of(arn: str) -> str:
    return arn.split(":")[4]


def region_of(arn: str) -> str:
    return arn.split(":")[3]


def default_policy(arn: str) -> str:
    """Its account's callers may do with it what their policies allow."""
    account = account_of(arn)
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
            "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
            "SNS:ListSubscriptionsByTopic", "SNS:Publish",
        ],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceAccount": account}},
    }  # fmt: skip
    return json.dumps(
        {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    )
