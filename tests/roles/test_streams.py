"""The streams role as a process: TCP on the sockets it is handed; what is under way is finished."""

from __future__ import annotations

import signal
import socket

from forecourt.config import Config
from forecourt.platform.names.server_sets import TOPIC
from forecourt.store.store import Store
from tests.harness import tcp_frame
from tests.planes.dns.building import START, query, read, shown

from .running import child, publish, publish_zone, servers, tcp, wait_reached


def receive(client: socket.socket) -> set[str]:
    with client.makefile("rb") as file:
        length = int.from_bytes(file.read(2), "big")
        return shown(read(file.read(length)).answer)


def ask(sock: socket.socket) -> set[str]:
    with socket.create_connection(sock.getsockname(), 5) as client:
        client.sendall(tcp_frame(query("www")))
        return receive(client)


def test_records_changes_and_the_end(config: Config, store: Store) -> None:
    publish_zone(store)
    wanted = publish(store, START + "www A 192.0.2.1")
    sockets = servers(tcp)
    with child("streams", config, sockets) as role:
        wait_reached(store, wanted)
        for _, sock in sockets:
            assert ask(sock) == {"www.example. A 192.0.2.1"}
        wait_reached(store, publish(store, "www A 192.0.2.2"))
        assert ask(sockets[0][1]) == {"www.example. A 192.0.2.2"}
        assert role.terminate() == 0
        assert not store.followers.alive(TOPIC)


def test_a_message_under_way_is_answered_before_the_end(config: Config, store: Store) -> None:
    publish_zone(store)
    wanted = publish(store, START + "www A 192.0.2.1")
    sockets = servers(tcp)
    with child("streams", config, sockets) as role:
        wait_reached(store, wanted)
        address, data = sockets[0][1].getsockname(), tcp_frame(query("www"))
        with (
            socket.create_connection(address, 5) as idle,
            socket.create_connection(address, 5) as busy,
        ):
            busy.sendall(data + data[:9])
            assert receive(busy)
            role.process.send_signal(signal.SIGTERM)
            assert idle.recv(1) == b""  # closed at once
            busy.sendall(data[9:])
            assert receive(busy) == {"www.example. A 192.0.2.1"}
        assert role.process.wait(10) == 0
