"""Domains are proven by what anybody on the internet sees, and lost with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from forecourt.services.route53.delegating import delegate_zone
from forecourt.services.ses.reconcile import AGAIN, plain, reconcile
from forecourt.services.ses.stored import IDENTITIES
from forecourt.store.tx import Tx
from tests.harness import SECOND_KEY, World
from tests.planes.resolver.local import Internet, values

from .calls import ME

Records = Mapping[tuple[str, str], list[str]]


def look(world: World, name: str, records: Records | None) -> float | None:
    """One look at an identity; records None: nobody answers."""

    async def outside(name: str, type_: str) -> list[str]:
        if records is None:
            raise OSError("nobody answers")
        return records.get((name, type_), [])

    arn = f"arn:aws:ses:us-east-1:000000000000:identity/{name}"
    return asyncio.run(reconcile(world.store, outside, arn))


def keys(tokens: list[str]) -> Records:
    return {
        (f"{token}._domainkey.app.test.", "CNAME"): [f"{token}.dkim.amazonses.com."]
        for token in tokens
    }


def state(sesv2: Any) -> tuple[str, str]:
    found = sesv2.get_email_identity(EmailIdentity="app.test")
    return found["VerificationStatus"], found["DkimAttributes"]["Status"]


@pytest.fixture
def tokens(sesv2: Any) -> list[str]:
    made = sesv2.create_email_identity(EmailIdentity="app.test")
    return list(made["DkimAttributes"]["Tokens"])


def test_three_names(world: World, sesv2: Any, tokens: list[str]) -> None:
    assert state(sesv2) == ("PENDING", "PENDING")
    look(world, "app.test", keys(tokens[:2]))
    assert state(sesv2) == ("PENDING", "PENDING")
    assert look(world, "app.test", keys(tokens)) == AGAIN
    assert state(sesv2) == ("SUCCESS", "SUCCESS")


def test_records_that_vanish(world: World, sesv2: Any, tokens: list[str], later: Any) -> None:
    look(world, "app.test", keys(tokens))
    look(world, "app.test", None)
    assert state(sesv2) == ("SUCCESS", "SUCCESS")  # nobody can tell
    look(world, "app.test", {})
    assert state(sesv2) == ("TEMPORARY_FAILURE", "TEMPORARY_FAILURE")
    assert sesv2.get_email_identity(EmailIdentity="app.test")["VerifiedForSendingStatus"]
    look(world, "app.test", keys(tokens))
    assert state(sesv2) == ("SUCCESS", "SUCCESS")
    look(world, "app.test", {})
    later(6)
    look(world, "app.test", {})
    assert state(sesv2) == ("FAILED", "FAILED")


def test_patience_ends(world: World, sesv2: Any, tokens: list[str], later: Any) -> None:
    later(4)
    look(world, "app.test", {})
    assert state(sesv2) == ("FAILED", "FAILED")


def test_the_record_of_the_first_api(world: World, ses: Any) -> None:
    token = ses.verify_domain_identity(Domain="app.test")["VerificationToken"]
    record = ("_amazonses.app.test.", "TXT")
    other = world.client("ses", SECOND_KEY).verify_domain_identity(Domain="app.test")
    assert other["VerificationToken"] != token

    def status() -> str:
        found = ses.get_identity_verification_attributes(Identities=["app.test"])
        return str(found["VerificationAttributes"]["app.test"]["VerificationStatus"])

    look(world, "app.test", {record: [f'"{other["VerificationToken"]}"']})
    assert status() == "Pending"
    look(world, "app.test", {record: ['"spf"', f'"{token}"']})
    assert status() == "Success"


def test_the_mail_from_domain(world: World, sesv2: Any, tokens: list[str]) -> None:
    sesv2.put_email_identity_mail_from_attributes(
        EmailIdentity="app.test", MailFromDomain="bounce.app.test"
    )

    def status() -> str:
        found = sesv2.get_email_identity(EmailIdentity="app.test")
        return str(found["MailFromAttributes"]["MailFromDomainStatus"])

    record, right = ("bounce.app.test.", "MX"), "10 feedback-smtp.us-east-1.amazonses.com."
    for wrong in ([], ["10 mx.other.test."], [right, "20 mx.other.test."]):
        look(world, "app.test", {record: wrong})
        assert status() == "PENDING"
    look(world, "app.test", {record: [right]})
    assert status() == "SUCCESS"


def test_what_is_gone_is_not_looked_at(world: World) -> None:
    assert look(world, "none.test", {}) is None


def test_addresses_are_not_looked_at(world: World, sesv2: Any) -> None:
    sesv2.create_email_identity(EmailIdentity="a@app.test")
    assert look(world, "a@app.test", {}) is None

    def status(tx: Tx) -> Any:
        tx.call = ME
        found = IDENTITIES.find(tx, "a@app.test")
        return found and found.status["Verification"]

    assert world.store.read_now(status) == "PENDING"


@pytest.mark.parametrize(("value", "text"), [('"a" "b"', "ab"), ('"a"', "a"), ("a", "a")])
def test_strings_of_a_value_are_one(value: str, text: str) -> None:
    assert plain(value) == text


def test_a_private_zone_proves_nothing(world: World, sesv2: Any, tokens: list[str]) -> None:
    """Only what everybody sees counts."""
    vpc = world.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    route53 = world.client("route53")
    zone = route53.create_hosted_zone(
        Name="app.test", CallerReference="p", HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": "us-east-1", "VPCId": vpc},
    )["HostedZone"]["Id"]  # fmt: skip
    publish(route53, zone, tokens)
    as_everybody(world)
    assert state(sesv2) == ("PENDING", "PENDING")
    public = route53.create_hosted_zone(Name="app.test", CallerReference="q")["HostedZone"]["Id"]
    publish(route53, public, tokens)
    world.store.write_now(delegate_zone, "app.test")
    as_everybody(world)
    assert state(sesv2) == ("SUCCESS", "SUCCESS")


def publish(route53: Any, zone: str, tokens: list[str]) -> None:
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"{token}._domainkey.app.test", "Type": "CNAME", "TTL": 60,
                "ResourceRecords": [{"Value": f"{token}.dkim.amazonses.com"}],
            },
        }
        for token in tokens
    ]  # fmt: skip
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def as_everybody(world: World) -> None:
    """A look through the internet of the world, from its root."""

    async def outside(name: str, type_: str) -> list[str]:
        return values(await Internet(world).resolve(name, type_))

    arn = "arn:aws:ses:us-east-1:000000000000:identity/app.test"
    asyncio.run(reconcile(world.store, outside, arn))
