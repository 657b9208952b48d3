"""Who beside the owner may invoke a function: statements of its policy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import STATUS, Operations
from forecourt.platform.functions.stored import FUNCTIONS, errors, policy_of

from .functions import named

if TYPE_CHECKING:
    from forecourt.aws.types import lambda_ as t
    from forecourt.store.tx import Tx

ops = Operations("lambda")
ACCOUNT = re.compile(r"\d{12}\Z", re.ASCII)


@ops.write
def add_permission(tx: Tx, req: t.AddPermissionRequest) -> t.AddPermissionResponse:
    found = named(tx, req["FunctionName"])
    known = found.status["Policy"]
    if any(each["Sid"] == req["StatementId"] for each in known):
        raise errors.ResourceConflictException(
            f"The statement id ({req['StatementId']}) provided already exists. Please provide a new"
            " statement id, or remove the existing statement.",
            Type="User",
        )
    principal = req["Principal"]
    if principal == "*":
        named_: Any = "*"
    elif ACCOUNT.match(principal):
        named_ = {"AWS": f"arn:aws:iam::{principal}:root"}
    else:
        named_ = {"AWS" if principal.startswith("arn:") else "Service": principal}
    statement: dict[str, Any] = {
        "Sid": req["StatementId"],
        "Effect": "Allow",
        "Principal": named_,
        "Action": req["Action"],
        "Resource": found.arn,
    }
    conditions: dict[str, Any] = {}
    if "SourceArn" in req:
        conditions["ArnLike"] = {"AWS:SourceArn": req["SourceArn"]}
    if "SourceAccount" in req:
        conditions["StringEquals"] = {"AWS:SourceAccount": req["SourceAccount"]}
    if conditions:
        statement["Condition"] = conditions
    FUNCTIONS.change(tx, found, status={**found.status, "Policy": [*known, statement]})
    return {"Statement": json.dumps(statement)}


@ops.write
def remove_permission(tx: Tx, req: t.RemovePermissionRequest) -> Any:
    found = named(tx, req["FunctionName"])
    known = found.status["Policy"]
    left = [each for each in known if each["Sid"] != req["StatementId"]]
    if len(left) == len(known):
        raise missing(req["StatementId"])
    FUNCTIONS.change(tx, found, status={**found.status, "Policy": left})
    return {STATUS: 204}


@ops.read
def get_policy(tx: Tx, req: t.GetPolicyRequest) -> t.GetPolicyResponse:
    found = named(tx, req["FunctionName"])
    if (text := policy_of(found)) is None:
        raise errors.ResourceNotFoundException(
            "The resource you requested does not exist.", Type="User"
        )
    return {"Policy": text, "RevisionId": found.uid}


def missing(statement: str) -> Exception:
    return errors.ResourceNotFoundException(
        f"Statement {statement} is not found in resource policy.", Type="User"
    )
