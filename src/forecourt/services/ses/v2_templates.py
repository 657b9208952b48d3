"""Templates, as v2 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import templates
from .stored import BAD, TEMPLATES, Complaint, answering, page_size
from .templates import Unrenderable

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")


@ops.write
@answering(1)
def create_email_template(tx: Tx, req: t.CreateEmailTemplateRequest) -> Any:
    tags = {each["Key"]: each["Value"] for each in req.get("Tags", [])}
    templates.create(tx, req["TemplateName"], req["TemplateContent"], tags)  # type: ignore[arg-type]
    return {}


@ops.read
@answering(1)
def get_email_template(tx: Tx, req: t.GetEmailTemplateRequest) -> Any:
    found = templates.get(tx, req["TemplateName"])
    return {
        "TemplateName": found.name,
        "TemplateContent": dict(found.spec),
        "Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()],
    }


@ops.write
@answering(1)
def update_email_template(tx: Tx, req: t.UpdateEmailTemplateRequest) -> Any:
    found = templates.get(tx, req["TemplateName"])
    templates.change(tx, found, req["TemplateContent"])  # type: ignore[arg-type]
    return {}


@ops.write
@answering(1)
def delete_email_template(tx: Tx, req: t.DeleteEmailTemplateRequest) -> Any:
    TEMPLATES.remove(tx, templates.get(tx, req["TemplateName"]))
    return {}


@ops.read
@answering(1)
def list_email_templates(tx: Tx, req: t.ListEmailTemplatesRequest) -> Any:
    size = page_size(req.get("PageSize", 10), 100)
    found = TEMPLATES.page(tx, req.get("NextToken", ""), size)
    answer: Any = {
        "TemplatesMetadata": [
            {"TemplateName": each.name, "CreatedTimestamp": each.created} for each in found[:size]
        ]
    }
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.read
@answering(1)
def test_render_email_template(tx: Tx, req: t.TestRenderEmailTemplateRequest) -> Any:
    found = templates.get(tx, req["TemplateName"])
    return {"RenderedTemplate": tried(dict(found.spec), req["TemplateData"])}


def tried(content: dict[str, str], data: str) -> str:
    """A template as a message, without sending one.  Complaint."""
    try:
        parts = templates.rendered(content, templates.data_of(data))
    except Unrenderable as failure:
        raise Complaint(BAD, str(failure), "missing attribute") from None
    kind = "text/html" if "Html" in parts else "text/plain"
    body = parts.get("Html", parts.get("Text", ""))
    return f"Subject: {parts['Subject']}\nMIME-Version: 1.0\nContent-Type: {kind}; charset=UTF-8\n\n{body}"
