"""Opens and clicks: links that lead through us, and a picture that tells when a message is shown.

The URLs say all there is to know, and are signed: nothing is kept of them, and they lead nowhere else.
https://docs.aws.amazon.com/ses/latest/dg/faqs-metrics.html
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from forecourt.platform.visits import NOT_ALLOWED, NOT_FOUND, Page, Visit

from . import events
from .tokens import sign

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

CLICKS, OPENS = "/L0/", "/I0/"
MOST = 250  # links of a message
OPEN_HERE = "{{ses:openTracker}}"
PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
ANCHOR = re.compile(r"<a\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
HREF = re.compile(r"(?<=\s)href\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)", re.IGNORECASE)
NO_TRACK = re.compile(r"\bses:no-track(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?", re.IGNORECASE)
TAGS = re.compile(r"\bses:tags\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+\Z", re.IGNORECASE)
TAG = re.compile(r"([A-Za-z0-9_-]{1,128}):([A-Za-z0-9_-]{1,128})")
LONGEST = 8192  # bytes of a link that is opened


@dataclass(frozen=True, slots=True)
class Links:
    """How a message's links are made."""

    base: str  # the public side, without a final slash
    key: bytes
    message: str  # its id
    opens: bool
    clicks: bool

    def click(self, url: str, number: int, tags: str) -> str:
        said = f"{quote(url, safe=':=')}/{number}/{self.message}"
        packed = urlsafe_b64encode(tags.encode()).decode().rstrip("=")
        return f"{self.base}{CLICKS}{said}/{sign(self.key, f'{said} {packed}')}={packed}"

    @property
    def picture(self) -> str:
        url = f"{self.base}{OPENS}{self.message}/{sign(self.key, self.message)}"
        return f'<img alt="" src="{escape(url)}" style="display: none; width: 1px; height: 1px;">'


def tracked(html: str, links: Links) -> str:
    """HTML as it is delivered."""
    if links.clicks:
        html = clicked(html, links)
    first, found, rest = html.partition(OPEN_HERE)
    picture = links.picture if links.opens else ""
    if found:
        return first + picture + rest.replace(OPEN_HERE, "")
    end = html.lower().rfind("</body")
    return html[:end] + picture + html[end:] if end >= 0 else html + picture


def clicked(html: str, links: Links) -> str:
    count = 0

    def one(found: re.Match[str]) -> str:
        nonlocal count
        attributes = found[1]
        given = TAGS.search(attributes)
        plain = TAGS.sub("", attributes).rstrip()
        if NO_TRACK.search(plain) is not None:
            return f"{found[0][:2]} {NO_TRACK.sub('', plain).strip()}>"
        href = HREF.search(plain)
        url = unescape(href[1].strip("\"'")) if href is not None else ""
        if href is None or URL.match(url) is None or url.startswith(links.base) or count >= MOST:
            return f"{found[0][:2]}{plain}>"
        tags = given[1].strip("\"'") if given is not None else ""
        link = links.click(url, count + 1, tags)
        if len(link) > LONGEST:
            return f"{found[0][:2]}{plain}>"
        count += 1
        made = escape(link)
        return f'{found[0][:2]}{plain[: href.start(1)]}"{made}"{plain[href.end(1) :]}>'

    return ANCHOR.sub(one, html)


def visited(tx: Tx, visit: Visit, key: bytes) -> Page:
    """Somebody follows a link, whose event is told; where it leads."""
    if visit.method not in ("GET", "HEAD"):
        return NOT_ALLOWED
    said, _, signature = visit.path.rpartition("/")
    signature, _, packed = signature.partition("=")
    parts = said.split("/")
    if len(parts) != 3 or not is_signed(key, f"{said} {packed}", signature):
        return NOT_FOUND
    try:
        url = unquote(parts[0], errors="strict")
        tags = b64decode(packed + "=" * (-len(packed) % 4), b"-_").decode()
    except ValueError:
        return NOT_FOUND
    detail = seen(tx, visit) | {"link": url}
    if tags:
        detail["linkTags"] = linked(tags)
    tell(tx, parts[2], "CLICK", detail)
    return Page(302, (("location", url), ("cache-control", "no-store")))


def shown(tx: Tx, visit: Visit, key: bytes) -> Page:
    """A message is shown somewhere."""
    if visit.method not in ("GET", "HEAD"):
        return NOT_ALLOWED
    message, _, signature = visit.path.partition("/")
    if not is_signed(key, message, signature):
        return NOT_FOUND
    tell(tx, message, "OPEN", seen(tx, visit))
    return Page(200, (("content-type", "image/gif"), ("cache-control", "no-store")), PICTURE)


def is_signed(key: bytes, text: str, signature: str) -> bool:
    given = signature.encode("utf-8", "replace")
    return len(text) <= LONGEST and hmac.compare_digest(sign(key, text).encode(), given)


def seen(tx: Tx, visit: Visit) -> dict[str, Any]:
    return {
        "ipAddress": visit.client,
        "timestamp": events.stamp(tx.now.timestamp()),
        "userAgent": visit.agent,
    }


def linked(tags: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in TAG.findall(tags):
        found.setdefault(name, []).append(value)
    return found


def tell(tx: Tx, message: str, kind: str, detail: Mapping[str, Any]) -> None:
    """An event of a message that is still known."""
    sent = events.find(tx, message)
    if sent is not None:
        with events.on_behalf_of(tx, sent):
            events.tell(tx, sent, kind, detail)
