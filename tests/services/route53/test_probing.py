"""Checkers of a node: endpoints that die and come back, seen by the API and by the name servers."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from forecourt.config import Probes
from forecourt.platform.egress import Egress
from forecourt.platform.names import publishing
from forecourt.processes.reconcile import Bell
from forecourt.services.route53 import probing
from forecourt.services.route53.probing import check_of
from forecourt.store.resources import Resource
from tests.harness import World

from .calls import a, bare, change, check, create, routed

WITHIN = 20.0  # seconds
ANYWHERE = Egress("127.0.0.0/8")


class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def endpoint(port: int = 0) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Well)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def probing_node(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A node's checkers, whose intervals are a hundredth of what the API says."""
    real = check_of

    def quick(found: Resource) -> Any:
        made = real(found)
        return type(made)(
            made.id, made.kind, made.address, made.host, made.port, made.path, made.search,
            made.interval / 100, made.threshold, made.server_name,
        )  # fmt: skip

    monkeypatch.setattr(probing, "check_of", quick)
    monkeypatch.setattr(probing, "WRITE_DOWN", 0.1)
    stop = threading.Event()

    async def run() -> None:
        listening = world.store.bells.listen("probing-test", probing.TOPIC)
        bell = Bell(listening)
        async with anyio.create_task_group() as group:
            group.start_soon(bell.listen)
            await group.start(
                probing.probe, world.store, ANYWHERE, bell, "n", Probes(), "127.0.0.1"
            )
            while not stop.is_set():
                await asyncio.sleep(0.01)
            group.cancel_scope.cancel()
        listening.close()

    thread = threading.Thread(target=lambda: anyio.run(run))
    thread.start()
    yield
    stop.set()
    thread.join(WITHIN)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def test_an_endpoint_dies_and_comes_back(
    world: World, route53: Any, zone: str, probing_node: None
) -> None:
    with endpoint() as port:
        one = check(route53, IPAddress="127.0.0.1", Port=port, RequestInterval=10)
        change(
            route53, zone,
            ("CREATE", routed("f.example.com", "p", "192.0.2.1", Failover="PRIMARY", HealthCheckId=one)),
            ("CREATE", routed("f.example.com", "s", "192.0.2.2", Failover="SECONDARY")),
        )  # fmt: skip

        def answered(value: str) -> bool:
            return value in str(world.ask("f.example.com").answer)

        def status() -> list[str]:
            seen = route53.get_health_check_status(HealthCheckId=one)["HealthCheckObservations"]
            return [each["StatusReport"]["Status"] for each in seen]

        wait_for(lambda: status() == ["Success: HTTP Status Code 200, OK"])
        assert answered("192.0.2.1")
    wait_for(lambda: answered("192.0.2.2"))
    wait_for(lambda: any(each.startswith("Failure") for each in status()))
    with endpoint(port):
        wait_for(lambda: answered("192.0.2.1"))
        wait_for(lambda: status() == ["Success: HTTP Status Code 200, OK"])
    last = route53.get_health_check_last_failure_reason(HealthCheckId=one)
    assert last["HealthCheckObservations"][0]["StatusReport"]["Status"].startswith("Failure: ")


def test_changes_of_checks_are_followed(world: World, route53: Any, probing_node: None) -> None:
    def is_well(check_id: str) -> bool:
        return world.store.read_now(publishing.health, check_id) is not False

    with endpoint() as port:
        one = check(route53, IPAddress="127.0.0.1", Port=port, RequestInterval=10)
        wait_for(
            lambda: route53.get_health_check_status(HealthCheckId=one)["HealthCheckObservations"]
        )
        route53.update_health_check(HealthCheckId=one, Port=1)
        wait_for(lambda: not is_well(one))
        route53.update_health_check(HealthCheckId=one, Port=port)
        wait_for(lambda: is_well(one))
        route53.update_health_check(HealthCheckId=one, Port=1, Disabled=True)
        assert is_well(one)
        route53.update_health_check(HealthCheckId=one, Disabled=False)
        wait_for(lambda: not is_well(one))
        route53.delete_health_check(HealthCheckId=one)
        assert is_well(one)


def test_names_are_looked_up_in_our_own_zones(
    world: World, route53: Any, probing_node: None
) -> None:
    zone = bare(create(route53, "example.com"))
    change(route53, zone, ("CREATE", a("up.example.com", "127.0.0.1")))
    with endpoint() as port:
        made = route53.create_health_check(
            CallerReference="n",
            HealthCheckConfig={
                "Type": "HTTP", "FullyQualifiedDomainName": "up.example.com", "Port": port,
                "RequestInterval": 10,
            },
        )["HealthCheck"]["Id"]  # fmt: skip

        def status() -> list[str]:
            seen = route53.get_health_check_status(HealthCheckId=made)["HealthCheckObservations"]
            return [each["StatusReport"]["Status"] for each in seen]

        wait_for(lambda: status() == ["Success: HTTP Status Code 200, OK. Resolved IP: 127.0.0.1"])
