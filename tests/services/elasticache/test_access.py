"""Access strings and tokens."""

from __future__ import annotations

import pytest

from forecourt.aws.errors import AwsError
from forecourt.services.elasticache import access


@pytest.mark.parametrize(
    "text", ["on ~* +@all", "on ~app:* %R~b &c -@all +get +config|get", "off", "(~a +@read) +@all"]
)
def test_access_strings_that_may_be(text: str) -> None:
    access.check_string(text)


@pytest.mark.parametrize(
    "text",
    ["on >password ~*", "on nopass", "#abc", "on ~*\nuser x on nopass", 'on ~"x', "reset", "<a"],
)
def test_access_strings_that_break_out_are_refused(text: str) -> None:
    with pytest.raises(AwsError):
        access.check_string(text)


def test_tokens_have_a_form() -> None:
    access.check_token("a" * 16)
    for token in ("a" * 15, "a" * 129, "a" * 15 + "@", "a" * 15 + '"', "a" * 16 + " "):
        with pytest.raises(AwsError):
            access.check_token(token)
