"""Lists of objects: prefixes, delimiters, pages; the same as a plain list cut by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from forecourt.platform.objects import stored
from forecourt.services.s3.listing import successor
from tests.harness import World

from .calls import fault, keys, prefixes, put

NAMES = ["a", "a/", "a/b", "a/b/c", "a/c", "a0", "b/x", "c", "ä/ü", "z/1/2", "z/2"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    put(s3, bucket, *NAMES)
    return bucket


def test_by_bytes(s3: Any, filled: str) -> None:
    found = keys(s3.list_objects_v2(Bucket=filled))
    assert found == sorted(NAMES, key=str.encode)
    assert keys(s3.list_objects(Bucket=filled)) == found


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("prefix", ["", "a", "a/", "z/", "nope"])
@pytest.mark.parametrize("delimiter", ["", "/", "/b"])
def test_pages(s3: Any, filled: str, prefix: str, delimiter: str, size: int) -> None:
    wanted_keys, wanted_prefixes = by_hand(prefix, delimiter)
    for operation in ("list_objects_v2", "list_objects"):
        pages = s3.get_paginator(operation).paginate(
            Bucket=filled, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}
        )
        found_keys, found_prefixes = [], []
        for page in pages:
            assert len(keys(page)) + len(prefixes(page)) <= size
            found_keys += keys(page)
            found_prefixes += prefixes(page)
        assert found_keys == wanted_keys
        assert found_prefixes == wanted_prefixes


def by_hand(prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    found, common = [], []
    for key in sorted(NAMES, key=str.encode):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            found.append(key)
        elif key[: at + len(delimiter)] not in common:
            common.append(key[: at + len(delimiter)])
    return found, common


def test_start_after(s3: Any, filled: str) -> None:
    found = keys(s3.list_objects_v2(Bucket=filled, StartAfter="b/x"))
    assert found == ["c", "z/1/2", "z/2", "ä/ü"]


def test_owners_when_asked_for(s3: Any, filled: str) -> None:
    assert "Owner" not in s3.list_objects_v2(Bucket=filled)["Contents"][0]
    assert "Owner" in s3.list_objects_v2(Bucket=filled, FetchOwner=True)["Contents"][0]


def test_versions(s3: Any, filled: str) -> None:
    found = s3.list_object_versions(Bucket=filled, Prefix="a/")["Versions"]
    assert {(each["VersionId"], each["IsLatest"]) for each in found} == {("null", True)}


def test_wrong_arguments(s3: Any, filled: str) -> None:
    assert fault(s3.list_objects_v2, Bucket=filled, ContinuationToken="ä") == "InvalidArgument"
    assert fault(s3.list_objects, Bucket=filled, MaxKeys=-1) == "InvalidArgument"
    assert s3.list_objects_v2(Bucket=filled, MaxKeys=0)["KeyCount"] == 0


def test_the_successor_of_a_prefix() -> None:
    chance = random.Random(1)
    for _ in range(1000):
        prefix = "".join(chr(chance.choice((0x61, 0xD7FF, 0xFFFF, 0x10FFFF))) for _ in range(3))
        after = successor(prefix)
        below = prefix + "\U0010ffff" * 3
        if after is None:
            assert set(prefix) == {"\U0010ffff"}
            continue
        assert below.encode() < after.encode()
        assert not after.startswith(prefix)
    assert successor("") is None


def test_many_prefixes_are_one_query(
    world: World, s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, bucket, *(f"p{n:02}/k" for n in range(60)), "q/1", "q/2", "z")
    asked: list[int] = []
    listed = stored.listed

    def counted(tx: Any, name: str, start: str, inclusive: bool, most: int) -> Any:
        asked.append(most)
        return listed(tx, name, start, inclusive, most)

    monkeypatch.setattr(stored, "listed", counted)
    found = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert len(prefixes(found)) == 61
    assert keys(found) == ["z"]
    assert len(asked) == 1
