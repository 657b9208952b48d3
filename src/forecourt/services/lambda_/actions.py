"""Lambda as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError
from forecourt.platform.functions.stored import policy_of
from forecourt.platform.identity.actions import Action, Authorization, Params, on

from .functions import named

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def function(tx: Tx, req: Params) -> list[str]:
    name = req.get("FunctionName") or req["Resource"]
    try:
        return [named(tx, name).arn]
    except AwsError:
        return [f"arn:aws:lambda:{tx.call.region}:{tx.call.account}:function:{name}"]


def policy(tx: Tx, req: Params) -> str | None:
    try:
        return policy_of(named(tx, req.get("FunctionName") or req["Resource"]))
    except AwsError:
        return None


ON_FUNCTION = Action(function, policy=policy)
ACTIONS: Mapping[str, Action | tuple[Action, ...]] = {
    "Invoke": Action(function, "InvokeFunction", policy=policy),
    "ListFunctions": on("*"),
    **dict.fromkeys(
        ("AddPermission", "DeleteFunction", "GetFunction", "GetFunctionConfiguration", "GetPolicy",
         "ListTags", "RemovePermission", "TagResource", "UntagResource"),
        ON_FUNCTION,
    ),
}  # fmt: skip
AUTHORIZATION = Authorization("lambda", ACTIONS)
