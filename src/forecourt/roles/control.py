"""Reconcilers and housekeeping: what exactly one worker must do, wherever it runs."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from forecourt.config import Config
from forecourt.planes.functions.server import Processes
from forecourt.planes.tls.keys import Pool
from forecourt.platform import audit, links, traces
from forecourt.platform.certificates import authorities, proving, revocation
from forecourt.platform.egress import Egress
from forecourt.platform.functions import events
from forecourt.platform.keys.stored import WORK as KEYS
from forecourt.platform.mail import contents, messages, steps
from forecourt.platform.measurements import alarms
from forecourt.platform.measurements import stored as measured
from forecourt.platform.names import registry
from forecourt.platform.notify import delivering, signing, subscriptions
from forecourt.platform.objects import stored
from forecourt.processes.channel import Channel
from forecourt.processes.ending import told_to_end
from forecourt.processes.reconcile import Bell, Reconciler, reconcile_kind
from forecourt.processes.workers import Worker, supervise
from forecourt.roles.gateway import OBJECTS, write_log
from forecourt.roles.internet import Internet, Outside
from forecourt.roles.posting import Poster
from forecourt.services.acm import measuring
from forecourt.services.acm import reconcile as certificates
from forecourt.services.acm_pca import reconcile as private_authorities
from forecourt.services.cloudwatch import evaluating, history
from forecourt.services.elasticache import happenings
from forecourt.services.kms import reconcile as keys
from forecourt.services.route53 import housekeeping, metric_checks, probing
from forecourt.services.route53 import signing as zone_signing
from forecourt.services.route53.delegating import make_zone
from forecourt.services.route53domains import reconcile as domains
from forecourt.services.ses import events as sent_events
from forecourt.services.ses import identities as senders
from forecourt.services.ses import received, receiving, records
from forecourt.services.ses import reconcile as sender_proofs
from forecourt.services.ses import v2_jobs as imports
from forecourt.services.ses.sending import SANDBOX_SETTING
from forecourt.services.workmail import reconcile as mail_domains
from forecourt.store import feed
from forecourt.store.blobs import Blobs
from forecourt.store.opening import open_store
from forecourt.store.secrets import keep, read_master_key
from forecourt.store.tx import WORK, Tx

if TYPE_CHECKING:
    from forecourt.store.store import Store

HOUSEKEEPING = "housekeeping"
EVERY = 600.0  # seconds
MEASURE = "measure"
MEASURED: dict[
    str, tuple[Callable[[Tx], None], float]
] = {  # what is measured, each so many seconds
    "route53": (metric_checks.measure, 60.0),
    "acm": (measuring.measure, 12 * 3600.0),
}
TASKS: dict[str, Callable[[Tx], None]] = {
    "audit": audit.forget,
    "changes": housekeeping.forget_changes,
    "feed": feed.trim,
    "authorities": authorities.ensure,
    "caches": happenings.forget,
    "links": links.forget_old,
    "alarms": history.forget,
    "sent": sent_events.forget,
    "received": received.forget,
    "metrics": measured.forget,
    "subscriptions": subscriptions.forget,
    "notifications": signing.ensure,
    "mail": messages.forget_expunged,
    "mail steps": steps.forget,
    "registry": registry.refresh,
    "validations": proving.ensure,
}


def run(
    config: Config, channel: Channel, sockets: list[tuple[dict[str, Any], socket.socket]]
) -> None:
    anyio.run(work, config, channel)


async def work(config: Config, channel: Channel) -> None:
    store = open_store(config.data, config.store, read_master_key(config.data))
    await store.write(plan)
    await store.write(senders.ensure_service, senders.new_key({}))
    await store.write(sandbox, config.ses.sandbox)
    outside, pool = Outside(Internet(config, store)), Pool()
    threading.Thread(target=pool.fill, daemon=True).start()
    spans = traces.of("control", config.traces)
    egress = Egress(config.network, config.egress)
    poster, objects = Poster(store, egress), Blobs(config.data / OBJECTS)
    runner = Processes(poster.post, partial(write_log, config.data))
    reconcilers: dict[str, Reconciler] = {
        HOUSEKEEPING: partial(housekeep, store, objects),
        MEASURE: partial(measure, store),
        KEYS: partial(keys.reconcile, store),
        zone_signing.WORK: partial(zone_signing.reconcile, store),
        domains.WORK: partial(domains.operate, store, make_zone),
        domains.LIFE: partial(domains.live, store),
        domains.BILL: partial(domains.charge, store),
        registry.REGISTRY: partial(registry.reconcile, store),
        certificates.WORK: partial(
            certificates.reconcile,
            store,
            outside,
            pool,
            certificates.Settings(**asdict(config.acm)),
        ),
        mail_domains.WORK: partial(mail_domains.reconcile, store, outside),
        receiving.WORK: partial(
            receiving.reconcile,
            store,
            receiving.Places(Blobs(config.data / contents.FOLDER), objects, runner),
        ),
        imports.WORK: partial(imports.reconcile, store, objects),
        records.WORK: partial(
            records.reconcile,
            store,
            records.Places(config.data / records.FOLDER, config.ses.events, poster.status),
        ),
        senders.WORK: partial(sender_proofs.reconcile, store, outside),
        private_authorities.LIFE: partial(private_authorities.reconcile, store),
        authorities.CRL_WORK: partial(revocation.reconcile, store),
        delivering.WORK: partial(
            delivering.reconcile, store, poster.status, partial(signing_base, config)
        ),
        events.WORK: partial(events.reconcile, store, runner),
        stored.WORK: partial(stored.clean, store, objects),
        measured.ALARMS: partial(evaluating.reconcile, store),
        alarms.CHANGED: partial(metric_checks.reconcile, store),
    }
    if spans is not None:
        reconcilers = {kind: spans.around(kind, each) for kind, each in reconcilers.items()}
    bell = Bell(store.bells.listen(f"{os.getpid()}", WORK))
    node = checker_name(config)
    probing_bell = Bell(store.bells.listen(f"probes-{os.getpid()}", probing.TOPIC))
    workers = [
        Worker("bell", bell.listen),
        Worker("probing bell", probing_bell.listen),
        Worker(
            "probes",
            partial(probing.probe, store, egress, probing_bell, node, config.probes, config.bind),
        ),
        *(
            Worker(kind, partial(reconcile_kind, kind, reconcile, store, bell))
            for kind, reconcile in reconcilers.items()
        ),
    ]
    async with anyio.create_task_group() as group:
        await group.start(partial(supervise, workers))
        channel.send({"ready": True})
        await told_to_end(channel)
        group.cancel_scope.cancel()
    pool.end()
    if spans is not None:
        spans.close()
    store.close()


def checker_name(config: Config) -> str:
    """What this node's checkers are known by, also when they are started again."""
    return keep(config.data / "checker", os.urandom(8).hex().encode()).decode()


def plan(tx: Tx) -> None:
    for key in (*TASKS, "objects", "blocks"):
        tx.enqueue(HOUSEKEEPING, key)
    for key in MEASURED:
        tx.enqueue(MEASURE, key)
    signing.ensure(tx)


def sandbox(tx: Tx, on: bool) -> None:
    """Whether SES's new accounts begin in the sandbox."""
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=SANDBOX_SETTING,
        value="on" if on else "off",
    )


async def measure(store: Store, key: str) -> float:
    """Put the metrics of a service."""
    put, seconds = MEASURED[key]
    await store.write(put)
    return seconds


async def housekeep(store: Store, objects: Blobs, key: str) -> float:
    """Forget what nobody asks for any more; again after some minutes."""
    if key == "objects":
        await stored.sweep(store, objects)
    elif key == "blocks":
        await measured.compact(store)
    else:
        await store.write(TASKS[key])
    return EVERY


def signing_base(config: Config, tx: Tx, region: str) -> str:
    """Where the certificates are served that topics' messages are checked by."""
    if config.gateway.aws_names:
        return f"https://sns.{region}.amazonaws.com"
    return authorities.public_address(tx)
