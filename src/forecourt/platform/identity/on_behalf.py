"""Whether a resource's policy lets one of our services act on it, for another account.

    lets_in(policy, "lambda:InvokeFunction", arn, "sns.amazonaws.com", source)

https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

from collections.abc import Mapping

from .decide import Asked, Principal, compile_policy, decide
from .principals import EVERYTHING


def lets_in(
    policy: str | None, action: str, resource: str, service: str, source: str, account: str
) -> bool:
    """Whether `service` may, for the resource `source` of `account`, which statements may name."""
    if policy is None:
        return False
    known: Mapping[str, tuple[str, ...]] = {
        "aws:sourcearn": (source,),
        "aws:sourceaccount": (account,),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
    }
    asked = Asked(action, resource, known, Principal("", f"Service:{service}"))
    return decide(
        EVERYTHING, asked, compile_policy(policy, "ResourcePolicy"), required=True
    ).allowed
