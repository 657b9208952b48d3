"""Sending: what must hold, the message that is queued, and the events at once."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.ses import sending
from tests.harness import World

from .calls import SUCCESS, fault, queued, send, simple, told, watched


def test_the_sandbox(sesv2: Any, domain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SANDBOX", (200.0, 100.0))
    code, text = fault(send, sesv2, "bob@other.test", sender="x@nowhere.test")
    assert code == "MessageRejected"
    assert text == (
        "Email address is not verified. The following identities failed the check in region"
        " US-EAST-1: x@nowhere.test, bob@other.test"
    )
    assert send(sesv2, SUCCESS)
    assert send(sesv2, "someone@app.test")  # verified, too


def test_a_message_is_queued(world: World, sesv2: Any, domain: str, production: None) -> None:
    id = send(sesv2, "bob@other.test", "carol@third.test")
    ((sender, recipients, message),) = queued(world)
    assert sender == f"{id}@amazonses.com"
    assert recipients == ["bob@other.test", "carol@third.test"]
    assert message["Message-ID"] == f"<{id}@email.amazonses.com>"
    signed = [dict(p.strip().split("=", 1) for p in each.split(";") if "=" in p)["d"]
              for each in message.get_all("DKIM-Signature", [])]  # fmt: skip
    assert signed == ["app.test", "amazonses.com"]


def test_quotas(world: World, sesv2: Any, domain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SANDBOX", (3.0, 100.0))
    send(sesv2, SUCCESS, "a@app.test")
    code, text = fault(send, sesv2, SUCCESS, "a@app.test")
    assert (code, text) == ("TooManyRequestsException", "Daily message quota exceeded.")
    assert sesv2.get_account()["SendQuota"]["SentLast24Hours"] == 2
    monkeypatch.setattr(sending, "SANDBOX", (100.0, 1.0))
    code, text = fault(send, sesv2, SUCCESS)
    assert (code, text) == ("TooManyRequestsException", "Maximum sending rate exceeded.")


def test_recipients_are_bounded(sesv2: Any, domain: str, production: None) -> None:
    many = [f"u{n}@other.test" for n in range(51)]
    assert fault(send, sesv2, *many) == ("BadRequestException", "Recipient count exceeds 50.")
    assert fault(send, sesv2)[0] == "BadRequestException"


def test_what_is_paused(world: World, sesv2: Any, domain: str) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s")
    sesv2.put_configuration_set_sending_options(ConfigurationSetName="s", SendingEnabled=False)
    assert fault(send, sesv2, SUCCESS, ConfigurationSetName="s")[0] == "SendingPausedException"
    sesv2.put_account_sending_attributes(SendingEnabled=False)
    assert fault(send, sesv2, SUCCESS)[0] == "SendingPausedException"


def test_the_set_of_the_identity(world: World, sesv2: Any, domain: str) -> None:
    topic = watched(world, sesv2)
    sesv2.put_email_identity_configuration_set_attributes(
        EmailIdentity=domain, ConfigurationSetName="s"
    )
    send(sesv2, SUCCESS)
    assert [each["eventType"] for each in told(world, topic)] == ["Send", "Delivery"]


def test_a_virus_is_rejected(world: World, sesv2: Any, domain: str, production: None) -> None:
    topic = watched(world, sesv2)
    virus = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    send(sesv2, "bob@other.test", content=simple(text=virus), ConfigurationSetName="s")
    assert queued(world) == []
    sent, rejected = told(world, topic)
    assert (sent["eventType"], rejected["eventType"]) == ("Send", "Reject")
    assert rejected["reject"] == {"reason": "Bad content"}


def test_a_template_whose_data_do_not_suffice(
    world: World, sesv2: Any, domain: str, production: None
) -> None:
    topic = watched(world, sesv2)
    sesv2.create_email_template(
        TemplateName="t", TemplateContent={"Subject": "Hi {{name}}", "Text": "{{pet}}"}
    )

    def wanted(data: str) -> Any:
        return {"Template": {"TemplateName": "t", "TemplateData": data}}

    send(sesv2, "b@other.test", content=wanted('{"name": "A"}'), ConfigurationSetName="s")
    assert queued(world) == []
    (failed,) = told(world, topic)
    assert failed["eventType"] == "Rendering Failure"
    assert failed["failure"]["errorMessage"] == (
        "Attribute 'pet' is not present in the rendering data."
    )
    send(sesv2, "b@other.test", content=wanted('{"name": "A", "pet": "Tom"}'))
    ((_, _, message),) = queued(world)
    assert (message["Subject"], message.get_content().strip()) == ("Hi A", "Tom")


def test_who_is_suppressed(world: World, sesv2: Any, domain: str, production: None) -> None:
    topic = watched(world, sesv2)
    sesv2.put_suppressed_destination(EmailAddress="Bad@other.test", Reason="BOUNCE")
    send(sesv2, "bad@other.test", "good@other.test", ConfigurationSetName="s")
    ((_, recipients, _),) = queued(world)
    assert recipients == ["good@other.test"]
    _, bounce = told(world, topic)
    assert bounce["bounce"]["bounceSubType"] == "OnAccountSuppressionList"


def test_a_mail_from_domain_that_is_not_proven(
    world: World, sesv2: Any, domain: str, production: None
) -> None:
    sesv2.put_email_identity_mail_from_attributes(
        EmailIdentity=domain, MailFromDomain="bounce.app.test", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    assert fault(send, sesv2, "b@other.test")[0] == "MailFromDomainNotVerifiedException"
    sesv2.put_email_identity_mail_from_attributes(
        EmailIdentity=domain, MailFromDomain="bounce.app.test"
    )
    send(sesv2, "b@other.test")
    assert queued(world)[0][0].endswith("@amazonses.com")


def test_a_set_that_is_not_there(sesv2: Any, domain: str) -> None:
    assert fault(send, sesv2, SUCCESS, ConfigurationSetName="none")[0] == "NotFoundException"


def test_recipients_count(sesv2: Any, domain: str, production: None) -> None:
    """The rate is of recipients, 14 a second."""
    send(sesv2, *(f"u{n}@other.test" for n in range(14)))
    code, _ = fault(send, sesv2, "b@other.test")
    assert code == "TooManyRequestsException"
