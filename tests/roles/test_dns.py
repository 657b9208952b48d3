"""The dns role as a process: it answers on the sockets it is handed, and follows."""

from __future__ import annotations

import socket

import pytest

from forecourt.config import Config
from forecourt.platform.names import server_sets
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store.store import Store
from tests.planes.dns.building import START, query, read, shown

from .running import child, publish, publish_zone, servers, udp, wait_reached, wait_until


def ask(sock: socket.socket, name: str = "www") -> set[str]:
    with udp() as client:
        client.settimeout(5)
        client.sendto(query(name), sock.getsockname())
        return shown(read(client.recv(4096)).answer)


def test_records_changes_and_the_end(config: Config, store: Store) -> None:
    publish_zone(store)
    wanted = publish(store, START + "www A 192.0.2.1")
    sockets = servers(udp)
    with child("dns", config, sockets) as role:
        wait_reached(store, wanted)
        for _, sock in sockets:
            assert ask(sock) == {"www.example. A 192.0.2.1"}
        for n in (2, 3):
            wait_reached(store, publish(store, f"www A 192.0.2.{n}"))
            assert ask(sockets[0][1]) == {f"www.example. A 192.0.2.{n}"}
        assert role.terminate() == 0
        assert not store.followers.alive(TOPIC)


def test_sockets_of_a_new_set_are_taken_while_it_runs(config: Config, store: Store) -> None:
    with child("dns", config, servers(udp)) as role:
        store.write_now(server_sets.create)
        publish_zone(store, server_set=2)
        wanted = publish(store, START + "www A 192.0.2.1")
        more = servers(udp, server_set=2)
        for purpose, sock in more:
            role.channel.send({"socket": purpose}, sock)
        wait_reached(store, wanted)
        assert ask(more[3][1]) == {"www.example. A 192.0.2.1"}
        for _, sock in more:
            sock.close()


@pytest.mark.parametrize("kind", ["closed", "no socket"])
def test_it_ends_when_its_supervisor_is_gone(config: Config, kind: str) -> None:
    with child("dns", config, servers(udp)) as role:
        if kind == "closed":
            role.channel.close()
        else:
            role.channel.send({"end": True})
        wait_until(lambda: role.process.poll() is not None)
        assert role.process.returncode == 0


def test_the_queries_of_a_process_are_counted(config: Config, store: Store) -> None:
    sockets = servers(udp)
    metrics = config.data / "run" / "metrics"
    with child("dns", config, sockets) as role:
        ask(sockets[0][1])
        path = metrics / f"counter_{role.process.pid}.db"
        wait_until(lambda: path.exists() and b"forecourt_dns_queries_total" in path.read_bytes())
