"""Mails of a caller's own that ask somebody to prove an address.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html#send-email-verify-address-custom
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from forecourt.platform.certificates.authorities import public_url
from forecourt.platform.visits import NOT_ALLOWED, NOT_FOUND, Page, Visit, page
from forecourt.store.resources import Resource
from forecourt.store.tx import Call

from . import identities, sending, tokens
from .building import Parts, address_of
from .sending import Wanted
from .stored import BAD, EXISTS, LIMIT, Complaint, v2
from .stored import NOT_FOUND as MISSING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

from forecourt.store.resources import Kind

CUSTOM = Kind("ses", "custom-verification-email-template", v2.NotFoundException)
PATH, PURPOSE = "/verify/", "verify"
LASTS = 24 * 3600.0  # seconds for which a link holds
MOST, LARGEST = 50, 10 * 1024 * 1024
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
MEMBERS = (
    "FromEmailAddress", "TemplateSubject", "TemplateContent", "SuccessRedirectionURL",
    "FailureRedirectionURL",
)  # fmt: skip
UNTRACKED = {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}
CLOSING = (
    "<p>If you did not ask for this, you need not do anything: the address is not used without your"
    " consent.</p>"
)


def get(tx: Tx, name: str) -> Resource:
    found = CUSTOM.find(tx, name)
    if found is None:
        text = f"Custom verification email template <{name}> does not exist"
        raise Complaint(MISSING, text, "custom", CustomVerificationEmailTemplateName=name)
    return found


def create(tx: Tx, name: str, given: Mapping[str, Any]) -> None:
    if NAME.match(name) is None:
        raise Complaint(BAD, f"Invalid template name {name}.")
    if CUSTOM.find(tx, name) is not None:
        text = f"Custom verification email template <{name}> already exists"
        raise Complaint(EXISTS, text, "custom", CustomVerificationEmailTemplateName=name)
    if CUSTOM.count(tx) >= MOST:
        raise Complaint(LIMIT, f"An account has at most {MOST} custom verification templates.")
    CUSTOM.create(tx, name, checked(tx, given), {})


def change(tx: Tx, found: Resource, given: Mapping[str, Any]) -> None:
    CUSTOM.change(tx, found, spec=checked(tx, {**found.spec, **given}))


def checked(tx: Tx, given: Mapping[str, Any]) -> dict[str, str]:
    found = {name: str(given[name]) for name in MEMBERS}
    sender = address_of(found["FromEmailAddress"])
    if identities.of_address(tx, sender) is None:
        text = f"The from email address <{sender}> is not verified"
        raise Complaint(MISSING, text, "from", FromEmailAddress=sender)
    if len(found["TemplateContent"].encode()) > LARGEST:
        raise Complaint(BAD, "The template content is too large.")
    for name, what in (("SuccessRedirectionURL", "success"), ("FailureRedirectionURL", "failure")):
        if not is_url(found[name]):
            raise Complaint(BAD, f"The {what} redirection URL is invalid")
    return found


def is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isascii() and all(" " < character < "\x7f" for character in text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


def wanted_of(tx: Tx, req: Any) -> Wanted:
    """The mail to an address.  Complaint."""
    address, found = address_of(req["EmailAddress"]), get(tx, req["TemplateName"])
    if sending.in_sandbox(tx):
        raise Complaint(
            BAD, "Custom verification mails are sent out of the sandbox alone.", "production"
        )
    key = tokens.key_of(identities.service_key(tx))
    until = str(tx.now.timestamp() + LASTS)
    account, region = tx.call.account, tx.call.region
    token = tokens.token_of(key, PURPOSE, account, region, address, found.name, until)
    link = f"{public_url(tx)}{PATH}{token}"
    html = f'{found.spec["TemplateContent"]}<p><a href="{link}">{link}</a></p>{CLOSING}'
    sender = found.spec["FromEmailAddress"]
    parts = Parts(sender, (address,), subject=found.spec["TemplateSubject"], html=html)
    return Wanted(
        "SendCustomVerificationEmail", sender, (address,), parts, tracking=UNTRACKED,
        configuration_set=req.get("ConfigurationSetName", ""),
    )  # fmt: skip


def expect(tx: Tx, address: str, key: Any) -> None:
    """Let an address be one that is to be proven, if it is not yet."""
    if identities.find(tx, address) is None:
        identities.create(tx, address, key, {}, asked=True)


def visited(tx: Tx, visit: Visit) -> Page:
    """Somebody read the mail: the address is proven, and they are sent on."""
    said = tokens.read(tokens.key_of(identities.service_key(tx)), PURPOSE, visit.path)
    if said is None:
        return NOT_FOUND
    if visit.method not in ("GET", "HEAD"):
        return NOT_ALLOWED
    account, region, address, template, until = said
    before, tx.call = tx.call, Call("ses", "Verify", account, region)
    try:
        found, identity = CUSTOM.find(tx, template), identities.find(tx, address)
        good = identity is not None and tx.now.timestamp() < float(until)
        if good and identity is not None and not identities.is_verified(identity):
            identities.confirmed(tx, identity.arn)
        if found is None:
            return page(200, "Thank you", "The address is proven.") if good else NOT_FOUND
        where = found.spec["SuccessRedirectionURL" if good else "FailureRedirectionURL"]
        return Page(302, (("location", where), ("cache-control", "no-store")))
    finally:
        tx.call = before
