"""The unsigned side: OCSP, CRLs, authorities' certificates, links in mails.

A listener of its own, so that it can be exposed without the APIs.

    /crl/ID.crl  /crl/ID/PARTITION.crl  /ca/ID.cer  /ocsp/ID  /confirm/TOKEN
    /L0/... /I0/... /unsubscribe/...   links in messages that were sent through SES
    /SimpleNotificationService-ID.pem  /?Action=ConfirmSubscription&...  /?Action=Unsubscribe&...
"""

from __future__ import annotations

import binascii
import email
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from email.message import Message
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from forecourt.gateway.http import Answer, Malformed, parse_form
from forecourt.gateway.server import Receive, Send, give
from forecourt.planes.tls.revoking import LARGEST_REQUEST
from forecourt.platform import links
from forecourt.platform.certificates import authorities, revocation
from forecourt.platform.notify import signing
from forecourt.platform.visits import Page, Visit

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

TEXT = (("content-type", "text/plain; charset=utf-8"),)
NOT_FOUND = Answer(404, TEXT, b"Not found.\n")
NOT_ALLOWED = Answer(405, TEXT, b"Not allowed.\n")
BAD_REQUEST = Answer(400, TEXT, b"Bad request.\n")
TOO_LARGE = Answer(413, TEXT, b"Too large.\n")
CRL = re.compile(r"/crl/([\w-]+)(?:/(\d{1,9}))?\.crl")
CERTIFICATE = re.compile(r"/ca/([\w-]+)\.cer")
SIGNING = re.compile(r"/SimpleNotificationService-([0-9a-f]{1,64})\.pem")
OCSP = re.compile(r"/ocsp/([\w-]+)(?:/(.+))?")
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<p>{text}</p>{form}</html>\n"
)
FORM = '<form method="post"><button>Yes</button></form>'

# What the links in messages of topics do, by their Action; the ARN of the subscription.
ByLink = Callable[["Tx", str, Mapping[str, str]], str | None]
Confirm = Callable[["Tx", str], str]  # of a link's subject; what to tell whoever confirmed
Show = Callable[["Tx", Visit], Page]  # what a link of a service brings about, and shows
LARGEST_FORM = 64 * 1024  # bytes


class Public:
    """The application; `confirmed` is what links bring about, by their purposes."""

    def __init__(
        self,
        store: Store,
        confirmed: Mapping[str, Confirm],
        by_link: ByLink | None = None,
        pages: Mapping[str, Show] | None = None,
    ) -> None:
        self._store, self._confirmed, self._by_link = store, confirmed, by_link
        self._pages = pages or {}  # by the prefixes of their paths
        self._responders = revocation.Responders()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await give(send, await self.answer(scope, receive))

    async def answer(self, scope: dict[str, Any], receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        reads = method in ("GET", "HEAD")
        if path.startswith(links.PATH):
            return await self._confirm(path.removeprefix(links.PATH), method)
        for prefix, show in self._pages.items():
            if path.startswith(prefix):
                return await self._show(show, prefix, scope, receive)
        if found := OCSP.fullmatch(path):
            return await self._ocsp(found[1], found[2], method, receive)
        if found := CRL.fullmatch(path):
            part = revocation.COMPLETE if found[2] is None else int(found[2])
            data = await self._store.read(revocation.crl, found[1], part)
            return plain(data, "application/pkix-crl") if reads else NOT_ALLOWED
        if found := SIGNING.fullmatch(path):
            text = await self._store.read(signing.certificate, found[1])
            data = None if text is None else text.encode()
            return plain(data, "application/x-pem-file") if reads else NOT_ALLOWED
        if path == "/" and self._by_link is not None and reads:
            return await self._follow(scope["query_string"].decode("latin-1"))
        if found := CERTIFICATE.fullmatch(path):
            known = await self._store.read(authorities.find, found[1])
            data = None if known is None else known.certificate
            return plain(data, "application/pkix-cert") if reads else NOT_ALLOWED
        return NOT_FOUND

    async def _ocsp(self, id_: str, given: str | None, method: str, receive: Receive) -> Answer:
        """RFC 6960 appendix A: a request is posted, or in the path."""
        if method == "POST" and given is None:
            request = await body_of(receive, LARGEST_REQUEST)
            if request is None:
                return TOO_LARGE
        elif method in ("GET", "HEAD") and given is not None:
            try:
                request = b64decode(unquote(given), validate=True)
            except (binascii.Error, ValueError):
                request = b""
        else:
            return NOT_ALLOWED
        data = await self._store.read(self._responders.answer, id_, request)
        return plain(data, "application/ocsp-response")

    async def _follow(self, query: str) -> Answer:
        """A link that a program opens, or a reader of mail: SNS's SubscribeURL and UnsubscribeURL."""
        assert self._by_link is not None
        try:
            given = dict(parse_form(query))
        except Malformed:
            return NOT_FOUND
        action = given.get("Action", "")
        if action not in ("ConfirmSubscription", "Unsubscribe"):
            return NOT_FOUND
        arn = await self._store.write(self._by_link, action, given)
        if arn is None:
            return xml_page(400, "<Error><Code>InvalidParameter</Code></Error>", "ErrorResponse")
        result = f"<SubscriptionArn>{escape(arn)}</SubscriptionArn>"
        return xml_page(200, f"<{action}Result>{result}</{action}Result>", f"{action}Response")

    async def _show(
        self, show: Show, prefix: str, scope: dict[str, Any], receive: Receive
    ) -> Answer:
        body = await body_of(receive, LARGEST_FORM) if scope["method"] == "POST" else b""
        if body is None:
            return TOO_LARGE
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        try:
            form = form_of(headers.get(b"content-type", ""), body)
        except (Malformed, UnicodeDecodeError):
            return BAD_REQUEST
        raw = scope["raw_path"].decode("latin-1")
        client = scope["client"][0] if scope.get("client") else ""
        agent = headers.get(b"user-agent", "")
        visit = Visit(scope["method"], raw.removeprefix(prefix), client, agent, form)
        found = await self._store.write(show, visit)
        return Answer(found.status, found.headers, found.body)

    async def _confirm(self, token: str, method: str) -> Answer:
        link = await self._store.read(links.find, token)
        if link is None:
            return page(404, "Not found", "This link does not hold, or not any more.")
        if method in ("GET", "HEAD"):
            return page(200, "Please confirm", link.spec["Text"], FORM)
        if method != "POST":
            return NOT_ALLOWED
        confirm = self._confirmed[link.spec["Purpose"]]
        return page(200, "Thank you", await self._store.write(confirm, link.spec["Subject"]))


def form_of(kind: str, body: bytes) -> list[tuple[str, str]]:
    """A form, in either of its encodings.  Malformed, UnicodeDecodeError."""
    if not kind.lower().startswith("multipart/form-data"):
        return parse_form(body.decode())
    if not kind.isascii() or not kind.isprintable():
        raise Malformed("not a form")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    try:
        parsed = email.message_from_bytes(head + body)
        inside = parsed.get_payload()
        found = []
        parts = inside if isinstance(inside, list) else []
        for each in (part for part in parts if isinstance(part, Message)):
            name = each.get_param("name", "", "content-disposition")
            value = each.get_payload(decode=True)
            found.append((str(name), bytes(value).decode()))
        return found
    except (ValueError, TypeError, RecursionError, LookupError):
        raise Malformed("not a form") from None


def xml_page(status: int, inside: str, root: str) -> Answer:
    text = f'<{root} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{inside}</{root}>\n'
    return Answer(status, (("content-type", "text/xml"),), text.encode())


def plain(data: bytes | None, type_: str) -> Answer:
    return NOT_FOUND if data is None else Answer(200, (("content-type", type_),), data)


def page(status: int, title: str, text: str, form: str = "") -> Answer:
    """A page of ours: what it tells came from requests."""
    body = PAGE.format(title=title, text=escape(text), form=form).encode()
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", "default-src 'none'; form-action 'self'"),
        ("referrer-policy", "no-referrer"),
    )
    return Answer(status, headers, body)


async def body_of(receive: Receive, most: int) -> bytes | None:
    """A request's body; None where it is larger than that."""
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > most:
            return None
        if event["type"] != "http.request" or not event.get("more_body"):
            return body
