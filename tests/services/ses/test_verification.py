"""Mails of a caller's own that ask somebody to prove an address."""

from __future__ import annotations

import re
from typing import Any

import pytest

from forecourt.platform.visits import Page
from forecourt.services.ses.verification import is_url
from tests.harness import World

from .calls import fault, queued
from .test_tracking import visit

TEMPLATE = {
    "TemplateName": "t", "FromEmailAddress": "hello@app.test", "TemplateSubject": "Please confirm",
    "TemplateContent": "<p>Hi</p>", "SuccessRedirectionURL": "https://app.test/yes",
    "FailureRedirectionURL": "https://app.test/no",
}  # fmt: skip


def where(found: Page) -> str:
    return dict(found.headers)["location"]


def link(world: World) -> str:
    ((_, _, message),) = queued(world)
    found = re.search(r'href="([^"]+)"', message.get_content())
    assert found is not None
    return found[1]


def test_an_address_is_proven(world: World, sesv2: Any, domain: str, production: None) -> None:
    sesv2.create_custom_verification_email_template(**TEMPLATE)
    sesv2.send_custom_verification_email(EmailAddress="bob@other.test", TemplateName="t")
    found = sesv2.get_email_identity(EmailIdentity="bob@other.test")
    assert not found["VerifiedForSendingStatus"]
    assert queued(world, ours=True) == []  # the usual mail is not sent
    url = link(world)
    assert "/L0/" not in url
    assert where(visit(world, url)) == "https://app.test/yes"
    found = sesv2.get_email_identity(EmailIdentity="bob@other.test")
    assert found["VerifiedForSendingStatus"]
    assert visit(world, url + "x").status == 404


def test_a_link_ends(world: World, sesv2: Any, domain: str, production: None, later: Any) -> None:
    sesv2.create_custom_verification_email_template(**TEMPLATE)
    sesv2.send_custom_verification_email(EmailAddress="bob@other.test", TemplateName="t")
    later(1.1)
    assert where(visit(world, link(world))) == "https://app.test/no"
    found = sesv2.get_email_identity(EmailIdentity="bob@other.test")
    assert not found["VerifiedForSendingStatus"]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"FromEmailAddress": "x@other.test"}, "The from email address <x@other.test> is not"),
        (
            {"SuccessRedirectionURL": "javascript:alert(1)"},
            "The success redirection URL is invalid",
        ),
        ({"FailureRedirectionURL": "https://a.test/\r\nX: y"}, "The failure redirection URL"),
    ],
)
def test_templates_that_are_none(
    sesv2: Any, domain: str, members: dict[str, str], text: str
) -> None:
    _, said = fault(sesv2.create_custom_verification_email_template, **{**TEMPLATE, **members})
    assert said.startswith(text)


def test_urls() -> None:
    assert is_url("https://a.test/x?y=z")
    for wrong in ("", "a.test", "ftp://a.test", "https://", "https://a b.test/", "http://[x/"):
        assert not is_url(wrong)


def test_in_the_sandbox(ses: Any, sesv2: Any, domain: str) -> None:
    sesv2.create_custom_verification_email_template(**TEMPLATE)
    code, _ = fault(
        ses.send_custom_verification_email, EmailAddress="bob@other.test", TemplateName="t"
    )
    assert code == "ProductionAccessNotGranted"
