"""Texts out of TXT records."""

from __future__ import annotations

import asyncio

from forecourt.planes.mail.asking import texts
from tests.roles.mail.conftest import Names


def test_strings_of_a_record_are_one_text() -> None:
    names = Names()
    names.add("b.test", "TXT", '"one " "text"', '"\\255"')
    assert asyncio.run(texts(names, "b.test")) == ["one text", "\ufffd"]
    assert asyncio.run(texts(names, "c.test")) == []
