"""A data directory for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.config import Config
from forecourt.store.sqlite import SqliteStore

from .running import data_directory


@pytest.fixture
def data(tmp_path: Path) -> Iterator[tuple[Config, SqliteStore]]:
    with data_directory(tmp_path) as found:
        yield found


@pytest.fixture
def config(data: tuple[Config, SqliteStore]) -> Config:
    return data[0]


@pytest.fixture
def store(data: tuple[Config, SqliteStore]) -> SqliteStore:
    return data[1]
