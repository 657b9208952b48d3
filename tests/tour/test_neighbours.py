"""The chapter on neighbours: a failure is told (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import urllib.request

import pytest

from forecourt.tour import Guide, neighbours, tell
from forecourt.tour.neighbours import listening
from tests.harness import World


def test_without_anybody_who_delivers_it_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "wait_for", lambda check: None)
    listeners = [{"name": "ns1", "address": "127.0.0.1", "port": 53}]
    guide = Guide({"listeners": listeners}, lambda service, key=None: world.client(service))
    (step,) = tell(guide, ("neighbours",), None)
    assert step.status == "failed"
    assert world.client("sns").list_topics()["Topics"] == []


def test_what_is_posted_is_kept() -> None:
    with listening("127.0.0.1") as (url, got):
        urllib.request.urlopen(url, b"body").read()
    assert got == [b"body"]
