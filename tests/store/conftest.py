"""A store of its own for each test, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.store.opening import open_store
from forecourt.store.seal import Seal
from forecourt.store.sqlite import SqliteStore


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    open_store(folder, "sqlite", bytes(32)).close()
    return folder / "store.db"


@pytest.fixture
def data(template: Path, tmp_path: Path) -> Path:
    """A data directory with an empty store."""
    shutil.copy(template, tmp_path / "store.db")
    return tmp_path


@pytest.fixture
def store(data: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(data / "store.db", Seal(bytes(32)))
    yield store
    store.close()
