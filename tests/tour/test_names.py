"""The chapter on names: failures are told and cleaned up after (the whole story: cli/test_tour.py)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from forecourt.tour import Abandoned, Guide, Skip, Step, tell
from forecourt.tour.names import ask
from tests.harness import World
from tests.planes.dns.building import responder
from tests.planes.dns.test_server import running

NOBODY: dict[str, Any] = {"listeners": []}


def zones(world: World) -> list[Any]:
    return list(world.client("route53").list_hosted_zones()["HostedZones"])


class Following:
    """A client after each of whose calls the name servers have caught up."""

    def __init__(self, world: World) -> None:
        self._world, self._client = world, world.client("route53")

    def __getattr__(self, name: str) -> Any:
        self._world.follow()
        return getattr(self._client, name)


def listeners(address: tuple[str, int]) -> dict[str, Any]:
    host, port = address
    servers = (f"ns{n}" for n in range(1, 5))
    return {"listeners": [{"name": name, "address": host, "port": port} for name in servers]}


def test_the_chapter(world: World) -> None:
    with running(world.responder()) as server:
        guide = Guide(listeners(server.addresses[0]), lambda _: Following(world))
        steps = tell(guide, ("names",), None)
    assert [step.status for step in steps] == ["ok"] * 4, [step.evidence for step in steps]
    assert "ns4: 192.0.2.7" in steps[2].evidence
    assert zones(world) == []


def test_wrong_answers_fail_and_the_zone_goes(world: World) -> None:
    wrong = responder("@ A 192.0.2.1")  # refuses all else
    with running(wrong) as server:
        guide = Guide(listeners(server.addresses[0]), lambda _: Following(world))
        steps = tell(guide, ("names",), None)
    assert [step.status for step in steps] == ["ok", "ok", "failed"]
    assert "they answer" in steps[2].evidence
    assert zones(world) == []


def test_without_name_servers_asking_them_is_skipped(world: World) -> None:
    steps = tell(Guide(NOBODY, lambda _: Following(world)), ("names",), None)
    assert [step.status for step in steps] == ["ok", "ok", "skipped", "skipped"]
    assert steps[2].evidence == "this instance does not listen as ns1"
    assert zones(world) == []


@pytest.mark.parametrize("with_dig", [True, False])
def test_asking(with_dig: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not with_dig:
        monkeypatch.setenv("PATH", "/nowhere")
    with running(responder()) as server:
        assert ask(*server.addresses[0], "mail.example") == "192.0.2.25"
        assert ask(*server.addresses[0], "nothing.example") == ""


def test_steps_are_timed_and_told() -> None:
    screen = Console(file=io.StringIO(), width=80)
    guide = Guide(NOBODY, lambda _: None, screen)
    with guide.step("good") as step:
        step.evidence = "one\ntwo"
    with guide.step("skipped"):
        raise Skip("not here")
    with pytest.raises(Abandoned), guide.step("bad"):
        raise ValueError("[/etc] is [red]bad[/]")
    assert [each.status for each in guide.steps] == ["ok", "skipped", "failed"]
    assert set(guide.steps[0].document) == {"name", "status", "seconds", "evidence"}
    assert isinstance(screen.file, io.StringIO)
    said = screen.file.getvalue()
    assert all(line in said for line in ("✓ good", "two", "– skipped", "✗ bad"))
    assert "[/etc] is [red]bad[/]" in said  # as it was said, not as markup


def test_labels_are_unique() -> None:
    guide = Guide(NOBODY, lambda _: None)
    assert len({guide.unique() for _ in range(100)}) == 100
    assert Step("x").status == "ok"
