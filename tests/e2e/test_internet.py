"""The local internet: whoever is given the root's hint and anchor finds and validates every name."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.services.route53.calls import a, bare, change, create, rrset
from tests.services.route53domains.calls import ask

from .starting import FORECOURT, client_of, environment_of, listeners, running
from .test_routing import add_key, dig, insync, tool, wait_for

pytestmark = pytest.mark.e2e

NUMBER = 67
Address = tuple[str, int]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running(tmp_path_factory.mktemp("internet"), NUMBER, "--testing") as status:
        yield status


@pytest.fixture(scope="module")
def environment(instance: dict[str, Any]) -> dict[str, str]:
    return environment_of(instance)


@pytest.fixture(scope="module")
def route53(environment: dict[str, str]) -> Iterator[Any]:
    with client_of(environment, "route53") as client:
        yield client


def forecourt(instance: dict[str, Any], *words: str) -> str:
    command = [*FORECOURT, *words, "--data", instance["data"]]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


@contextmanager
def unbound(instance: dict[str, Any], folder: Path) -> Iterator[Address]:
    """Debian's resolver, which knows the root's address and anchor, and nothing else."""
    root, port = listeners(instance)["root"]
    if port != 53:
        pytest.skip("glue carries no port: unbound needs name servers on port 53")
    (folder / "hints").write_text(
        f". 3600 IN NS a.root-servers.\na.root-servers. 3600 IN A {root}\n"
    )
    (folder / "anchor").write_text(forecourt(instance, "dnssec", "anchor"))
    where = f"127.{NUMBER}.251.1", 53535
    (folder / "conf").write_text(
        f"""
server:
  interface: {where[0]}@{where[1]}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  do-not-query-localhost: no
  module-config: "validator iterator"
  root-hints: "{folder}/hints"
  trust-anchor-file: "{folder}/anchor"
  cache-max-negative-ttl: 1
  local-zone: "test." nodefault
remote-control:
  control-enable: no
"""
    )
    process = subprocess.Popen(
        [tool("unbound"), "-d", "-c", str(folder / "conf")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: "status:" in dig(where, ".", "SOA", "+time=1", "+tries=1"))
        yield where
    finally:
        process.terminate()
        process.wait(10)


def validated(where: Address, name: str, type_: str = "A") -> bool:
    said = dig(where, name, type_, "+dnssec")
    return "status: NOERROR" in said and " ad" in said.split("flags:")[1].split(";")[0]


@contextmanager
def another(instance: dict[str, Any], service: str) -> Iterator[Any]:
    """An API for a second account."""
    account = "111122223333"
    if account not in forecourt(instance, "account", "list"):
        forecourt(instance, "account", "add", account)
    said = json.loads(forecourt(instance, "env", "--json", "--account", account))
    with client_of(said, service) as client:
        yield client


def register(environment: dict[str, str], name: str) -> None:
    """A domain through the registrar, once its operation is done."""
    with client_of(environment, "route53domains") as domains:
        operation = ask(domains, name)
        wait_for(
            lambda: domains.get_operation_detail(OperationId=operation)["Status"] == "SUCCESSFUL"
        )


def test_from_the_root_down(
    instance: dict[str, Any], environment: dict[str, str], route53: Any, tmp_path: Path
) -> None:
    register(environment, "jpub.co.kr")
    (parent,) = route53.list_hosted_zones()["HostedZones"]
    zone = parent["Id"].removeprefix("/hostedzone/")
    with another(instance, "route53") as second:
        child = create(second, "b.jpub.co.kr")
        servers = child["DelegationSet"]["NameServers"]
        insync(second, change(second, bare(child), ("CREATE", a("www.b.jpub.co.kr", "192.0.2.2"))))
    change(route53, zone, ("CREATE", a("www.jpub.co.kr", "192.0.2.1")))
    change(route53, zone, ("CREATE", rrset("b.jpub.co.kr", "NS", *servers)))
    add_key(environment, route53, zone, "one")
    insync(route53, route53.enable_hosted_zone_dnssec(HostedZoneId=zone)["ChangeInfo"])
    (key,) = route53.get_dnssec(HostedZoneId=zone)["KeySigningKeys"]
    with client_of(environment, "route53domains") as domains:
        domains.associate_delegation_signer_to_domain(
            DomainName="jpub.co.kr",
            SigningAttributes={
                "Algorithm": key["SigningAlgorithmType"],
                "Flags": key["Flag"],
                "PublicKey": key["PublicKey"],
            },
        )
    registry = listeners(instance)["registry-2"]
    wait_for(lambda: dig(registry, "jpub.co.kr", "DS", "+short"))
    found = listeners(instance)
    # Each step of the walk is a referral by the server of the one above.
    for name, owner in (("root", "kr."), ("tld", "co.kr."), ("registry-2", "jpub.co.kr.")):
        said = dig(found[name], "www.b.jpub.co.kr", "+norec", "+noall", "+authority")
        assert said.split()[0] == owner, said
    with unbound(instance, tmp_path) as resolver:
        assert dig(resolver, "www.jpub.co.kr", "+short") == "192.0.2.1"
        assert dig(resolver, "www.b.jpub.co.kr", "+short") == "192.0.2.2"
        assert validated(resolver, "www.jpub.co.kr")
        assert validated(resolver, "nothing.jpub.co.kr")
        assert validated(resolver, "nothing.kr")
        for host in servers:  # the names of the servers themselves
            assert dig(resolver, host, "+short").startswith(f"127.{NUMBER}.1.")
            assert validated(resolver, host)
        assert not validated(resolver, "www.b.jpub.co.kr")  # its zone is not signed
        delv(found["root"], tmp_path, resolver)


def test_our_resolver_and_every_server(instance: dict[str, Any]) -> None:
    """What the test before made, asked of our resolver and of name servers that hold other names."""
    found = listeners(instance)
    ours = found["resolver"]
    assert validated(ours, "www.jpub.co.kr")
    assert validated(ours, "nothing.jpub.co.kr")
    for over in ("+notcp", "+tcp"):
        assert dig(ours, "www.b.jpub.co.kr", "+short", over) == "192.0.2.2"
    for name, server in found.items():
        if not name.startswith("ns") or "-" in name:
            continue
        assert dig(server, "www.jpub.co.kr", "+short") == "192.0.2.1", name
        answer = dig(server, "www.b.jpub.co.kr", "+short")
        if not answer:  # who delegated it refers to whom it did
            authority = dig(server, "www.b.jpub.co.kr", "+noall", "+authority")
            assert authority.startswith("b.jpub.co.kr."), name
        else:
            assert answer == "192.0.2.2", name
    text = forecourt(instance, "dig", "www.b.jpub.co.kr")
    walked = [line.split()[0] for line in text.splitlines() if " at " in line]
    assert walked == [".", "kr.", "co.kr.", "jpub.co.kr.", "b.jpub.co.kr."]


def test_dnsviz_finds_no_fault(instance: dict[str, Any], tmp_path: Path) -> None:
    program = Path(__file__).parents[2] / ".venv-e2e/bin/dnsviz"
    root, port = listeners(instance)["root"]
    if port != 53:
        pytest.skip("glue carries no port: dnsviz needs name servers on port 53")
    (tmp_path / "anchor").write_text(forecourt(instance, "dnssec", "anchor"))
    hint = f".+:a.root-servers={root}"
    probed, judged = tmp_path / "probed", tmp_path / "judged"
    names = ("www.jpub.co.kr", "nothing.jpub.co.kr", "www.b.jpub.co.kr")
    for words in (
        ("probe", "-d", "0", "-4", "-A", "-a", ".", "-x", hint, "-o", probed, *names),
        ("grok", "-l", "warning", "-t", tmp_path / "anchor", "-r", probed, "-o", judged),
    ):
        subprocess.run([program, *words], capture_output=True, timeout=120, check=True)
    faults = set(faults_in(json.loads(judged.read_text())))
    assert faults  # addresses are those of this machine
    assert all(each.endswith("PRIVATE_IP") for each in faults), faults


def faults_in(judged: Any) -> Iterator[str]:
    """The codes of whatever dnsviz finds wrong."""
    if isinstance(judged, list):
        for each in judged:
            yield from faults_in(each)
    elif isinstance(judged, dict):
        for key, value in judged.items():
            if key in ("errors", "warnings"):
                yield from (each["code"] for each in value)
            else:
                yield from faults_in(value)


def delv(root: Address, folder: Path, resolver: Address) -> None:
    """BIND's validator through unbound, by the root's anchor alone."""
    ds = (folder / "anchor").read_text().split()
    text = f'trust-anchors {{ . static-ds {" ".join(ds[3:6])} "{ds[6]}"; }};\n'
    (folder / "trust").write_text(text)
    command = [
        tool("delv"), f"@{resolver[0]}", "-p", str(resolver[1]), "-a", str(folder / "trust"),
        "+root", "www.jpub.co.kr",
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert "fully validated" in said.stdout + said.stderr, said.stdout + said.stderr


def test_what_is_deleted_is_gone(instance: dict[str, Any], route53: Any, tmp_path: Path) -> None:
    zone = bare(create(route53, "gone.test"))
    insync(route53, change(route53, zone, ("CREATE", a("www.gone.test", "192.0.2.3"))))
    said = json.loads(forecourt(instance, "zone", "delegate", "gone.test", "--json"))
    assert len(said["nameservers"]) == 4
    with unbound(instance, tmp_path) as resolver:
        assert dig(resolver, "www.gone.test", "+short") == "192.0.2.3"
    forecourt(instance, "zone", "delegate", "--remove", "gone.test")
    with unbound(instance, tmp_path) as resolver:
        assert "status: NXDOMAIN" in dig(resolver, "www.gone.test") or not dig(
            resolver, "www.gone.test", "+short"
        )


def test_a_domain_given_up(
    instance: dict[str, Any], environment: dict[str, str], route53: Any, tmp_path: Path
) -> None:
    """Within its TTL a deleted domain is gone, also for those who cached what it had."""
    register(environment, "given-up.kr")
    (zone,) = route53.list_hosted_zones_by_name(DNSName="given-up.kr", MaxItems="1")["HostedZones"]
    sets = ("CREATE", a("www.given-up.kr", "192.0.2.4"))
    insync(route53, change(route53, zone["Id"].removeprefix("/hostedzone/"), sets))
    ours = listeners(instance)["resolver"]
    assert dig(ours, "www.given-up.kr", "+short") == "192.0.2.4"
    with client_of(environment, "route53domains") as domains:
        domains.delete_domain(DomainName="given-up.kr")
    registry = listeners(instance)["tld"]
    wait_for(lambda: "status: NXDOMAIN" in dig(registry, "given-up.kr", "NS"))
    with unbound(instance, tmp_path) as resolver:
        assert dig(resolver, "www.given-up.kr", "+short") == ""
        assert validated(resolver, "www.given-up.kr")  # that there is none
