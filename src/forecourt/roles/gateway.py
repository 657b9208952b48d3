"""The APIs, their administration, and the public side."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import uvicorn
import uvloop

from forecourt.config import Config
from forecourt.gateway.admin import Admin
from forecourt.gateway.app import Gateway
from forecourt.gateway.public import Public
from forecourt.gateway.server import Application, BoundedHttp
from forecourt.gateway.throttle import Throttle
from forecourt.planes.functions.server import Processes
from forecourt.planes.functions.snapshot import Function
from forecourt.platform import traces
from forecourt.platform.certificates import authorities, listeners, proving
from forecourt.platform.egress import Egress
from forecourt.platform.log_files import append
from forecourt.platform.mail import contents
from forecourt.platform.names import server_sets
from forecourt.platform.notify import signing
from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end
from forecourt.roles.posting import Poster
from forecourt.services import (
    acm,
    acm_pca,
    cloudwatch,
    ec2,
    elasticache,
    iam,
    kms,
    lambda_,
    route53,
    route53domains,
    s3,
    ses,
    sns,
    sts,
    workmail,
)
from forecourt.services.acm import validation
from forecourt.services.ec2 import defaults
from forecourt.services.route53domains import domains
from forecourt.services.ses.identities import publish_service
from forecourt.store import reset
from forecourt.store.blobs import Blobs
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
    *cloudwatch.TABLES,
    *lambda_.TABLES,
    *s3.TABLES,
    *sns.TABLES,
    *ses.TABLES,
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
    "cloudwatch": cloudwatch.AUTHORIZATION,
    "lambda": lambda_.AUTHORIZATION,
    "s3": s3.AUTHORIZATION,
    "sns": sns.AUTHORIZATION,
    "mailmanager": ses.AUTHORIZATION_MAIL_MANAGER,
    "ses": ses.AUTHORIZATION_V1,
    "sesv2": ses.AUTHORIZATION_V2,
}
LINKS = {
    **validation.LINKS,
    **domains.LINKS,
    **sns.LINKS,
    **ses.LINKS,
}  # what links in mails bring about
OBJECTS = "blobs/objects"  # below the data directory
AWS_NAMES = "aws"
CERTIFICATES = {"apis": "api", AWS_NAMES: "aws"}  # of listeners, by their names
DRAIN = 5  # seconds requests under way get when we end
NOTED_EVERY = 60  # seconds between writing down which keys were used
KEEP_ALIVE = 75  # seconds
MOST_CONNECTIONS = 2000


def empty(tx: Tx) -> int:
    """All accounts as they are when they are new; the feed's sequence number to wait for."""
    seq = reset.empty(tx)
    signing.ensure(tx)
    publish_service(tx)
    defaults.renew(tx)
    authorities.ensure(tx)
    proving.ensure(tx)
    for number in server_sets.numbers(tx):
        tx.enqueue(server_sets.REGISTRY, str(number))
    return seq


def write_log(data: Path, function: Function, text: str) -> None:
    """What a function printed."""
    _, _, _, region, account, _, name = function.arn.split(":")
    append(data / "logs" / "lambda" / account / region / f"{name}.log", [text])


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
    poster = Poster(store, Egress(config.network, config.egress))
    gateway = Gateway(
        TABLES,
        AUTHORIZATIONS,
        store,
        Throttle(config.gateway.throttle),
        spans,
        Blobs(config.data / OBJECTS),
        Processes(poster.post, partial(write_log, config.data)),
    )
    token = (config.data / "admin.token").read_text()
    hosts = (config.bind, *config.gateway.hosts)
    letters = Blobs(config.data / contents.FOLDER)
    admin = Admin(
        store, gateway.callers, token, hosts, testing=config.testing, empty=empty, mail=letters
    )
    spool = config.data / "tmp"
    spool.mkdir(exist_ok=True, mode=0o700)
    public = Public(store, LINKS, sns.by_link, ses.PAGES)
    application = Application(gateway, admin, str(spool), public)
    applications: dict[str, Any] = {"public": public}
    if any(purpose["name"] == AWS_NAMES for purpose, _ in sockets):
        listeners.for_hosts(config.data, store, listeners.aws_hosts(), AWS_NAMES)
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
            meanwhile.start_soon(write_down, gateway)
            await told_to_end(channel)
            meanwhile.cancel_scope.cancel()
        for server, _ in servers:
            server.should_exit = True
    await gateway.callers.write_down()
    await gateway.write_calls()
    gateway.close()
    if spans is not None:
        spans.close()
    store.close()


async def write_down(gateway: Gateway) -> None:
    """Keep who was here, and what was called, now and then."""
    while True:
        await anyio.sleep(NOTED_EVERY)
        await gateway.callers.write_down()
        await gateway.write_calls()


def server_for(name: str, application: Any, config: Config) -> Quiet:
    tls = {}
    if name in CERTIFICATES:
        file = config.data / "tls" / CERTIFICATES[name]
        tls = {
            "ssl_certfile": file.with_suffix(".pem"),
            "ssl_keyfile": str(file.with_suffix(".key")),
        }
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
