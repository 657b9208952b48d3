"""Where other people's test cases are: a folder beside the checkout, not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("FORECOURT_TEST_DATA", Path(__file__).parents[3] / "shared/data"))


def folder(name: str) -> Path:
    """A folder of cases; the module that asks is skipped where it is absent."""
    if not (found := DATA / name).is_dir():
        pytest.skip(f"{found} is not here: its cases are not run", allow_module_level=True)
    return found
