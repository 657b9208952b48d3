"""The composition root: the only module that knows everybody.

`prepare` makes what a data directory needs, `run` starts the roles on the sockets it binds and keeps
them running until it is cancelled.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from anyio.abc import TaskStatus

from forecourt.config import Config
from forecourt.platform import metrics, outbox, traces
from forecourt.platform.certificates import authorities, listeners
from forecourt.platform.identity import accounts
from forecourt.platform.names import geography, publishing, registry, server_sets
from forecourt.platform.names.following import View
from forecourt.platform.network import addresses, pools
from forecourt.platform.network import defaults as default_vpcs
from forecourt.processes.children import Role, run_role
from forecourt.processes.privileges import NoUser, User, give, ordinary_user, unreachable
from forecourt.processes.sockets import (
    CannotBind,
    Listener,
    bind_udp,
    choose_port,
    listen_tcp,
)
from forecourt.processes.workers import Worker, reason, supervise
from forecourt.store import feed
from forecourt.store.bell import hush
from forecourt.store.opening import CannotOpen, open_store
from forecourt.store.secrets import MASTER_KEY, keep, overwrite, read_master_key
from forecourt.store.store import Store, Unavailable
from forecourt.store.tx import Tx

log = logging.getLogger(__name__)

API_PORT, APIS_PORT, PUBLIC_PORT, DNS_PORT = 4566, 4567, 4568, 53
MAIL_PORTS = (
    ("smtp", "smtp", 25),
    ("submission", "submission", 587),
    ("submissions", "submissions", 465),
    ("imap", "imap", 143),
    ("imaps", "imaps", 993),
    ("pop3", "pop3", 110),
    ("pop3s", "pop3s", 995),
    # Where a network lets the standard ones not through: SES has them too.
    ("submission-2587", "submission", 2587),
    ("submissions-2465", "submissions", 2465),
)
OVER_TLS = ("submissions", "imaps", "pop3s")
HTTPS_PORT = 443
ENCRYPTED = {"dot": 853, "doh": HTTPS_PORT}  # DNS over TLS and HTTPS: RFC 7858 §3.1, RFC 8484
ROOT_CREDENTIALS = "FORECOURT_ROOT_CREDENTIALS"
BLOBS = "blobs"
OURS = ("run", "tls", "tmp")  # folders whose contents are few, and the roles'
ASKED = 0.5  # seconds for which the lock may be held by those who ask for it
STATUS, CONFIG = "status.json", "config.json"


class CannotStart(Exception):
    """The instance cannot run; the text says why in one sentence."""


@dataclass(slots=True)
class Instance:
    """A running instance: its listeners, and where its state is."""

    config: Config
    store: Store
    fresh: bool  # whether this start made the root credential
    listeners: list[Listener] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    user: User | None = None  # whom the roles run as
    served: set[View] = field(default_factory=set)  # views of the names that have sockets

    @property
    def api(self) -> str:
        found = next((each for each in self.listeners if each.name == "api"), None)
        return f"http://{hostport(found.address, found.port)}" if found else ""

    def status(self) -> dict[str, Any]:
        """The contract of `forecourt status --json`."""
        return {
            "ready": True,
            "api": self.api,
            "listeners": [asdict(listener) for listener in self.listeners],
            "pid": os.getpid(),
            "data": str(self.config.data),
        }


def hostport(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def prepare(config: Config) -> Instance:
    """Make the data directory's secrets, certificates and first account.  CannotStart."""
    data = config.data
    if config.traces.endpoint and not traces.installed():
        raise CannotStart(traces.MISSING)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        (data / "run").mkdir(exist_ok=True, mode=0o700)
        hold(data)
        (data / "run" / STATUS).unlink(missing_ok=True)  # of one that was killed
        feed.forget_followers(data)
        if config.master_key is not None:
            given = Path(config.master_key).read_bytes()
            if keep(data / MASTER_KEY, given) != given:
                raise CannotStart(f"{data} was made with another master key")
        overwrite(data / "run" / CONFIG, config.dump().encode())
        store = open_store(data, config.store, read_master_key(data))
        keep(data / "admin.token", os.urandom(24).hex().encode())
        keep(data / "run" / "cookie-secret", os.urandom(16))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(data / "run" / "metrics")
        metrics.forget(data / "run" / "metrics")
        geography.locator(config.dns.country_data)  # fails here rather than in a role
        store.write_now(partial(mount_country_data, config))
        fresh = store.write_now(first_account)
        store.write_now(registry.ensure, config.addresses)
        listeners.ensure(data, store, config.bind)
    except CannotOpen as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(f"{error.filename or data} cannot be used: {error.strerror}") from None
    except (ValueError, Unavailable, geography.BadDatabase) as error:
        raise CannotStart(str(error)) from None
    return Instance(config, store, fresh, user=hand_over(config))


def mount_country_data(config: Config, tx: Tx) -> None:
    geography.mount(tx, config.dns.country_data)


def hand_over(config: Config) -> User | None:
    """Give the data directory to the user the roles run as; None where they run as ourselves."""
    try:
        user = ordinary_user(config.user)
    except NoUser as error:
        raise CannotStart(str(error)) from None
    if user is None:
        return None
    if (folder := unreachable(user, config.data / "run")) not in (None, config.data):
        log.warning("the roles run as root: user %s may not enter %s", user.name, folder)
        return None
    (config.data / "tmp").mkdir(exist_ok=True, mode=0o700)
    inside = [p for name in OURS for p in (config.data / name).glob("**/*")]
    blobs = config.data / BLOBS
    if blobs.exists() and blobs.stat().st_uid != user.uid:  # out of a backup
        inside += blobs.glob("**/*")
    give(user, [config.data, *config.data.iterdir(), *inside])
    return user


def hold(data: Path) -> None:
    """Let no second instance run on a data directory; the lock goes with the process."""
    file = open(data / "run" / "instance.lock", "w")  # noqa: SIM115  held for ever

    def held() -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if not wait_until(held, ASKED):  # who asks whether we run holds it for a moment
        file.close()
        raise CannotStart(
            f"another instance runs on {data}; stop it with `forecourt down --data {data}`"
        )
    HELD.append(file)


HELD: list[Any] = []  # files that stay open as long as the process


def first_account(tx: Any) -> bool:
    """The first account and its root's key, the first delegation set, default VPCs; whether the key is new."""
    accounts.create_account(tx, accounts.FIRST, "root")
    fresh = False
    if given := os.environ.get(ROOT_CREDENTIALS):
        parts = given.split(":")
        account = parts[2] if len(parts) == 3 else accounts.FIRST
        if len(parts) not in (2, 3) or not all(parts) or not accounts.ID.match(account):
            raise CannotStart(f"{ROOT_CREDENTIALS} must be id:secret or id:secret:12 digits")
        accounts.create_account(tx, account, "root")
        accounts.add_key(tx, account, accounts.root_arn(account), parts[0], parts[1])
    elif accounts.root_key(tx, accounts.FIRST) is None:
        key_id, secret = accounts.new_key_id(accounts.FIRST), accounts.new_secret()
        accounts.add_key(tx, accounts.FIRST, accounts.root_arn(accounts.FIRST), key_id, secret)
        fresh = True
    if not server_sets.numbers(tx):
        server_sets.create(tx)
    for account in default_vpcs.lacking(tx):
        from forecourt.services.ec2 import defaults  # loads EC2's model, 0.2 s

        defaults.create(tx, account)
    return fresh


def bind(instance: Instance) -> None:
    """Bind what the roles listen on, and note it."""
    raise_limits()
    config = instance.config
    text = config.dump()
    if "gateway" in config.roles:
        gateway = Role("gateway", 0, text, instance.user)
        for name, protocol, port in (
            ("api", "http", API_PORT),
            ("apis", "https", APIS_PORT),
            ("public", "http", PUBLIC_PORT),
        ):
            port = choose_port(config.bind, port, ("tcp",))
            gateway.hand({"name": name}, listen_tcp(config.bind, port))
            instance.listeners.append(Listener(name, protocol, config.bind, port))
            if name == "public":
                instance.store.write_now(publish_public, config, port)
        if config.gateway.aws_names:
            bind_aws(instance, gateway)
        instance.roles.append(gateway)
    if "dns" in config.roles:
        instance.roles += [
            Role("dns", at, text, instance.user) for at in range(config.dns.processes)
        ]
    if "streams" in config.roles:
        instance.roles.append(Role("streams", 0, text, instance.user))
    if "resolver" in config.roles:
        instance.roles.append(Role("resolver", 0, text, instance.user))
    if "mail" in config.roles:
        instance.roles.append(bind_mail(instance, text))
    if "cache" in config.roles:
        instance.roles.append(Role("cache", 0, text, instance.user))
    if "terminator" in config.roles:
        instance.roles.append(Role("terminator", 0, text, instance.user))
    if "control" in config.roles:
        instance.roles.append(Role("control", 0, text, instance.user))
    for role in instance.roles:
        role.on_end = metrics.mark_dead  # its gauges count no more
    bind_new(instance)


def bind_aws(instance: Instance, gateway: Role) -> None:
    """AWS's own names, and what they lead to."""
    config = instance.config
    address = str(config.addresses.network_address + addresses.API_OFFSET)
    port = choose_port(address, HTTPS_PORT, ("tcp",))
    gateway.hand({"name": "aws"}, listen_tcp(address, port))
    instance.listeners.append(Listener("aws", "https", address, port))
    instance.store.write_now(registry.set_host, f"*.{listeners.AWS}", address)


def bind_mail(instance: Instance, text: str) -> Role:
    """What mail listens on, and the name of its server."""
    config = instance.config
    role = Role("mail", 0, text, instance.user)
    for name, protocol, standard in MAIL_PORTS:
        port = choose_port(config.bind, standard, ("tcp",))
        purpose = {"protocol": protocol.removesuffix("s"), "tls": protocol in OVER_TLS}
        role.hand(purpose, listen_tcp(config.bind, port))
        instance.listeners.append(Listener(name, protocol, config.bind, port))
    instance.store.write_now(publish_mail, config)
    return role


def publish_mail(tx: Tx, config: Config) -> None:
    registry.set_host(tx, config.mail_host, config.reachable)
    outbox.set_host(tx, config.mail_host, config.reachable)


def publish_public(tx: Tx, config: Config, port: int) -> None:
    """Let certificates and mails point at the public side, by a name that resolves to it."""
    if not (url := config.gateway.public.rstrip("/")):
        host = f"pki.{config.domain}"
        registry.set_host(tx, host, config.reachable)
        url = f"http://{host}:{port}"
    address = f"[{config.reachable}]" if ":" in config.reachable else config.reachable
    given = config.gateway.public.rstrip("/")
    authorities.set_public_url(tx, url, given or f"http://{address}:{port}")


def bind_servers(instance: Instance, number: int) -> None:
    """The four name servers of a delegation set, each at its own address."""
    network = instance.config.addresses
    first = (number - 1) * addresses.SERVERS + 1
    bind_view(
        instance,
        number,
        {
            f"ns{first + place}": addresses.name_server(network, number, place)
            for place in range(addresses.SERVERS)
        },
    )


def bind_resolver(instance: Instance, vpc: str, offset: int) -> bool:
    """The place of a VPC's resolver, which it may have from a VPC that is gone; whether that is new."""
    name, view = vpc.rpartition("/")[2], f"{addresses.PLACE}{offset}"
    address = str(pools.address(instance.config.addresses, offset))
    if view not in instance.served:
        bind_view(instance, view, {name: IPv4Address(address)})
        return True
    before = instance.listeners
    instance.listeners = [
        replace(each, name=name if each.protocol == "dns" else f"{name}-{each.protocol}")
        if each.address == address
        else each
        for each in before
    ]
    return instance.listeners != before


def bind_view(
    instance: Instance, view: View, wanted: Mapping[str, IPv4Address], *, encrypted: bool = True
) -> None:
    """The addresses that one view of the names is answered at: all, or none and tried again."""
    resolves = isinstance(view, str) and view.startswith((addresses.RESOLVER, addresses.PLACE))
    for_udp, for_tcp = ("resolver", "resolver") if resolves else ("dns", "streams")
    udp = [role for role in instance.roles if role.name == for_udp]
    tcp = [role for role in instance.roles if role.name == for_tcp]
    if not udp and not tcp:
        instance.served.add(view)
        return
    bound: list[tuple[Role, dict[str, Any], socket.socket]] = []
    listeners: list[Listener] = []
    for name, each in wanted.items():
        address = str(each)
        port = choose_port(address, DNS_PORT, ("udp", "tcp"))
        purpose = {"view": view}
        if udp:
            for role, sock in zip(udp, bind_udp(address, port, len(udp)), strict=True):
                bound.append((role, purpose, sock))
        bound += [(role, purpose, listen_tcp(address, port)) for role in tcp]
        listeners.append(Listener(name, "dns", address, port))
        for protocol, standard in (
            ENCRYPTED.items() if tcp and encrypted and instance.config.dns.encrypted else ()
        ):
            port = choose_port(address, standard, ("tcp",))
            secure = {"view": view, "transport": protocol}
            bound += [(role, secure, listen_tcp(address, port)) for role in tcp]
            listeners.append(Listener(f"{name}-{protocol}", protocol, address, port))
    for role, purpose, sock in bound:
        role.hand(purpose, sock)
    instance.listeners += listeners
    instance.served.add(view)


def bind_new(instance: Instance) -> bool:
    """Bind what came since: delegation sets, and VPCs with private zones; whether that was any."""
    sets, vpcs, offsets = instance.store.read_now(
        lambda tx: (server_sets.numbers(tx), publishing.vpcs(tx), pools.resolvers(tx))
    )
    before, changed = len(instance.served), False
    if addresses.RESOLVER not in instance.served:
        where = instance.config.addresses.network_address + addresses.RESOLVER_OFFSET
        bind_view(instance, addresses.RESOLVER, {"resolver": where})
    for view, place in registry.PLACES.items():
        if view not in instance.served:
            name = "tld" if view == "registry-1" else view
            where = instance.config.addresses.network_address + place
            bind_view(instance, view, {name: where}, encrypted=False)
    for number in sets:
        if number not in instance.served:
            bind_servers(instance, number)
    for vpc in vpcs:
        if vpc in offsets:
            changed |= bind_resolver(instance, vpc, offsets[vpc])
    return changed or len(instance.served) > before


def raise_limits() -> None:
    """A set of name servers takes a dozen descriptors, a connection one: have as many as we may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def follow_server_sets(
    instance: Instance, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Bind the servers of delegation sets, and the resolvers of VPCs, made while we run."""
    with instance.store.bells.listen(f"{os.getpid()}", server_sets.BINDING) as bell:
        task_status.started()
        while True:
            with anyio.move_on_after(1.0):
                await anyio.wait_readable(bell)
            hush(bell)
            try:
                found = bind_new(instance)
            except (Unavailable, CannotBind) as outage:
                log.warning("what is new cannot be bound: %s", outage)
                await anyio.sleep(1.0)
                continue
            if found:
                write_status(instance)


async def listen(
    instance: Instance, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Hear what other nodes commit, on a thread of its own."""
    stop = threading.Event()
    task_status.started()
    try:
        await anyio.to_thread.run_sync(instance.store.listen, stop, abandon_on_cancel=True)
    finally:
        stop.set()


async def run(instance: Instance, ready: Callable[[Instance], None]) -> None:
    """Run all roles until cancelled.  CannotStart if one of them never gets ready."""
    workers = [Worker(role.label, partial(run_role, role)) for role in instance.roles]
    workers.append(Worker("addresses", partial(follow_server_sets, instance)))
    workers.append(Worker("listener", partial(listen, instance)))
    try:
        async with anyio.create_task_group() as group:
            await group.start(partial(supervise, workers))
            write_status(instance)
            ready(instance)
    except ExceptionGroup as failures:
        raise CannotStart(reason(failures)) from None
    finally:
        (instance.config.data / "run" / STATUS).unlink(missing_ok=True)
        instance.store.close()


def write_status(instance: Instance) -> None:
    path = instance.config.data / "run" / STATUS
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(instance.status()))
    temporary.rename(path)


def read_status(data: Path) -> dict[str, Any]:
    """What runs on a data directory: its status, or that nothing does."""
    stopped: dict[str, Any] = {"ready": False, "api": "", "listeners": []}
    try:
        found: dict[str, Any] = json.loads((data / "run" / STATUS).read_text())
    except (OSError, ValueError):
        return stopped
    return found if is_running(data) else stopped


def is_running(data: Path) -> bool:
    """Whether an instance holds a data directory."""
    try:
        with open(data / "run" / "instance.lock") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition until it holds or time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
