"""What AWS refuses as a policy document, in its words."""

from __future__ import annotations

import json


def problem(document: str, *, kind: str) -> str | None:
    try:
        json.loads(document)
    except ValueError:
        return "Syntax errors in policy."
    return None
