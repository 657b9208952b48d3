"""What a store is: each driver has all of it, with the same parameters."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from forecourt.store.feed import Followers
from forecourt.store.postgresql import Address, PostgresReports, PostgresStore
from forecourt.store.seal import Seal
from forecourt.store.sqlite import SqliteStore
from forecourt.store.store import Reports, Store


def operations(protocol: type) -> dict[str, Any]:
    return {
        name: member
        for name, member in vars(protocol).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


def sqlite(store: SqliteStore) -> tuple[Store, Reports]:
    return store, store.followers  # what mypy checks


def postgresql(store: PostgresStore) -> tuple[Store, Reports]:
    return store, store.followers


@pytest.mark.parametrize(
    ("protocol", "driver"),
    [
        (Store, SqliteStore),
        (Store, PostgresStore),
        (Reports, Followers),
        (Reports, PostgresReports),
    ],
)
def test_a_driver_has_every_operation(protocol: type, driver: type) -> None:
    wanted = operations(protocol)
    assert len(wanted) >= 4
    for name, member in wanted.items():
        found = getattr(driver, name)
        assert inspect.iscoroutinefunction(found) == inspect.iscoroutinefunction(member), name
        parameters = inspect.signature(member).parameters
        assert list(inspect.signature(found).parameters) == list(parameters), name
        kinds = [each.kind for each in inspect.signature(found).parameters.values()]
        assert kinds == [each.kind for each in parameters.values()], name


def test_a_store_has_a_seal_bells_and_followers(store: SqliteStore, tmp_path: Path) -> None:
    """PostgreSQL's too, which connects only when it is first asked."""
    other = PostgresStore(Address.parse("postgresql:///none"), tmp_path, Seal(bytes(32)))
    try:
        for each in (store, other):
            assert all(hasattr(each, name) for name in ("seal", "bells", "followers"))
        assert sqlite(store) == (store, store.followers)
        assert postgresql(other) == (other, other.followers)
    finally:
        other.close()
