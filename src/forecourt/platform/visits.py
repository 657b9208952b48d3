"""Who opens a link of ours, and the page that is shown: what the public listener and services share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

HTML = ("content-type", "text/html; charset=utf-8")
SAFE = (
    ("content-security-policy", "default-src 'none'; form-action 'self'"),
    ("referrer-policy", "no-referrer"),
)
FRAME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<h1>{title}</h1><p>{text}</p>{form}</html>\n"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request without a signature."""

    method: str
    path: str  # as on the wire, after the prefix
    client: str  # its address
    agent: str
    form: Sequence[tuple[str, str]] = ()  # what was posted


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def page(status: int, title: str, text: str, form: str = "") -> Page:
    """A page of ours; `text` may come from anybody, `form` is HTML."""
    body = FRAME.format(title=escape(title), text=escape(text), form=form)
    return Page(status, (HTML, *SAFE), body.encode())


NOT_FOUND = page(404, "Not found", "This link does not hold, or not any more.")
NOT_ALLOWED = page(405, "Not allowed", "A link is opened, or its form sent.")
