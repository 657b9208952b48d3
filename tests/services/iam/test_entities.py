"""What users, groups and roles have in common."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.platform import quotas
from forecourt.services.iam.entities import KINDS, Kind
from tests.harness import World

from .calls import EC2, FIRST, fault


def make(iam: Any, kind: Kind, name: str, **options: Any) -> Any:
    trust = {"AssumeRolePolicyDocument": EC2} if kind.name == "role" else {}
    made = getattr(iam, f"create_{kind.name}")(**{f"{kind.title}Name": name}, **trust, **options)
    return made[kind.title]


def found(iam: Any, kind: Kind, name: str) -> Any:
    return getattr(iam, f"get_{kind.name}")(**{f"{kind.title}Name": name})[kind.title]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
class TestEach:
    def test_ids_are_never_given_again(self, iam: Any, kind: Kind) -> None:
        member = f"{kind.title}Id"
        first = make(iam, kind, "x")[member]
        getattr(iam, f"delete_{kind.name}")(**{f"{kind.title}Name": "x"})
        assert first.startswith(kind.prefix)
        assert make(iam, kind, "x")[member] != first

    def test_names_may_be_used_once_of_each_kind(self, iam: Any, kind: Kind) -> None:
        for each in KINDS:
            make(iam, each, "x")
        code, text = fault(make, iam, kind, "X", Path="/elsewhere/")
        assert code == "EntityAlreadyExists"
        assert text == f"{kind.title} with name X already exists."

    def test_a_path_is_part_of_the_arn(self, iam: Any, kind: Kind) -> None:
        make(iam, kind, "x", Path="/a/b/")
        assert found(iam, kind, "x")["Arn"] == f"arn:aws:iam::{FIRST}:{kind.name}/a/b/x"

    def test_a_quota(self, world: World, iam: Any, kind: Kind) -> None:
        world.store.write_now(quotas.set_limit, FIRST, kind.quota, 1)
        make(iam, kind, "a")
        expected = ("LimitExceeded", f"Cannot exceed quota for {kind.quota}: 1")
        assert fault(make, iam, kind, "b") == expected

    def test_none_of_another_account(self, iam: Any, stranger: Any, kind: Kind) -> None:
        make(stranger, kind, "x")
        expected = ("NoSuchEntity", f"The {kind.name} with name x cannot be found.")
        assert fault(found, iam, kind, "x") == expected
        assert getattr(iam, f"list_{kind.name}s")()[f"{kind.title}s"] == []
