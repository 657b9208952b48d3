"""The record that proves a domain, and the mails that ask for approval."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from forecourt.gateway.public import Public
from forecourt.platform import outbox
from forecourt.roles.gateway import LINKS
from forecourt.services.acm import validation
from tests.harness import SECOND_KEY, World

from .calls import EC, Proving, refused


def records(client: Any, arn: str) -> list[dict[str, str]]:
    shown = client.describe_certificate(CertificateArn=arn)["Certificate"]
    return [option["ResourceRecord"] for option in shown["DomainValidationOptions"]]


def test_the_record(world: World, proving: Proving) -> None:
    """One per account and domain, whatever the region; a wildcard's is its apex's."""
    arn = proving.request("*.jpub.co.kr", SubjectAlternativeNames=["jpub.co.kr", "a.jpub.co.kr"])
    wild, apex, below = records(proving.acm, arn)
    assert wild == apex != below
    assert re.fullmatch(r"_[0-9a-f]{32}\.jpub\.co\.kr\.", apex["Name"])
    assert re.fullmatch(r"_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.", apex["Value"])
    for client, same in (
        (world.client("acm", region="eu-west-1"), True),
        (world.client("acm", SECOND_KEY), False),
    ):
        other = client.request_certificate(DomainName="jpub.co.kr", ValidationMethod="DNS")
        assert (records(client, other["CertificateArn"]) == [apex]) == same


def confirm(world: World, text: str) -> int:
    (token,) = re.findall(r"/confirm/(\S+)", text)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "POST", "path": f"/confirm/{token}"}
    asyncio.run(Public(world.store, LINKS)(scope, receive, send))
    return int(sent[0]["status"])


def test_by_mail(world: World, proving: Proving) -> None:
    arn = proving.request(
        "www.jpub.co.kr",
        ValidationMethod="EMAIL",
        DomainValidationOptions=[
            {"DomainName": "www.jpub.co.kr", "ValidationDomain": "jpub.co.kr"}
        ],
    )
    (option,) = proving.describe(arn)["DomainValidationOptions"]
    assert option["ValidationEmails"] == [f"{box}@jpub.co.kr" for box in validation.MAILBOXES]
    held = world.store.read_now(outbox.sent)
    assert sorted(each.spec["To"] for each in held) == sorted(option["ValidationEmails"])
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "PENDING_VALIDATION"
    assert confirm(world, held[0].spec["Text"]) == 200
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "ISSUED"
    assert confirm(world, held[1].spec["Text"]) == 200


def test_mailed_again(world: World, proving: Proving) -> None:
    arn = proving.request("www.jpub.co.kr", ValidationMethod="EMAIL")
    before = len(world.store.read_now(outbox.sent))
    of = {"CertificateArn": arn, "Domain": "www.jpub.co.kr"}
    proving.acm.resend_validation_email(**of, ValidationDomain="jpub.co.kr")
    assert len(world.store.read_now(outbox.sent)) == before + 5
    with refused("InvalidDomainValidationOptionsException"):
        proving.acm.resend_validation_email(**of, ValidationDomain="example.com")
    by_dns = proving.request("jpub.co.kr")
    with refused("InvalidStateException"):
        proving.acm.resend_validation_email(
            CertificateArn=by_dns, Domain="jpub.co.kr", ValidationDomain="jpub.co.kr"
        )


def test_from_mail_to_dns(proving: Proving) -> None:
    arn = proving.request("jpub.co.kr", ValidationMethod="EMAIL", **EC)
    proving.acm.update_certificate_options(CertificateArn=arn, Options={"ValidationMethod": "DNS"})
    proving.record(arn)
    proving.look(arn)
    assert proving.describe(arn)["Status"] == "ISSUED"


def test_what_can_be_certified() -> None:
    for name, public in (("a.com", True), ("*.a.com", True), ("com", False), ("a.corp", False)):
        assert validation.is_public(name) == public
