"""Custom verification mails, as v2 has them."""

from __future__ import annotations

from typing import Any

from .calls import fault
from .test_verification import TEMPLATE


def test_templates(sesv2: Any, domain: str) -> None:
    sesv2.create_custom_verification_email_template(**TEMPLATE)
    again = fault(sesv2.create_custom_verification_email_template, **TEMPLATE)
    assert again[0] == "AlreadyExistsException"
    sesv2.update_custom_verification_email_template(**{**TEMPLATE, "TemplateSubject": "Again"})
    found = sesv2.get_custom_verification_email_template(TemplateName="t")
    assert found["TemplateSubject"] == "Again"
    listed = sesv2.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"]
    assert [each["TemplateName"] for each in listed] == ["t"]
    sesv2.delete_custom_verification_email_template(TemplateName="t")
    gone = fault(sesv2.delete_custom_verification_email_template, TemplateName="t")
    assert gone[0] == "NotFoundException"
