"""The composition root: a data directory is prepared once, held by one, and says what runs on it."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import anyio
import pytest

from forecourt import app
from forecourt.app import CannotStart, Instance
from forecourt.config import Config, Dns, Traces
from forecourt.platform import traces
from forecourt.platform.identity import accounts
from forecourt.platform.names import registry, server_sets
from forecourt.platform.network import defaults as default_vpcs
from forecourt.platform.network.zones import BY_DEFAULT
from forecourt.processes.children import Role
from forecourt.store.tx import Tx

REGISTRIES = ["root", "hosts", "tld", "registry-2", "registry-3", "registry-4"]
BIND, NETWORK = "127.61.200.1", "127.61.192.0/20"


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Metrics and credentials as they were; locks and sockets given back."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR")
    monkeypatch.delenv(app.ROOT_CREDENTIALS, raising=False)
    held = len(app.HELD)
    yield
    while len(app.HELD) > held:
        app.HELD.pop().close()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path / "data", bind=BIND, network=NETWORK, dns=Dns(processes=1))


@pytest.fixture
def instance(config: Config) -> Iterator[Instance]:
    found = app.prepare(config)
    yield found
    give_back(found)


def give_back(instance: Instance) -> None:
    for role in instance.roles:
        for _, sock in role.sockets:
            sock.close()
    instance.store.close()


def release() -> None:
    app.HELD.pop().close()


def test_secrets_are_made_once_and_are_the_owners(config: Config) -> None:
    secrets = ("master.key", "admin.token", "run/cookie-secret", "tls/api.key", "tls/root.pem")
    seen = set[tuple[bytes, ...]]()
    for fresh in (True, False):
        instance = app.prepare(config)
        assert instance.fresh is fresh
        seen.add(tuple((config.data / name).read_bytes() for name in secrets))
        give_back(instance)
        release()
    assert len(seen) == 1
    assert stat.S_IMODE(config.data.stat().st_mode) == 0o700
    for name in secrets:
        assert not stat.S_IMODE((config.data / name).stat().st_mode) & 0o077, name


def test_the_first_account_and_set(instance: Instance) -> None:
    key = instance.store.read_now(accounts.root_key, accounts.FIRST)
    assert key is not None
    assert accounts.account_of(key.id) == accounts.FIRST
    assert instance.store.read_now(server_sets.numbers) == [1]


def test_default_vpcs(instance: Instance) -> None:
    """Every account has them, those of older instances too."""

    def lost(tx: Tx) -> None:
        accounts.create_account(tx, "111122223333", "of an older instance")

    instance.store.write_now(lost)
    assert instance.store.read_now(default_vpcs.lacking) == ["111122223333"]
    instance.store.write_now(app.first_account)
    assert instance.store.read_now(default_vpcs.lacking) == []
    made = "SELECT count(*) FROM resource WHERE kind = 'vpc'"
    assert instance.store.read_now(lambda tx: tx.value(made)) == 2 * len(BY_DEFAULT)


@pytest.mark.parametrize("account", ["", "111122223333"])
def test_a_given_root_credential(
    config: Config, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ":".join(filter(None, ("AKIATEST", "s3cret", account)))
    monkeypatch.setenv(app.ROOT_CREDENTIALS, given)
    instance = app.prepare(config)
    key = instance.store.read_now(accounts.find_key, "AKIATEST")
    assert key is not None
    assert (key.secret, key.account) == ("s3cret", account or accounts.FIRST)
    assert not instance.fresh
    give_back(instance)


@pytest.mark.parametrize("given", ["x", "a:", ":b", "a:b:c:d", "a:b:not-an-account", "a:b:123"])
def test_bad_root_credentials(config: Config, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(app.ROOT_CREDENTIALS, given)
    with pytest.raises(CannotStart, match=app.ROOT_CREDENTIALS):
        app.prepare(config)


def test_traces_without_their_packages(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "installed", lambda: False)
    wanted = dataclasses.replace(config, traces=Traces("http://127.0.0.1:4318/v1/traces"))
    with pytest.raises(CannotStart, match=r"pip install 'forecourt\[traces\]'"):
        app.prepare(wanted)


def test_a_directory_is_held_by_one(config: Config, instance: Instance) -> None:
    assert app.is_running(config.data)
    with pytest.raises(CannotStart, match=f"another instance runs on {config.data}; stop it with"):
        app.prepare(config)
    release()
    assert not app.is_running(config.data)
    gc.collect()  # no file is left open


def test_asking_who_runs_never_keeps_one_from_starting(config: Config, instance: Instance) -> None:
    release()
    asking, done = threading.Event(), threading.Event()

    def ask() -> None:
        while not done.is_set():
            app.is_running(config.data)
            asking.set()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        assert asking.wait(5)
        for _ in range(300):
            app.hold(config.data)
            release()
    finally:
        done.set()
        thread.join()
        gc.collect()


@pytest.mark.parametrize("kind", ["file", "store", "unsupported"])
def test_what_cannot_be_used_is_said(tmp_path: Path, kind: str) -> None:
    data = tmp_path / "data"
    if kind == "file":
        data.write_text("")
    if kind == "store":
        (data / "store.db").mkdir(parents=True)
    store = "mysql://x" if kind == "unsupported" else "sqlite"
    with pytest.raises(CannotStart) as caught:
        app.prepare(Config(data, store=store))
    assert "\n" not in str(caught.value)
    assert ("mysql" if kind == "unsupported" else str(data)) in str(caught.value)


def test_binding(instance: Instance) -> None:
    app.bind(instance)
    resolver, *servers = (
        [f"{name}{over}" for over in ("", "-dot", "-doh")]
        for name in ("resolver", "ns1", "ns2", "ns3", "ns4")
    )
    mail = [name for name, _, _ in app.MAIL_PORTS]
    wanted = ["api", "apis", "public", *mail, *resolver, *REGISTRIES, *chain(*servers)]
    assert [each.name for each in instance.listeners] == wanted
    labels = {role.label: len(role.sockets) for role in instance.roles}
    assert labels == {
        "gateway-0": 3,
        "dns-0": 10,
        "streams-0": 18,
        "resolver-0": 4,
        "mail-0": 9,
        "cache-0": 0,
        "terminator-0": 0,
        "control-0": 0,
    }
    plain = [each for each in instance.listeners if each.protocol == "dns"]
    places = [2, *range(4, 10)]
    addresses = [*(f"127.61.192.{n}" for n in places), *(f"127.61.193.{n}" for n in (1, 2, 3, 4))]
    assert [each.address for each in plain] == addresses
    api = instance.listeners[0]
    assert instance.api == f"http://{BIND}:{api.port}"
    with socket.create_connection((api.address, api.port), 5):
        pass


def test_a_second_instance_gets_other_ports(instance: Instance, tmp_path: Path) -> None:
    app.bind(instance)
    second = app.prepare(Config(tmp_path / "second", bind=BIND, network=NETWORK))
    app.bind(second)
    taken = {(each.address, each.port) for each in instance.listeners}
    assert not taken & {(each.address, each.port) for each in second.listeners}
    give_back(second)


def test_further_sets_count_on(instance: Instance) -> None:
    app.bind(instance)
    app.bind_servers(instance, 2)
    plain = [each.name for each in instance.listeners if each.protocol == "dns"]
    assert plain[-4:] == ["ns5", "ns6", "ns7", "ns8"]
    assert instance.served == {"resolver", *registry.PLACES, 1, 2}


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (("dns",), {*REGISTRIES, "ns1", "ns2", "ns3", "ns4"}),
        (("gateway",), {"api", "apis", "public"}),
        (("control",), set()),
    ],
)
def test_roles_alone(tmp_path: Path, roles: tuple[str, ...], names: set[str]) -> None:
    instance = app.prepare(Config(tmp_path, bind=BIND, network=NETWORK, roles=roles))
    app.bind(instance)
    assert {each.name for each in instance.listeners} == names
    give_back(instance)


def test_status(config: Config, instance: Instance) -> None:
    stopped = {"ready": False, "api": "", "listeners": []}
    assert app.read_status(config.data) == stopped
    app.bind(instance)
    app.write_status(instance)
    status = app.read_status(config.data)
    assert status == instance.status()
    assert status["ready"]
    assert status["pid"] == os.getpid()
    assert set(status["listeners"][0]) == {"name", "protocol", "address", "port"}
    release()
    assert app.read_status(config.data) == stopped


def test_the_status_of_a_run_that_was_killed_is_not_the_next_ones(config: Config) -> None:
    (config.data / "run").mkdir(parents=True)
    stale = {"ready": True, "api": "http://x", "listeners": [], "pid": 1}
    (config.data / "run" / app.STATUS).write_text(json.dumps(stale))
    instance = app.prepare(config)  # and is not ready yet
    assert not app.read_status(config.data)["ready"]
    give_back(instance)


@pytest.mark.parametrize("text", ["", "{", "\xff"])
def test_a_broken_status_is_none(config: Config, instance: Instance, text: str) -> None:
    (config.data / "run" / app.STATUS).write_bytes(text.encode("latin-1"))
    assert not app.read_status(config.data)["ready"]


@pytest.mark.parametrize(("address", "text"), [("127.0.0.1", "127.0.0.1:53"), ("::1", "[::1]:53")])
def test_hostport(address: str, text: str) -> None:
    assert app.hostport(address, 53) == text


def test_a_role_that_cannot_start_is_fatal_and_leaves_no_status(config: Config) -> None:
    instance = app.prepare(config)
    instance.roles = [Role("nonsense", 0, instance.config.dump())]
    readied = list[Instance]()
    with pytest.raises(CannotStart, match="nonsense-0: No module named"):
        anyio.run(app.run, instance, readied.append)
    assert not readied
    gc.collect()
    assert not (instance.config.data / "run" / app.STATUS).exists()


def test_wait_until() -> None:
    turns = iter([False, False, True])
    assert app.wait_until(lambda: next(turns), 5)
    assert not app.wait_until(lambda: False, 0.05)
