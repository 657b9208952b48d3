"""Public suffixes, and the registries above a name."""

from __future__ import annotations

import pytest

from forecourt.platform.names.suffixes import public_suffix, registrable, registries


@pytest.mark.parametrize(
    ("name", "suffix", "own", "above"),
    [
        ("www.jpub.co.kr", "co.kr", "jpub.co.kr", ["kr", "co.kr"]),
        ("co.kr", "co.kr", None, ["kr", "co.kr"]),
        ("example.com", "com", "example.com", ["com"]),
        ("foo.github.io", "io", "github.io", ["io"]),
        ("x.test", "test", "x.test", ["test"]),
        ("www.school.k12.ak.us", "k12.ak.us", "school.k12.ak.us", ["us", "ak.us", "k12.ak.us"]),
    ],
)
def test_names(name: str, suffix: str, own: str | None, above: list[str]) -> None:
    assert public_suffix(name) == suffix
    assert registrable(name) == own
    assert registries(suffix) == above
