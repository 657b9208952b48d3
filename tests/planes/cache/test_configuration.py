"""What engines are started with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecourt.planes.cache import configuration
from forecourt.planes.cache.configuration import Node

NODE = Node("valkey", "/tmp/x", "127.0.0.9", 6379, "a.example", 1 << 24, "s" * 48)


def test_a_node_listens_at_its_own_address_and_keeps_no_password() -> None:
    text = configuration.valkey_conf(NODE, {"timeout": "0"}, ["default reset on nopass"])
    lines = text.splitlines()
    assert "bind 127.0.0.9" in lines and 'timeout "0"' in lines
    assert "user default reset on nopass" in lines
    (service,) = (line for line in lines if line.startswith("user forecourt"))
    assert NODE.secret not in service and configuration.hashed(NODE.secret) in service
    assert not any(line.startswith(("cluster-enabled", "replicaof")) for line in lines)


def test_a_node_of_a_cluster_is_known_by_its_name() -> None:
    text = configuration.valkey_conf(replace(NODE, clustered=True), {}, [])
    assert "cluster-enabled yes" in text and "cluster-announce-hostname a.example" in text


def test_a_replica_knows_its_primary() -> None:
    text = configuration.valkey_conf(replace(NODE, primary=("127.0.0.8", 6380)), {}, [])
    assert text.endswith("replicaof 127.0.0.8 6380\n")


@pytest.mark.parametrize(
    ("value", "written"),
    [("a b", '"a b"'), ('"\nuser x on', '"\\x22\\x0auser x on"'), ("", '""'), ("50%", '"50\\x25"')],
)
def test_values_end_where_they_should(value: str, written: str) -> None:
    assert configuration.quoted(value) == written


def test_what_is_restricted_comes_last() -> None:
    line = configuration.access("redis", "bob", ["ab"], "~* +@all +config", on=False)
    assert line.startswith("bob reset off #ab ~* +@all +config ")
    assert " -config " in line and "-cluster|migrateslots" not in line
    assert "-cluster|migrateslots" in configuration.access("valkey", "bob", [], "+@all")


def test_memcached_is_told_by_its_arguments() -> None:
    node = replace(NODE, engine="memcached", port=11211, memory=128 << 20)
    found = configuration.memcached_arguments(
        node, {"cas_disabled": "1", "slab_reassign": "1"}, user="nobody", connections=100
    )
    pairs = dict(zip(found[:-3:2], found[1:-2:2], strict=False))
    assert (pairs["-m"], pairs["-c"], pairs["-u"]) == ("128", "100", "nobody")
    assert "-C" in found and found[-2:] == ["-o", "slab_reassign"]
