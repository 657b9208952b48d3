"""Client tokens: a request that comes again with its token is answered as it was the first time.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common

if TYPE_CHECKING:
    from forecourt.store.resources import Kind, Resource
    from forecourt.store.tx import Tx

Mismatch = common("IdempotentParameterMismatch", 400)


def made_before(tx: Tx, kind: Kind, req: Mapping[str, Any]) -> Resource | None:
    """What an equal request with the same token made."""
    token = req.get("ClientToken")
    if not token:
        return None
    for each in kind.all(tx):
        if each.status.get("ClientToken") == token:
            if each.status["Request"] != digest(req):
                raise Mismatch(
                    "The client token you have provided is associated with a resource that was"
                    " created with other parameters. Use a different client token."
                )
            return each
    return None


def remembered(req: Mapping[str, Any]) -> dict[str, str]:
    """The status of a new resource: what `made_before` knows it by."""
    token = req.get("ClientToken")
    return {"ClientToken": token, "Request": digest(req)} if token else {}


def digest(req: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(req, sort_keys=True).encode()).hexdigest()
