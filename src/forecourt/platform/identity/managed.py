"""AWS's managed policies that name the services served here, and the general ones, cut to them.

`managed_policies.json` is a list of facts: what AWS published, by ARN.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("managed_policies.json")
PREFIX = "arn:aws:iam::aws:"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    arn: str
    name: str
    path: str
    id: str
    version: str  # the default one, as v3
    created: str  # ISO 8601
    updated: str
    document: str  # JSON


@cache
def policies() -> dict[str, ManagedPolicy]:
    """All of them, by ARN; read when first asked for."""
    return {
        each["arn"]: ManagedPolicy(
            each["arn"],
            each["name"],
            each["path"],
            each["id"],
            each["version"],
            each["created"],
            each["updated"],
            json.dumps(each["document"], indent=2),
        )
        for each in json.loads(FILE.read_text())
    }


def find(arn: str) -> ManagedPolicy | None:
    return policies().get(arn) if arn.startswith(PREFIX) else None
