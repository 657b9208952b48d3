"""Public suffixes, and the registries above a name."""

from __future__ import annotations

import pytest

from forecourt.platform.names.suffixes import (
    is_for_private_use,
    is_known,
    public_suffix,
    registrable,
    registries,
)


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


@pytest.mark.parametrize(
    ("suffix", "known"), [("com", True), ("co.kr", True), ("test", False), ("example.com", False)]
)
def test_suffixes_that_somebody_runs(suffix: str, known: bool) -> None:
    assert is_known(suffix) == known


@pytest.mark.parametrize(
    ("name", "private"),
    [("corp", True), ("a.internal", True), ("mail.com", False), ("test", False)],
)
def test_suffixes_for_private_use(name: str, private: bool) -> None:
    assert is_for_private_use(name) == private
