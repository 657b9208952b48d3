"""Identities, as v2 has them."""

from __future__ import annotations

import json
from typing import Any

from tests.harness import World

from .calls import fault, verify


def test_a_domain(world: World, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    made = sesv2.create_email_identity(
        EmailIdentity="App.test", ConfigurationSetName="s", Tags=[{"Key": "k", "Value": "v"}]
    )
    assert (made["IdentityType"], made["VerifiedForSendingStatus"]) == ("DOMAIN", False)
    assert len(made["DkimAttributes"]["Tokens"]) == 3
    again = fault(sesv2.create_email_identity, EmailIdentity="app.test")
    assert again == ("AlreadyExistsException", "Email identity app.test already exists.")
    verify(world, "app.test")
    found = sesv2.get_email_identity(EmailIdentity="app.test")
    assert (found["VerifiedForSendingStatus"], found["ConfigurationSetName"]) == (True, "s")
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    old = made["DkimAttributes"]["Tokens"]
    new = sesv2.put_email_identity_dkim_signing_attributes(
        EmailIdentity="app.test", SigningAttributesOrigin="AWS_SES"
    )
    assert not set(new["DkimTokens"]) & set(old)
    sesv2.put_email_identity_feedback_attributes(
        EmailIdentity="app.test", EmailForwardingEnabled=False
    )
    assert not sesv2.get_email_identity(EmailIdentity="app.test")["FeedbackForwardingStatus"]
    sesv2.delete_email_identity(EmailIdentity="app.test")
    gone = fault(sesv2.get_email_identity, EmailIdentity="app.test")
    assert gone == ("NotFoundException", "Email identity app.test does not exist.")


def test_lists(world: World, sesv2: Any) -> None:
    for name in ("a@b.test", "b.test", "c.test"):
        sesv2.create_email_identity(EmailIdentity=name)
    verify(world, "b.test")
    first = sesv2.list_email_identities(PageSize=2)
    shown = {each["IdentityName"]: each["SendingEnabled"] for each in first["EmailIdentities"]}
    assert shown == {"a@b.test": False, "b.test": True}
    rest = sesv2.list_email_identities(NextToken=first["NextToken"])["EmailIdentities"]
    assert [each["IdentityName"] for each in rest] == ["c.test"]


def test_policies(sesv2: Any, domain: str) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Principal": "*", "Action": "ses:*", "Resource": "*"},
        }
    )
    given = {"EmailIdentity": domain, "PolicyName": "p", "Policy": policy}
    assert fault(sesv2.update_email_identity_policy, **given)[0] == "NotFoundException"
    sesv2.create_email_identity_policy(**given)
    assert fault(sesv2.create_email_identity_policy, **given)[0] == "AlreadyExistsException"
    sesv2.update_email_identity_policy(**given)
    assert sesv2.get_email_identity_policies(EmailIdentity=domain)["Policies"] == {"p": policy}
    sesv2.delete_email_identity_policy(EmailIdentity=domain, PolicyName="p")
    assert sesv2.get_email_identity_policies(EmailIdentity=domain)["Policies"] == {}
