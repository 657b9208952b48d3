"""SES as IAM sees it, under both its APIs."""

from __future__ import annotations

import json
from typing import Any

from forecourt.services.ses import (
    AUTHORIZATION_MAIL_MANAGER,
    AUTHORIZATION_V1,
    AUTHORIZATION_V2,
    TABLES,
)
from tests.harness import SECOND, SECOND_KEY, World

from .calls import SUCCESS, fault, queued, send, verify


def test_every_operation_has_its_action() -> None:
    for service, authorization in (
        ("ses", AUTHORIZATION_V1),
        ("sesv2", AUTHORIZATION_V2),
        ("mailmanager", AUTHORIZATION_MAIL_MANAGER),
    ):
        served = {name for ops in TABLES if ops.service == service for name in ops.table}
        assert served == set(authorization.actions)


def user(world: World, *statements: dict[str, Any]) -> Any:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    return world.client("sesv2", (key["AccessKeyId"], key["SecretAccessKey"]))


def test_a_user_by_identity_and_address(world: World, sesv2: Any, domain: str) -> None:
    sesv2.create_email_identity(EmailIdentity="other.test")
    alice = user(
        world,
        {
            "Effect": "Allow", "Action": "ses:SendEmail",
            "Resource": "arn:aws:ses:us-east-1:000000000000:identity/app.test",
            "Condition": {"StringLike": {"ses:FromAddress": "news@*"}},
        },
    )  # fmt: skip
    assert send(alice, SUCCESS, sender="News <news@app.test>")
    assert fault(send, alice, SUCCESS, sender="a@app.test")[0] == "AccessDeniedException"
    assert fault(send, alice, SUCCESS, sender="news@other.test")[0] == "AccessDeniedException"
    assert fault(alice.get_account)[0] == "AccessDeniedException"


def test_policies_of_identities(world: World, sesv2: Any, domain: str) -> None:
    alice = user(world, {"Effect": "Allow", "Action": "sns:*", "Resource": "*"})
    assert fault(send, alice, SUCCESS)[0] == "AccessDeniedException"
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*",
            "Principal": {"AWS": "arn:aws:iam::000000000000:user/alice"},
        },
    }  # fmt: skip
    sesv2.create_email_identity_policy(
        EmailIdentity=domain, PolicyName="p", Policy=json.dumps(policy)
    )
    assert send(alice, SUCCESS)


def test_another_accounts_identity(world: World, sesv2: Any, domain: str) -> None:
    """Sending authorization: the owner of a domain lets another account send as it."""
    arn = "arn:aws:ses:us-east-1:000000000000:identity/app.test"
    other = world.client("sesv2", SECOND_KEY)
    other.put_account_details(
        MailType="MARKETING", WebsiteURL="https://b.test", ProductionAccessEnabled=True
    )
    options = {"FromEmailAddressIdentityArn": arn}
    assert fault(send, other, "b@other.test", **options)[0] == "AccessDeniedException"
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": ["ses:SendEmail", "ses:SendRawEmail"], "Resource": arn,
            "Principal": {"AWS": SECOND},
            "Condition": {"StringLike": {"ses:FromAddress": "news@*"}},
        },
    }  # fmt: skip
    sesv2.create_email_identity_policy(
        EmailIdentity=domain, PolicyName="p", Policy=json.dumps(policy)
    )
    assert fault(send, other, "b@other.test", **options)[0] == "AccessDeniedException"
    send(other, "b@other.test", sender="news@app.test", **options)
    ((_, _, message),) = queued(world)
    assert "d=app.test" in message["DKIM-Signature"]
    # Its quota and its events are those of who sends; an ARN alone opens no other domain.
    assert other.get_account()["SendQuota"]["SentLast24Hours"] == 1
    assert fault(send, other, "b@other.test", sender="news@else.test", **options)[0] == (
        "MessageRejected"
    )
    raw = b"From: %s@app.test\nTo: c@other.test\nX-SES-FROM-ARN: " + arn.encode() + b"\n\nt"
    v1 = world.client("ses", SECOND_KEY)
    code, _ = fault(v1.send_raw_email, RawMessage={"Data": raw % b"boss"})
    assert code == "AccessDenied"
    v1.send_raw_email(RawMessage={"Data": raw % b"news"})


def test_an_identity_that_is_named_is_the_one(world: World, sesv2: Any, domain: str) -> None:
    """A policy on one identity opens no other, whatever ARN is named."""
    sesv2.create_email_identity(EmailIdentity="marketing.test")
    verify(world, "marketing.test")
    arn = "arn:aws:ses:us-east-1:000000000000:identity/marketing.test"
    alice = user(world, {"Effect": "Allow", "Action": "ses:*", "Resource": arn})
    options = {"FromEmailAddressIdentityArn": arn}
    assert fault(send, alice, SUCCESS, sender="ceo@app.test", **options)[0] == "MessageRejected"
    assert send(alice, SUCCESS, sender="news@marketing.test", **options)


def test_recipients_that_a_policy_names(world: World, sesv2: Any, domain: str) -> None:
    only = {"ForAllValues:StringLike": {"ses:Recipients": "*@ok.test"}}
    alice = user(world, {"Effect": "Allow", "Action": "ses:*", "Resource": "*", "Condition": only})
    raw = b"From: a@app.test\nTo: x@o.test\n\nt"
    denied = "AccessDeniedException"
    assert fault(send, alice, "x@o.test")[0] == denied
    assert fault(alice.send_email, Content={"Raw": {"Data": raw}})[0] == denied
    for to in ("x@o.test (@ok.test", "x@o.test, y@ok.test"):
        assert fault(send, alice, to)[0] in (denied, "BadRequestException")
    bulk = fault(
        alice.send_bulk_email, FromEmailAddress="a@app.test",
        DefaultContent={"Template": {"TemplateName": "t", "TemplateData": "{}"}},
        BulkEmailEntries=[{"Destination": {"ToAddresses": ["x@o.test"]}}],
    )  # fmt: skip
    assert bulk[0] == denied


def test_names_sets_and_raw_messages(world: World, sesv2: Any, domain: str) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    identity = "arn:aws:ses:us-east-1:000000000000:identity/app.test"
    alice = user(
        world,
        {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": identity},
        {
            "Effect": "Deny", "Action": "ses:*", "Resource": "*",
            "Condition": {"StringLike": {"ses:FromDisplayName": "*CEO*"}},
        },
    )  # fmt: skip
    denied = "AccessDeniedException"
    assert send(alice, SUCCESS)
    assert fault(send, alice, SUCCESS, sender="The CEO <a@app.test>")[0] == denied
    assert fault(send, alice, SUCCESS, ConfigurationSetName="s")[0] == denied
    raw = b"From: a@app.test\nTo: success@simulator.amazonses.com\n\nt"
    assert fault(alice.send_email, Content={"Raw": {"Data": raw}})[0] == denied
