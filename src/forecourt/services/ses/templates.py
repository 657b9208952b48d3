"""Templates of messages.

https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forecourt.store.resources import Resource

from . import handlebars
from .handlebars import BadTemplate, Block, Missing, TooLarge
from .stored import BAD, EXISTS, LIMIT, NOT_FOUND, TEMPLATES, Complaint

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
PARTS = ("Subject", "Text", "Html")
MOST = 20_000
LARGEST_DATA = 262_144  # characters


class Unrenderable(Exception):
    """A template that the data do not suffice for; the text is AWS's."""


def find(tx: Tx, name: str) -> Resource | None:
    return TEMPLATES.find(tx, name)


def get(tx: Tx, name: str) -> Resource:
    found = TEMPLATES.find(tx, name)
    if found is None:
        raise Complaint(
            NOT_FOUND, f"Template {name} does not exist.", "template", TemplateName=name
        )
    return found


def create(tx: Tx, name: str, content: Mapping[str, str], tags: Mapping[str, str]) -> Resource:
    if NAME.match(name) is None:
        raise Complaint(BAD, f"Invalid template name {name}.", "template", TemplateName=name)
    if TEMPLATES.find(tx, name) is not None:
        raise Complaint(EXISTS, f"Template {name} already exists.", "template", Name=name)
    if TEMPLATES.count(tx) >= MOST:
        raise Complaint(LIMIT, f"An account has at most {MOST} templates in a region.")
    return TEMPLATES.create(tx, name, checked(name, content), {}, tags)


def change(tx: Tx, found: Resource, content: Mapping[str, str]) -> None:
    TEMPLATES.change(tx, found, spec=checked(found.name, content))


def checked(name: str, content: Mapping[str, str]) -> dict[str, str]:
    """The parts of a template.  Complaint."""
    found = {part: content[part] for part in PARTS if content.get(part)}
    if "Subject" not in found:
        raise Complaint(BAD, "The subject must be specified.", "template", TemplateName=name)
    for text in found.values():
        try:
            parsed(text)
        except BadTemplate as bad:
            raise Complaint(
                BAD, f"The template is invalid: {bad}", "template", TemplateName=name
            ) from None
    return found


@lru_cache(maxsize=512)
def parsed(text: str) -> list[Block]:
    return handlebars.parse(text)


def data_of(text: str) -> dict[str, Any]:
    """Rendering data.  Complaint."""
    if len(text) > LARGEST_DATA:
        raise Complaint(BAD, "The template data are too large.", "rendering")
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Complaint(BAD, "The template data are no JSON object.", "rendering")
    return found


OURS = {"amazonSESUnsubscribeUrl": "{{amazonSESUnsubscribeUrl}}"}  # what is replaced later


def rendered(
    content: Mapping[str, str], data: Mapping[str, Any], is_of_list: bool = False
) -> dict[str, str]:
    """A message's parts.  Unrenderable."""
    if is_of_list:
        data = {**data, **OURS}
    try:
        found = {part: handlebars.render(parsed(text), data) for part, text in content.items()}
        for text in found.values():
            text.encode()
        return found
    except UnicodeEncodeError:
        raise Unrenderable("The rendering data have characters that are none.") from None
    except Missing as missing:
        raise Unrenderable(f"Attribute '{missing}' is not present in the rendering data.") from None
    except TooLarge:
        raise Unrenderable("The rendered message is too large.") from None
    except BadTemplate as bad:
        raise Unrenderable(f"The template is invalid: {bad}") from None
