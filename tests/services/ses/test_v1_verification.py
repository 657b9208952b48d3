"""Custom verification mails, as v1 has them."""

from __future__ import annotations

from typing import Any

from .calls import fault
from .test_verification import TEMPLATE


def test_templates(ses: Any, domain: str, production: None) -> None:
    ses.create_custom_verification_email_template(**TEMPLATE)
    again = fault(ses.create_custom_verification_email_template, **TEMPLATE)
    assert again == (
        "CustomVerificationEmailTemplateAlreadyExists",
        "Custom verification email template <t> already exists",
    )
    ses.update_custom_verification_email_template(TemplateName="t", TemplateSubject="Again")
    found = ses.get_custom_verification_email_template(TemplateName="t")
    assert (found["TemplateSubject"], found["TemplateContent"]) == ("Again", "<p>Hi</p>")
    (listed,) = ses.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"]
    assert "TemplateContent" not in listed
    assert ses.send_custom_verification_email(EmailAddress="b@other.test", TemplateName="t")
    ses.delete_custom_verification_email_template(TemplateName="t")
    gone = fault(ses.get_custom_verification_email_template, TemplateName="t")
    assert gone[0] == "CustomVerificationEmailTemplateDoesNotExist"
