"""A data directory for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.config import Config
from forecourt.store.store import Store

from .running import data_directory


@pytest.fixture
def data(tmp_path: Path) -> Iterator[tuple[Config, Store]]:
    with data_directory(tmp_path) as found:
        yield found


@pytest.fixture
def config(data: tuple[Config, Store]) -> Config:
    return data[0]


@pytest.fixture
def store(data: tuple[Config, Store]) -> Store:
    return data[1]
