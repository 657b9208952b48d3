"""Templates, as v2 has them."""

from __future__ import annotations

from typing import Any

from .calls import fault


def test_templates(sesv2: Any) -> None:
    content = {"Subject": "{{s}}", "Text": "t", "Html": "h"}
    sesv2.create_email_template(TemplateName="t", TemplateContent=content)
    assert sesv2.get_email_template(TemplateName="t")["TemplateContent"] == content
    sesv2.update_email_template(TemplateName="t", TemplateContent={"Subject": "{{s}}!"})
    text = sesv2.test_render_email_template(TemplateName="t", TemplateData='{"s": "S"}')
    assert text["RenderedTemplate"].startswith("Subject: S!\n")
    missing = fault(sesv2.test_render_email_template, TemplateName="t", TemplateData="{}")
    assert missing == (
        "BadRequestException",
        "Attribute 's' is not present in the rendering data.",
    )
    (listed,) = sesv2.list_email_templates()["TemplatesMetadata"]
    assert listed["TemplateName"] == "t"
    sesv2.delete_email_template(TemplateName="t")
    code, _ = fault(sesv2.delete_email_template, TemplateName="t")
    assert code == "NotFoundException"
