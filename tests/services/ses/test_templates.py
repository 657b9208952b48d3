"""Templates: kept when they can be rendered at all."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.ses import templates
from forecourt.services.ses.stored import Complaint
from forecourt.services.ses.templates import Unrenderable

from .calls import fault


def test_data() -> None:
    assert templates.data_of('{"a": 1}') == {"a": 1}
    assert templates.data_of("") == {}
    for text in ("[]", "{", "1", "[" * 100_000, '{"a":"' + "x" * 300_000 + '"}'):
        with pytest.raises(Complaint):
            templates.data_of(text)


def test_what_cannot_be_rendered() -> None:
    content = {"Subject": "{{s}}", "Text": "{{#each l}}{{this}}{{/each}}"}
    assert templates.rendered(content, {"s": "S", "l": [1, 2]}) == {"Subject": "S", "Text": "12"}
    with pytest.raises(Unrenderable) as raised:
        templates.rendered(content, {"l": []})
    assert str(raised.value) == "Attribute 's' is not present in the rendering data."


def test_names_and_contents(sesv2: Any) -> None:
    def create(name: str, **content: str) -> Any:
        return sesv2.create_email_template(TemplateName=name, TemplateContent=content)

    create("t", Subject="s", Text="{{a}}")
    assert fault(create, "t", Subject="s")[0] == "AlreadyExistsException"
    for name, content in (
        ("a b", {"Subject": "s"}),
        ("u", {"Text": "no subject"}),
        ("u", {"Subject": "{{#if a}}"}),
    ):
        assert fault(create, name, **content)[0] == "BadRequestException"
