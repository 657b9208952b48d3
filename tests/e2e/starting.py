"""A real instance on a network of its own, and clients of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

FORECOURT = [sys.executable, "-m", "forecourt.cli"]


@contextmanager
def running(data: Path, number: int, *options: str) -> Iterator[dict[str, Any]]:
    """Its status; it listens on 127.<number>.0.0/16 alone."""
    network = ["--bind", f"127.{number}.0.1", "--network", f"127.{number}.0.0/16"]
    up = [*FORECOURT, "up", "--detach", "--json", "--data", str(data), *network, *options]
    started = subprocess.run(up, capture_output=True, text=True, timeout=60, check=True)
    status: dict[str, Any] = json.loads(started.stdout)
    yield status
    down = [*FORECOURT, "down", "--data", str(data)]
    subprocess.run(down, capture_output=True, timeout=30, check=True)


def environment_of(instance: dict[str, Any]) -> dict[str, str]:
    """Ours, with what points AWS's tools at it."""
    words = [*FORECOURT, "env", "--json", "--data", instance["data"]]
    said = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    found: dict[str, str] = {**kept, **json.loads(said)}
    return found


@contextmanager
def client_of(environment: dict[str, str], service: str) -> Iterator[Any]:
    client = boto3.session.Session().client(
        service,
        region_name="us-east-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    yield client
    client.close()


def listeners(instance: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Where everything listens, by name, as of now."""
    words = [*FORECOURT, "status", "--json", "--data", instance["data"]]
    said = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout
    return {each["name"]: (each["address"], each["port"]) for each in json.loads(said)["listeners"]}
