"""forecourt tour: the story runs on the instance, and cleans up after itself."""

from __future__ import annotations

from forecourt.cli.common import aws_client

from .conftest import Running


def test_the_whole_story(up: Running) -> None:
    steps = up.json("tour")
    assert len(steps) >= 4
    assert {step["status"] for step in steps} == {"ok"}
    assert all(step["evidence"] and step["seconds"] >= 0 for step in steps)
    client = aws_client(up.data, "route53")
    zones = [zone["Name"] for zone in client.list_hosted_zones()["HostedZones"]]
    client.close()
    assert not [name for name in zones if name.startswith("tour-")]


def test_one_chapter_as_text(up: Running) -> None:
    result = up.run("tour", "names")
    assert result.exit_code == 0
    assert result.output.count("✓") == 4


def test_a_chapter_that_is_none(up: Running) -> None:
    result = up.run("tour", "nonsense")
    assert result.exit_code == 2
    assert "nonsense; there are names" in result.output
