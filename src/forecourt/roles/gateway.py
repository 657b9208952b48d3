"""The APIs, their administration, and the public side."""

from __future__ import annotations

import socket
from typing import Any

import anyio
import uvicorn
import uvloop

from forecourt.config import Config
from forecourt.gateway.admin import Admin
from forecourt.gateway.app import Gateway
from forecourt.gateway.authenticate import Callers
from forecourt.gateway.public import Public
from forecourt.gateway.server import Application, BoundedHttp
from forecourt.gateway.throttle import Throttle
from forecourt.platform import traces
from forecourt.platform.certificates import authorities, proving
from forecourt.platform.names import server_sets
from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end
from forecourt.services import (
    acm,
    acm_pca,
    ec2,
    elasticache,
    iam,
    kms,
    route53,
    route53domains,
    sts,
    workmail,
)
from forecourt.services.acm import validation
from forecourt.services.ec2 import defaults
from forecourt.services.route53domains import domains
from forecourt.store import reset
from forecourt.store.opening import open_store
from forecourt.store.secrets import read_master_key
from forecourt.store.tx import Tx

TABLES = (
    *acm.TABLES,
    *acm_pca.TABLES,
    *ec2.TABLES,
    *iam.TABLES,
    *kms.TABLES,
    *route53.TABLES,
    *route53domains.TABLES,
    *sts.TABLES,
    *elasticache.TABLES,
    *workmail.TABLES,
)
AUTHORIZATIONS = {
    "acm": acm.AUTHORIZATION,
    "acm-pca": acm_pca.AUTHORIZATION,
    "ec2": ec2.AUTHORIZATION,
    "iam": iam.AUTHORIZATION,
    "kms": kms.AUTHORIZATION,
    "route53": route53.AUTHORIZATION,
    "route53domains": route53domains.AUTHORIZATION,
    "sts": sts.AUTHORIZATION,
    "elasticache": elasticache.AUTHORIZATION,
    "workmail": workmail.AUTHORIZATION,
}
LINKS = {**validation.LINKS, **domains.LINKS}  # what links in mails bring about
DRAIN = 5  # seconds requests under way get when we end
NOTED_EVERY = 60  # seconds between writing down which keys were used
KEEP_ALIVE = 75  # seconds
MOST_CONNECTIONS = 2000


def empty(tx: Tx) -> int:
    """All accounts as they are when they are new; the feed's sequence number to wait for."""
    seq = reset.empty(tx)
    defaults.renew(tx)
    authorities.ensure(tx)
    proving.ensure(tx)
    for number in server_sets.numbers(tx):
        tx.enqueue(server_sets.REGISTRY, str(number))
    return seq


class Quiet(uvicorn.Server):
    """A server whose signals are ours."""

    def install_signal_handlers(self) -> None:
        return

    def capture_signals(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    anyio.run(
        serve, config, channel, sockets, backend_options={"loop_factory": uvloop.new_event_loop}
    )


async def serve(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    store = open_store(config.data, config.store, read_master_key(config.data))
    spans = traces.of("gateway", config.traces)
    gateway = Gateway(TABLES, AUTHORIZATIONS, store, Throttle(config.gateway.throttle), spans)
    token = (config.data / "admin.token").read_text()
    hosts = (config.bind, *config.gateway.hosts)
    admin = Admin(store, gateway.callers, token, hosts, testing=config.testing, empty=empty)
    spool = config.data / "tmp"
    spool.mkdir(exist_ok=True, mode=0o700)
    application = Application(gateway, admin, str(spool))
    applications: dict[str, Any] = {"public": Public(store, LINKS)}
    servers = [
        (server_for(name, applications.get(name, application), config), sock)
        for name, sock in ((purpose["name"], sock) for purpose, sock in sockets)
    ]
    async with anyio.create_task_group() as group:
        for server, sock in servers:
            group.start_soon(server.serve, [sock])
        while not all(server.started for server, _ in servers):
            await anyio.sleep(0.005)
        channel.send({"ready": True})
        async with anyio.create_task_group() as meanwhile:
            meanwhile.start_soon(write_down, gateway.callers)
            await told_to_end(channel)
            meanwhile.cancel_scope.cancel()
        for server, _ in servers:
            server.should_exit = True
    await gateway.callers.write_down()
    gateway.close()
    if spans is not None:
        spans.close()
    store.close()


async def write_down(callers: Callers) -> None:
    """Keep who was here, now and then."""
    while True:
        await anyio.sleep(NOTED_EVERY)
        await callers.write_down()


def server_for(name: str, application: Any, config: Config) -> Quiet:
    tls = {}
    if name == "apis":
        folder = config.data / "tls"
        tls = {"ssl_certfile": folder / "api.pem", "ssl_keyfile": str(folder / "api.key")}
    return Quiet(
        uvicorn.Config(
            application,
            http=BoundedHttp,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # whoever connects is the source the audit trail names
            date_header=True,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=DRAIN,
            **tls,  # type: ignore[arg-type]
        )
    )
