"""The resolver's process: names from the root down, over UDP and TCP, and its end."""

from __future__ import annotations

import socket
from typing import Any

from forecourt.config import Config
from forecourt.store.store import Store
from tests.planes.dns.building import query, read

from .running import child, tcp, udp


def test_it_answers_refuses_and_ends(store: Store, config: Config) -> None:
    datagrams, streams = udp(), tcp()
    sockets: Any = [({"view": "resolver"}, datagrams), ({"view": "resolver"}, streams)]
    with child("resolver", config, sockets) as role:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(15)
            client.connect(datagrams.getsockname())
            client.send(query("www.elsewhere.test.", id=7))
            reply = read(client.recv(4096))
            assert reply.id == 7
            assert reply.rcode() == 2  # there is no root here
        with socket.create_connection(streams.getsockname(), 15) as connection:
            data = query("www.elsewhere.test.", id=8)
            connection.sendall(len(data).to_bytes(2, "big") + data)
            with connection.makefile("rb") as frame:
                assert read(frame.read(int.from_bytes(frame.read(2), "big"))).id == 8
        assert role.terminate() == 0
