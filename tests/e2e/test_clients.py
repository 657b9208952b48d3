"""Other people's clients against a real instance: octoDNS, lexicon, the AWS CLI, dig."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .starting import client_of, environment_of, running

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".venv-e2e/bin"

ZONE = """
'':
  - {type: A, values: [192.0.2.1, 192.0.2.2]}
  - {type: AAAA, values: ['2001:db8::1']}
  - {type: CAA, value: {flags: 0, tag: issue, value: ca.example.net}}
  - {type: MX, values: [{exchange: mx1.octo.example.com., preference: 10},
                        {exchange: mx2.octo.example.com., preference: 20}]}
  - {type: TXT, values: ['v=spf1 -all', 'semi\\;colon', 'back\\\\slash']}
'*.wild': {type: A, value: 192.0.2.9}
_sip._tcp: {type: SRV, values: [{priority: 10, weight: 20, port: 5060, target: sip.octo.example.com.}]}
ds:
  - {type: NS, values: [ns1.other.example.]}
  - {type: DS, value: {key_tag: 12345, algorithm: 13, digest_type: 2,
     digest: 3490a6806d47f17a34c29e2ce80e8a999ffbe4be3490a6806d47f17a34c29e2c}}
long: {type: TXT, value: LONG}
naptr: {type: NAPTR, values: [{order: 10, preference: 100, flags: S, service: SIP+D2U,
        regexp: '!^.*$!sip:info@bar.example.com!', replacement: .}]}
ptr: {type: PTR, values: [host.octo.example.com.]}
spf: {type: SPF, values: ['v=spf1 -all']}
sub: {type: NS, values: [ns1.other.example., ns2.other.example.]}
www: {type: CNAME, value: octo.example.com.}
""".replace("LONG", "a" * 300)
OCTODNS = """
providers:
  yaml: {class: octodns.provider.yaml.YamlProvider, directory: FOLDER, enforce_order: false}
  route53:
    class: octodns_route53.Route53Provider
    access_key_id: env/AWS_ACCESS_KEY_ID
    secret_access_key: env/AWS_SECRET_ACCESS_KEY
zones:
  octo.example.com.: {sources: [yaml], targets: [route53]}
"""
DYNAMIC = """
www:
  type: A
  ttl: 60
  values: [192.0.2.1]
  dynamic:
    pools:
      asia: {fallback: world, values: [{value: 192.0.2.10, weight: 3}, {value: 192.0.2.11, weight: 1}]}
      europe: {fallback: world, values: [{value: 192.0.2.20}]}
      world: {values: [{value: 192.0.2.30}, {value: 192.0.2.31}]}
    rules:
      - {geos: [AS-KR, AS-JP], pool: asia}
      - {geos: [EU], pool: europe}
      - {pool: world}
  octodns:
    healthcheck: {host: www.dynamic.example.com, path: /health, port: 8099, protocol: HTTP}
    route53: {healthcheck: {request_interval: 10}}
"""
LEXICON = """
import os
from lexicon.client import Client
from lexicon.config import ConfigResolver

config = ConfigResolver().with_dict({
    "provider_name": "route53", "domain": "lexicon.example.com",
    "delegated": "lexicon.example.com",
    "route53": {"auth_access_key": os.environ["AWS_ACCESS_KEY_ID"],
                "auth_access_secret": os.environ["AWS_SECRET_ACCESS_KEY"],
                "private_zone": "false"},
})
with Client(config) as zone:
    assert zone.create_record("A", "www", "192.0.2.1")
    assert zone.create_record("TXT", "_acme-challenge", "token")
    assert [r["content"] for r in zone.list_records("A", "www")] == ["192.0.2.1"]
    assert zone.update_record(None, "A", "www", "192.0.2.2")
    assert [r["content"] for r in zone.list_records("A", "www")] == ["192.0.2.2"]
    assert zone.delete_record(None, "A", "www")
    assert zone.list_records("A", "www") == []
"""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running(tmp_path_factory.mktemp("clients"), 64) as status:
        yield status


@pytest.fixture(scope="module")
def environment(instance: dict[str, Any]) -> dict[str, str]:
    return environment_of(instance)


@pytest.fixture(scope="module")
def route53(environment: dict[str, str]) -> Iterator[Any]:
    with client_of(environment, "route53") as client:
        yield client


def client(name: str) -> str:
    if not (path := CLIENTS / name).exists():
        pytest.fail(f"{path} is not here; `make e2e` installs it")
    return str(path)


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def dig(instance: dict[str, Any], *words: str, server: str = "ns1") -> str:
    if not shutil.which("dig"):
        pytest.fail("dig is not here; apt install bind9-dnsutils")
    at = next(each for each in instance["listeners"] if each["name"] == server)
    command = ["dig", f"@{at['address']}", "-p", str(at["port"]), "+short", "+tries=1", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout


def create(route53: Any, name: str) -> str:
    zone = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
    return str(zone)


def test_octodns_applies_and_then_plans_nothing(
    route53: Any, instance: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    create(route53, "octo.example.com")
    (tmp_path / "octo.example.com.yaml").write_text(ZONE)
    config = tmp_path / "config.yaml"
    config.write_text(OCTODNS.replace("FOLDER", str(tmp_path)))
    sync = (client("octodns-sync"), "--config-file", str(config))
    assert "Creates=15" in run(environment, *sync, "--doit")
    assert "No changes were planned" in run(environment, *sync)
    assert dig(instance, "x.y.wild.octo.example.com", "A") == "192.0.2.9\n"
    assert dig(instance, "octo.example.com", "MX").splitlines() == [
        "10 mx1.octo.example.com.",
        "20 mx2.octo.example.com.",
    ]


def test_octodns_with_a_dynamic_zone(
    route53: Any, instance: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    """Geolocation above failover above weights, with health checks: as octoDNS builds them."""
    create(route53, "dynamic.example.com")
    (tmp_path / "dynamic.example.com.yaml").write_text(DYNAMIC)
    config = tmp_path / "config.yaml"
    text = OCTODNS.replace("FOLDER", str(tmp_path)).replace(
        "octo.example.com", "dynamic.example.com"
    )
    config.write_text(text)
    sync = (client("octodns-sync"), "--config-file", str(config))
    assert "Creates=1" in run(environment, *sync, "--doit")
    assert "No changes were planned" in run(environment, *sync)
    assert len(route53.list_health_checks()["HealthChecks"]) == 5
    # No endpoint is there: all checks fail, and then all count as healthy.
    for subnet, values in (
        ("1.208.0.0/24", {"192.0.2.10", "192.0.2.11"}),
        ("5.1.80.0/24", {"192.0.2.20"}),
        ("198.51.100.0/24", {"192.0.2.30", "192.0.2.31"}),
    ):
        found = {
            dig(instance, "www.dynamic.example.com", "A", f"+subnet={subnet}") for _ in range(40)
        }
        assert {value.strip() for value in found} <= values | {"192.0.2.30", "192.0.2.31"}
        assert {value.strip() for value in found} & values


def test_lexicon(route53: Any, instance: dict[str, Any], environment: dict[str, str]) -> None:
    create(route53, "lexicon.example.com")
    run(environment, client("python"), "-c", textwrap.dedent(LEXICON))
    assert dig(instance, "_acme-challenge.lexicon.example.com", "TXT") == '"token"\n'


def test_the_aws_cli_waits_and_dig_answers(
    route53: Any, instance: dict[str, Any], environment: dict[str, str]
) -> None:
    zone = create(route53, "cli.example.com")
    aws = client("aws")
    batch = json.dumps(
        {
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": "www.cli.example.com",
                        "Type": "A",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "192.0.2.5"}],
                    },
                }
            ]
        }
    )
    said = run(
        environment, aws, "route53", "change-resource-record-sets", "--hosted-zone-id", zone,
        "--change-batch", batch,
    )  # fmt: skip
    change = json.loads(said)["ChangeInfo"]
    assert change["Status"] == "PENDING"
    run(environment, aws, "route53", "wait", "resource-record-sets-changed", "--id", change["Id"])
    for server in ("ns1", "ns2", "ns3", "ns4"):
        assert dig(instance, "www.cli.example.com", server=server) == "192.0.2.5\n"
        assert dig(instance, "+tcp", "www.cli.example.com", server=server) == "192.0.2.5\n"


def test_a_thousand_records_by_boto3_answer_over_both_transports(
    route53: Any, instance: dict[str, Any], tmp_path: Path
) -> None:
    zone = create(route53, "thousand.example.com")

    def batch(action: str, numbers: range) -> None:
        changes = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": f"h{n}.thousand.example.com",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": f"10.0.{n >> 8}.{n & 255}"}],
                },
            }
            for n in numbers
        ]
        info = route53.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": changes}
        )["ChangeInfo"]
        waiter = route53.get_waiter("resource_record_sets_changed")
        waiter.wait(Id=info["Id"], WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})

    for start in range(0, 1000, 250):
        batch("CREATE", range(start, start + 250))
    names = tmp_path / "names"
    names.write_text("".join(f"h{n}.thousand.example.com A\n" for n in range(1000)))
    wanted = [f"10.0.{n >> 8}.{n & 255}" for n in range(1000)]
    assert dig(instance, "-f", str(names)).split() == wanted
    assert dig(instance, "+tcp", "-f", str(names)).split() == wanted
    batch("DELETE", range(1000))
    assert dig(instance, "-f", str(names)) == ""
    route53.delete_hosted_zone(Id=zone)
    assert dig(instance, "thousand.example.com", "SOA") == ""
