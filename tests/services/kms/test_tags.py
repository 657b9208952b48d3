"""Tags of keys."""

from __future__ import annotations

from typing import Any

import pytest

from .calls import answer, arn, create, fault


def given(**tags: str) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


def tags(kms: Any, key: str) -> dict[str, str]:
    listed = kms.list_resource_tags(KeyId=key)["Tags"]
    return {each["TagKey"]: each["TagValue"] for each in listed}


def test_added_changed_and_removed(kms: Any) -> None:
    key = create(kms, Tags=given(a="1", b=""))
    assert tags(kms, key) == {"a": "1", "b": ""}
    kms.tag_resource(KeyId=arn(key), Tags=given(a="2", c="é"))
    assert tags(kms, key) == {"a": "2", "b": "", "c": "é"}
    kms.untag_resource(KeyId=key, TagKeys=["b", "none"])
    assert tags(kms, key) == {"a": "2", "c": "é"}


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (given(a="1") * 2, "Duplicate tag keys"),
        ([{"TagKey": "aws:a", "TagValue": "1"}], "Tags beginning with aws: are reserved"),
        (given(**{f"k{n}": "" for n in range(51)}), "Too many tags"),
    ],
)
def test_tags_that_cannot_be(kms: Any, key: str, added: list[dict[str, str]], said: str) -> None:
    assert fault(kms.tag_resource, KeyId=key, Tags=added) == ("TagException", said)
    assert tags(kms, key) == {}
    assert fault(kms.create_key, Tags=added) == ("TagException", said)
    assert len(kms.list_keys()["Keys"]) == 1


def test_50_are_the_most(kms: Any) -> None:
    key = create(kms, Tags=given(**{f"k{n}": "" for n in range(50)}))
    assert fault(kms.tag_resource, KeyId=key, Tags=given(more=""))[0] == "TagException"
    kms.tag_resource(KeyId=key, Tags=given(k0="changed"))
    assert tags(kms, key)["k0"] == "changed"


def test_pages(kms: Any) -> None:
    key = create(kms, Tags=given(c="3", a="1", b="2"))
    first = kms.list_resource_tags(KeyId=key, Limit=2)
    assert (first["Tags"], first["Truncated"]) == (given(a="1", b="2"), True)
    rest = kms.list_resource_tags(KeyId=key, Limit=2, Marker=first["NextMarker"])
    assert answer(rest) == {"Tags": given(c="3"), "Truncated": False}


def test_those_of_others(kms: Any, stranger: Any, key: str) -> None:
    assert fault(tags, stranger, arn(key))[0] == "AccessDeniedException"
    assert fault(tags, stranger, key)[0] == "NotFoundException"
