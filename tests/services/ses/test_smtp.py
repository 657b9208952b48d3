"""The SMTP interface: passwords out of secrets, and what a caller may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecourt.services.ses import smtp
from forecourt.services.ses.smtp import SmtpCaller
from forecourt.services.ses.stored import Complaint
from tests.harness import FIRST_KEY, World

from .calls import queued

RAW = b"From: a@app.test\r\nTo: b@other.test\r\nSubject: s\r\n\r\nt\r\n"


def test_the_password() -> None:
    """The example of https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html"""
    wanted = "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"
    assert smtp.password_of("some+secret+key", "eu-central-1") == wanted


def test_who_signs_in(world: World) -> None:
    key, secret = FIRST_KEY
    good = smtp.password_of(secret, "eu-west-1")
    found = world.store.read_now(smtp.signed_in, key, good)
    assert found is not None
    assert (found.account, found.region) == ("000000000000", "eu-west-1")
    for user, password in ((key, secret), (key, ""), ("AKIANOBODYATALL00000", good)):
        assert world.store.read_now(smtp.signed_in, user, password) is None
    assert smtp.is_key(key)
    assert not smtp.is_key("ann@app.test")


def caller_of(world: World, policy: dict[str, Any] | None) -> SmtpCaller:
    iam = world.client("iam")
    iam.create_user(UserName="mailer")
    if policy is not None:
        statement = {"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*", **policy}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(UserName="mailer", PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="mailer")["AccessKey"]
    password = smtp.password_of(key["SecretAccessKey"], "us-east-1")
    found = world.store.read_now(smtp.signed_in, key["AccessKeyId"], password)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("policy", "may"),
    [
        (None, False),
        ({}, True),
        ({"Action": "ses:SendEmail"}, False),
        ({"Resource": "arn:aws:ses:*:*:identity/app.test"}, True),
        ({"Resource": "arn:aws:ses:*:*:identity/other.test"}, False),
        ({"Condition": {"StringEquals": {"ses:FromAddress": "a@app.test"}}}, True),
        ({"Condition": {"StringEquals": {"ses:FromAddress": "b@app.test"}}}, False),
    ],
)
def test_what_a_user_may(
    world: World, domain: str, policy: dict[str, Any] | None, may: bool
) -> None:
    caller = caller_of(world, policy)
    wanted = smtp.wanted_of(RAW, "a@app.test", ["b@other.test"])

    async def ask() -> bool:
        return await world.store.read_for(
            caller.call, lambda tx, _: smtp.may_send(tx, caller, wanted, "127.0.0.1"), None
        )

    import anyio

    assert anyio.run(ask) is may


def test_another_accounts_identity(world: World, domain: str) -> None:
    caller = caller_of(world, {})
    foreign = b"X-SES-FROM-ARN: arn:aws:ses:us-east-1:111122223333:identity/app.test\r\n"
    wanted = smtp.wanted_of(foreign + RAW, "a@app.test", ["b@other.test"])

    async def ask() -> bool:
        return await world.store.read_for(
            caller.call, lambda tx, _: smtp.may_send(tx, caller, wanted, "127.0.0.1"), None
        )

    import anyio

    assert not anyio.run(ask)


def test_a_message(world: World, domain: str, production: None) -> None:
    caller = caller_of(world, {})
    wanted = smtp.wanted_of(RAW, "a@app.test", ["b@other.test"])

    async def send() -> str:
        store = world.store
        plan = await store.read_for(caller.call, lambda tx, _: smtp.planned(tx, wanted), None)
        made = smtp.made_ready(wanted, plan)
        return await store.write_for(
            caller.call, lambda tx, _: smtp.accepted(tx, wanted, plan, made), None
        )

    import anyio

    id = anyio.run(send)
    ((_, recipients, message),) = queued(world)
    assert recipients == ["b@other.test"]
    assert id in message["Message-ID"]
    with pytest.raises(Complaint):
        smtp.wanted_of(b"no header", "a@app.test", ["b@other.test"])


def test_a_key_that_holds_no_more(world: World, domain: str) -> None:
    """IAM is asked at each message, not when somebody signed in."""
    caller = caller_of(world, {})
    wanted = smtp.wanted_of(RAW, "a@app.test", ["b@other.test"])

    async def ask() -> bool:
        return await world.store.read_for(
            caller.call, lambda tx, _: smtp.may_send(tx, caller, wanted, "127.0.0.1"), None
        )

    import anyio

    assert anyio.run(ask)
    iam = world.client("iam")
    iam.update_access_key(UserName="mailer", AccessKeyId=caller.key_id, Status="Inactive")
    assert not anyio.run(ask)
    iam.update_access_key(UserName="mailer", AccessKeyId=caller.key_id, Status="Active")
    iam.delete_user_policy(UserName="mailer", PolicyName="p")
    assert not anyio.run(ask)
