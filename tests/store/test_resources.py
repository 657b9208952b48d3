"""Resources: documents of one account, and of one region unless they are global."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest

from forecourt.aws.errors import Errors
from forecourt.store.resources import Kind, Resource, at, insert
from forecourt.store.tx import Call, Tx
from tests.harness import World

errors = Errors("route53")
EVERYWHERE = Kind("route53", "delegationset", errors.NoSuchDelegationSet, is_global=True)
REGIONAL = Kind("route53", "regional", errors.NoSuchHostedZone)
Run = Callable[..., Any]


@pytest.fixture
def run(world: World) -> Run:
    """Runs a function as a caller of an account and a region."""

    def run(change: Any, *args: Any, account: str = "1", region: str = "us-east-1") -> Any:
        call = Call("route53", "Test", account, region)
        return asyncio.run(world.store.write_for(call, lambda tx, req: change(tx, *req), args))

    return run


def test_create_find_remove(run: Run) -> None:
    made: Resource = run(EVERYWHERE.create, "N1", {"a": [1]}, {"b": None}, {"tag": "t"})
    assert (made.name, made.spec, made.status) == ("N1", {"a": [1]}, {"b": None})
    assert (made.tags, made.generation, made.observed) == ({"tag": "t"}, 1, 0)
    assert made.deleting is False
    assert made.arn == "arn:aws:route53::1:delegationset/N1"
    assert made.created.tzinfo is UTC
    assert run(EVERYWHERE.find, "N1") == run(EVERYWHERE.get, "N1", "none") == made
    run(EVERYWHERE.remove, made)
    assert run(EVERYWHERE.find, "N1") is None
    with pytest.raises(errors.NoSuchDelegationSet, match="^there is none$"):
        run(EVERYWHERE.get, "N1", "there is none")


@pytest.mark.parametrize(
    ("kind", "where", "seen"),
    [
        (EVERYWHERE, {"account": "2"}, False),
        (EVERYWHERE, {"region": "eu-west-1"}, True),
        (REGIONAL, {"account": "2"}, False),
        (REGIONAL, {"region": "eu-west-1"}, False),
        (REGIONAL, {}, True),
    ],
)
def test_who_sees_it(run: Run, kind: Kind, where: dict[str, str], seen: bool) -> None:
    run(kind.create, "N1", {}, {})
    assert (run(kind.find, "N1", **where) is not None) is seen
    assert run(kind.count, **where) == len(run(kind.page, "", 10, **where)) == int(seen)


def test_a_name_is_taken_once(run: Run) -> None:
    run(REGIONAL.create, "N1", {}, {})
    with pytest.raises(Exception, match="(?i)unique"):
        run(REGIONAL.create, "N1", {}, {})
    run(REGIONAL.create, "N1", {}, {}, region="eu-west-1")
    run(REGIONAL.create, "N1", {}, {}, account="2")


def test_pages(run: Run) -> None:
    def create(tx: Tx) -> None:
        for name in ("b", "B", "a", "c", "a-1"):
            EVERYWHERE.create(tx, name, {}, {})

    run(create)
    order = ["B", "a", "a-1", "b", "c"]  # byte by byte
    for first, start in enumerate(order):
        for size in range(1, 7):
            found = [each.name for each in run(EVERYWHERE.page, start, size)]
            assert found == order[first : first + size + 1]  # one more says that there is more
    assert run(EVERYWHERE.page, "d", 5) == []


def test_ids_are_unique(run: Run) -> None:
    made = [run(EVERYWHERE.create, str(n), {}, {}) for n in range(5)]
    assert len({each.uid for each in made}) == 5


def test_between(run: Run) -> None:
    def create(tx: Tx) -> None:
        for name in ("a", "b", "b 1", "b!", "c"):
            EVERYWHERE.create(tx, name, {}, {})

    run(create)
    found = run(EVERYWHERE.between, "b", "b!")
    assert [each.name for each in found] == ["b", "b 1"]
    assert run(EVERYWHERE.between, "b", "b", account="2") == []


def test_many_at_once(run: Run) -> None:
    """For any account and region, whoever asks."""

    def create(tx: Tx) -> None:
        rows = [
            REGIONAL.row(tx, account, "eu-west-1", "N1", {"A": 1}, {}, {"t": "v"})
            for account in ("2", "3")
        ]
        insert(tx, rows)

    run(create)
    assert run(REGIONAL.find, "N1") is None
    for account in ("2", "3"):
        found = run(REGIONAL.find, "N1", account=account, region="eu-west-1")
        assert (found.spec, found.status, found.tags) == ({"A": 1}, {}, {"t": "v"})
        assert f":eu-west-1:{account}:" in found.arn
        assert run(at, found.arn) == found
    assert run(at, "arn:none") is None


def test_what_is_shared(run: Run) -> None:
    shared = Kind("test", "shared", EVERYWHERE.missing, is_global=True, is_shared=True)
    made = run(shared.create, "N1", {}, {})
    assert run(shared.find, "N1", account="2") == made
    run(shared.remove, made, account="2")
    assert run(shared.all) == []
