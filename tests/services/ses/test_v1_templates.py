"""Templates, as v1 has them."""

from __future__ import annotations

from typing import Any

from .calls import fault


def test_templates(ses: Any, sesv2: Any) -> None:
    given = {"TemplateName": "t", "SubjectPart": "{{s}}", "HtmlPart": "<b>{{a.b}}</b>"}
    ses.create_template(Template=given)
    assert ses.get_template(TemplateName="t")["Template"] == given
    assert sesv2.get_email_template(TemplateName="t")["TemplateContent"] == {
        "Subject": "{{s}}", "Html": "<b>{{a.b}}</b>",
    }  # fmt: skip
    text = ses.test_render_template(
        TemplateName="t", TemplateData='{"s": "S", "a": {"b": "x & y"}}'
    )["RenderedTemplate"]
    assert text.startswith("Subject: S\n")
    assert text.endswith("<b>x & y</b>")
    assert fault(ses.test_render_template, TemplateName="t", TemplateData="{}") == (
        "MissingRenderingAttribute",
        "Attribute 's' is not present in the rendering data.",
    )
    assert fault(ses.test_render_template, TemplateName="t", TemplateData="[]")[0] == (
        "InvalidRenderingParameter"
    )
    ses.update_template(Template={**given, "HtmlPart": "h"})
    assert fault(ses.create_template, Template=given)[0] == "AlreadyExists"
    broken = {"TemplateName": "u", "SubjectPart": "{{#if a}}"}
    assert fault(ses.create_template, Template=broken)[0] == "InvalidTemplate"
    (listed,) = ses.list_templates()["TemplatesMetadata"]
    assert listed["Name"] == "t"
    ses.delete_template(TemplateName="t")
    assert fault(ses.get_template, TemplateName="t") == (
        "TemplateDoesNotExist",
        "Template t does not exist.",
    )
