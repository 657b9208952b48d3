"""Identities, as v1 has them."""

from __future__ import annotations

import json
from typing import Any

from tests.harness import World

from .calls import fault, topic, verify


def test_domains_and_addresses(world: World, ses: Any) -> None:
    assert ses.verify_domain_identity(Domain="App.test")["VerificationToken"]
    tokens = ses.verify_domain_dkim(Domain="app.test")["DkimTokens"]
    assert len(tokens) == 3
    assert ses.verify_domain_dkim(Domain="app.test")["DkimTokens"] == tokens
    ses.verify_email_identity(EmailAddress="a@other.test")
    ses.verify_email_address(EmailAddress="b@other.test")
    assert ses.list_identities()["Identities"] == ["a@other.test", "app.test", "b@other.test"]
    assert ses.list_identities(IdentityType="Domain")["Identities"] == ["app.test"]
    first = ses.list_identities(MaxItems=2)
    assert ses.list_identities(NextToken=first["NextToken"])["Identities"] == ["b@other.test"]
    assert ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == []
    verify(world, "a@other.test")
    assert ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == ["a@other.test"]
    ses.delete_verified_email_address(EmailAddress="a@other.test")
    ses.delete_identity(Identity="app.test")
    ses.delete_identity(Identity="app.test")
    assert ses.list_identities()["Identities"] == ["b@other.test"]
    assert fault(ses.verify_domain_identity, Domain="a@b.test")[0] == "InvalidParameterValue"
    assert fault(ses.verify_email_identity, EmailAddress="b.test")[0] == "InvalidParameterValue"


def test_attributes(world: World, ses: Any, domain: str) -> None:
    dkim = ses.get_identity_dkim_attributes(Identities=[domain, "none.test"])["DkimAttributes"]
    assert set(dkim) == {domain}
    assert dkim[domain]["DkimVerificationStatus"] == "Success"
    ses.set_identity_dkim_enabled(Identity=domain, DkimEnabled=False)
    ses.set_identity_feedback_forwarding_enabled(Identity=domain, ForwardingEnabled=False)
    arn = topic(world)
    ses.set_identity_notification_topic(Identity=domain, NotificationType="Bounce", SnsTopic=arn)
    found = ses.get_identity_notification_attributes(Identities=[domain])
    shown = found["NotificationAttributes"][domain]
    assert (shown["BounceTopic"], shown["ForwardingEnabled"]) == (arn, False)
    ses.set_identity_notification_topic(Identity=domain, NotificationType="Bounce")
    wrong = fault(
        ses.set_identity_notification_topic, Identity=domain, NotificationType="Bounce",
        SnsTopic=arn + "x",
    )  # fmt: skip
    assert wrong[0] == "InvalidParameterValue"
    assert fault(ses.set_identity_dkim_enabled, Identity="none.test", DkimEnabled=True)


def test_the_mail_from_domain(ses: Any, domain: str) -> None:
    def put(name: str) -> Any:
        return ses.set_identity_mail_from_domain(
            Identity=domain, MailFromDomain=name, BehaviorOnMXFailure="RejectMessage"
        )

    put("bounce.app.test")
    found = ses.get_identity_mail_from_domain_attributes(Identities=[domain])
    assert found["MailFromDomainAttributes"][domain] == {
        "MailFromDomain": "bounce.app.test",
        "MailFromDomainStatus": "Pending",
        "BehaviorOnMXFailure": "RejectMessage",
    }
    code, text = fault(put, "other.test")
    assert (code, text) == (
        "InvalidParameterValue",
        "Provided MAIL-FROM domain <other.test> is not subdomain of <app.test>.",
    )


def test_policies(ses: Any, domain: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "ses:SendEmail", "Resource": "*"
        },
    }  # fmt: skip
    ses.put_identity_policy(Identity=domain, PolicyName="p", Policy=json.dumps(policy))
    assert ses.list_identity_policies(Identity=domain)["PolicyNames"] == ["p"]
    found = ses.get_identity_policies(Identity=domain, PolicyNames=["p", "q"])["Policies"]
    assert json.loads(found["p"]) == policy
    assert fault(ses.put_identity_policy, Identity=domain, PolicyName="q", Policy="{}")
    ses.delete_identity_policy(Identity=domain, PolicyName="p")
    assert ses.list_identity_policies(Identity=domain)["PolicyNames"] == []
