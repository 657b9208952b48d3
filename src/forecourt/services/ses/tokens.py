"""What links in mails say, signed: for one purpose, and nothing is kept of them.

token_of(key, "unsubscribe", account, region, address); read(key, "unsubscribe", token)
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode


def key_of(service: bytes) -> bytes:
    """What links are signed with: of the service's own key (DER)."""
    return hashlib.sha256(b"tracked links " + service).digest()


def sign(key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")[:20]).decode().rstrip("=")


def token_of(key: bytes, purpose: str, *members: str) -> str:
    text = urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")
    return f"{text}.{sign(key, f'{purpose} {text}')}"


def read(key: bytes, purpose: str, token: str) -> list[str] | None:
    """The members of a token; None of what is none."""
    text, _, signature = token.partition(".")
    given = signature.encode("utf-8", "replace")
    if not hmac.compare_digest(sign(key, f"{purpose} {text}").encode(), given):
        return None
    found: list[str] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found
