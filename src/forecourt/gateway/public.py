"""The unsigned side: OCSP, CRLs, ACME, links in mails.  Nothing is served there yet.

A listener of its own, so that it can be exposed without the APIs.
"""

from __future__ import annotations

from typing import Any

from forecourt.gateway.http import Answer
from forecourt.gateway.server import Receive, Send, give

NOT_FOUND = Answer(404, (("content-type", "text/plain"),), b"Not found.\n")


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await give(send, NOT_FOUND)
