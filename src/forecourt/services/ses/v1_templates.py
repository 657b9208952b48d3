"""Templates, as v1 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import templates
from .stored import TEMPLATES, answering, page_size
from .v2_templates import tried

if TYPE_CHECKING:
    from forecourt.aws.types import ses as t
    from forecourt.store.tx import Tx

ops = Operations("ses")
PARTS = {"SubjectPart": "Subject", "TextPart": "Text", "HtmlPart": "Html"}


def content_of(given: Any) -> dict[str, str]:
    return {part: given[name] for name, part in PARTS.items() if given.get(name)}


@ops.write
@answering(0)
def create_template(tx: Tx, req: t.CreateTemplateRequest) -> Any:
    given = req["Template"]
    templates.create(tx, given["TemplateName"], content_of(given), {})
    return {}


@ops.read
@answering(0)
def get_template(tx: Tx, req: t.GetTemplateRequest) -> Any:
    found = templates.get(tx, req["TemplateName"])
    shown = {name: found.spec[part] for name, part in PARTS.items() if part in found.spec}
    return {"Template": {"TemplateName": found.name, **shown}}


@ops.write
@answering(0)
def update_template(tx: Tx, req: t.UpdateTemplateRequest) -> Any:
    given = req["Template"]
    templates.change(tx, templates.get(tx, given["TemplateName"]), content_of(given))
    return {}


@ops.write
def delete_template(tx: Tx, req: t.DeleteTemplateRequest) -> Any:
    if (found := templates.find(tx, req["TemplateName"])) is not None:
        TEMPLATES.remove(tx, found)
    return {}


@ops.read
def list_templates(tx: Tx, req: t.ListTemplatesRequest) -> Any:
    size = page_size(req.get("MaxItems", 10), 100)
    found = TEMPLATES.page(tx, req.get("NextToken", ""), size)
    answer: Any = {
        "TemplatesMetadata": [
            {"Name": each.name, "CreatedTimestamp": each.created} for each in found[:size]
        ]
    }
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.read
@answering(0)
def test_render_template(tx: Tx, req: t.TestRenderTemplateRequest) -> Any:
    found = templates.get(tx, req["TemplateName"])
    return {"RenderedTemplate": tried(dict(found.spec), req["TemplateData"])}
