"""Why a call was refused, as EC2 gives it to callers: sealed, for sts:DecodeAuthorizationMessage.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecourt.store.seal import Seal

    from .decide import Asked, Decision
    from .principals import Caller

LONGEST = 65_536  # bytes of a message


def encode(seal: Seal, caller: Caller, asked: Asked, decision: Decision) -> str:
    message = json.dumps(said(caller, asked, decision), separators=(",", ":"))
    sealed = seal.close(zlib.compress(message.encode()), purpose(caller.account))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decode(seal: Seal, account: str, text: str) -> str:
    """The JSON in a message for an account.  ValueError."""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError(str(error)) from None
    opened = seal.open(sealed, purpose(account))
    return zlib.decompressobj().decompress(opened, LONGEST).decode()


def purpose(account: str) -> str:
    return f"authorization message {account}"


def said(caller: Caller, asked: Asked, decision: Decision) -> dict[str, Any]:
    statements = [
        {
            "statementId": statement.sid,
            "effect": "ALLOW" if statement.allows else "DENY",
            "principals": items([{"value": caller.entity or caller.id}]),
            "principalGroups": items([]),
            "actions": items([{"value": asked.action}]),
            "resources": items([{"value": asked.resource}]),
            "conditions": items([]),
        }
        for _, statement in decision.matched
    ]
    return {
        "allowed": decision.allowed,
        "explicitDeny": decision.explicit,
        "matchedStatements": items(statements),
        "failures": items([]),
        "context": {
            "principal": {
                "id": caller.id,
                **({"name": caller.name} if caller.name else {}),
                "arn": caller.arn,
            },
            "action": asked.action,
            "resource": asked.resource,
            "conditions": items([]),
        },
    }


def items(values: list[Any]) -> dict[str, Any]:
    return {"items": values}
