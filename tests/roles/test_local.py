"""Who is ours, and where our name servers listen."""

from __future__ import annotations

import dataclasses
import json

import pytest

from forecourt.config import Config
from forecourt.roles import local
from forecourt.roles.local import own_network, port_of


def test_clients(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST_KNOWN", 4)
    allowed = own_network(dataclasses.replace(config, network="198.18.0.0/16"))
    for client, ours in (
        ("127.0.0.1", True), ("::1", True), ("10.1.2.3", True), ("198.18.5.5", True), ("fd00::1", True),
        ("198.51.100.1", False), ("2001:db8::1", False), ("fe80::1%eth0", False),
    ):  # fmt: skip
        for _ in range(2):
            assert allowed(client) == ours, client


def test_ports(config: Config) -> None:
    assert port_of(config.data, "127.53.0.4") == 53
    listeners = [
        {"name": "root", "protocol": "dns", "address": "127.53.0.4", "port": 8053},
        {"name": "x", "protocol": "dot", "address": "127.53.0.5", "port": 853},
    ]
    (config.data / "run" / "status.json").write_text(json.dumps({"listeners": listeners}))
    assert port_of(config.data, "127.53.0.4") == 8053
    assert port_of(config.data, "127.53.0.5") == 53
