"""Routing policies on the wire: real endpoints, real sockets, many queries; private zones and signed ones."""

from __future__ import annotations

import http.server
import json
import random
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from math import acos, cos, radians, sin
from pathlib import Path
from typing import Any

import dns.edns
import dns.message
import dns.rdatatype
import maxminddb
import pytest

from forecourt.platform.names import geography
from tests.services.route53.calls import a, bare, change, create, routed, rrset

from .starting import client_of, environment_of, listeners, running

pytestmark = pytest.mark.e2e

NUMBER = 65  # of the network
ENDPOINTS = [f"127.{NUMBER}.250.{n}" for n in (1, 2, 3)]
QUERIES = 100_000
WITHIN = 30.0  # seconds
NAME = "www.example.com"


class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def endpoint(address: str, port: int = 8099) -> Iterator[None]:
    server = http.server.ThreadingHTTPServer((address, port), Well)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Asker:
    """Asks one name server by UDP; each query must be answered."""

    def __init__(self, where: tuple[str, int]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.connect(where)

    def ask(self, name: str = NAME, subnet: str | None = None) -> list[str]:
        options = [dns.edns.ECSOption.from_text(subnet)] if subnet else None
        query = dns.message.make_query(name, "A", use_edns=0, options=options)
        self.socket.send(query.to_wire())
        return values(dns.message.from_wire(self.socket.recv(4096)))

    def count(self, times: int, name: str = NAME) -> Counter[tuple[str, ...]]:
        """What many queries are answered; each reply is read once it is new."""
        query = bytearray(dns.message.make_query(name, "A").to_wire())
        known: dict[bytes, tuple[str, ...]] = {}
        found: Counter[tuple[str, ...]] = Counter()
        for number in range(times):
            query[:2] = (number & 0xFFFF).to_bytes(2, "big")
            self.socket.send(query)
            reply = self.socket.recv(4096)
            assert reply[:2] == query[:2]
            if reply[2:] not in known:
                known[reply[2:]] = tuple(values(dns.message.from_wire(reply)))
            found[known[reply[2:]]] += 1
        return found


def values(reply: dns.message.Message) -> list[str]:
    return sorted(r.to_text() for each in reply.answer for r in each if each.rdtype == 1)


def wait_for(condition: Callable[[], Any], seconds: float = WITHIN) -> float:
    """How long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running(tmp_path_factory.mktemp("routing"), NUMBER, "--testing") as status:
        yield status


@pytest.fixture(scope="module")
def environment(instance: dict[str, Any]) -> dict[str, str]:
    return environment_of(instance)


@pytest.fixture(scope="module")
def route53(environment: dict[str, str]) -> Iterator[Any]:
    with client_of(environment, "route53") as client:
        yield client


@pytest.fixture
def asker(instance: dict[str, Any]) -> Iterator[Asker]:
    found = Asker(listeners(instance)["ns1"])
    yield found
    found.socket.close()


@pytest.fixture
def zone(route53: Any) -> Iterator[str]:
    """The zone example.com on the first set, emptied afterwards."""
    made = bare(create(route53, "example.com", f"{time.time()}"))
    yield made
    left = [
        each
        for each in route53.list_resource_record_sets(HostedZoneId=made)["ResourceRecordSets"]
        if each["Type"] not in ("NS", "SOA") or each["Name"] != "example.com."
    ]
    if left:
        change(route53, made, *(("DELETE", each) for each in left))
    route53.delete_hosted_zone(Id=made)


def put(client: Any, zone: str, *sets: dict[str, Any]) -> None:
    info = change(client, zone, *(("CREATE", each) for each in sets))
    waiter = client.get_waiter("resource_record_sets_changed")
    waiter.wait(Id=info["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def check(client: Any, address: str, **config: Any) -> str:
    given = {
        "Type": "HTTP", "IPAddress": address, "Port": 8099, "RequestInterval": 10,
        "FailureThreshold": 1, **config,
    }  # fmt: skip
    made = client.create_health_check(CallerReference=f"{time.time()}", HealthCheckConfig=given)
    return str(made["HealthCheck"]["Id"])


def test_weights(route53: Any, zone: str, asker: Asker) -> None:
    weights = {"192.0.2.1": 10, "192.0.2.2": 30, "192.0.2.3": 60, "192.0.2.4": 0}
    put(route53, zone, *(routed(NAME, v, v, Weight=w) for v, w in weights.items()))
    found = asker.count(QUERIES)
    for value, weight in weights.items():
        assert abs(found[(value,)] / QUERIES - weight / 100) < 0.01, found


def test_failover_there_and_back(route53: Any, zone: str, asker: Asker) -> None:
    """Within interval x threshold + 1 s of the endpoint's death, no query unanswered meanwhile."""
    with endpoint(ENDPOINTS[0]):
        one = check(route53, ENDPOINTS[0])
        put(
            route53, zone,
            routed(NAME, "p", "192.0.2.1", Failover="PRIMARY", HealthCheckId=one),
            routed(NAME, "s", "192.0.2.2", Failover="SECONDARY"),
        )  # fmt: skip
        wait_for(
            lambda: route53.get_health_check_status(HealthCheckId=one)["HealthCheckObservations"]
        )
        assert asker.ask() == ["192.0.2.1"]
    assert wait_for(lambda: asker.ask() == ["192.0.2.2"]) < 10 * 1 + 1
    with endpoint(ENDPOINTS[0]):
        assert wait_for(lambda: asker.ask() == ["192.0.2.1"]) < 10 * 1 + 1
    route53.delete_health_check(HealthCheckId=one)


def test_multivalue_is_healthy_while_one_is(route53: Any, zone: str, asker: Asker) -> None:
    with endpoint(ENDPOINTS[0]):
        checks = [check(route53, address) for address in ENDPOINTS]
        put(
            route53, zone,
            *(
                routed(NAME, each, f"192.0.2.{at}", MultiValueAnswer=True, HealthCheckId=each)
                for at, each in enumerate(checks)
            ),
        )  # fmt: skip
        wait_for(lambda: asker.ask() == ["192.0.2.0"])
        assert set(asker.count(QUERIES)) == {("192.0.2.0",)}
    wait_for(lambda: asker.ask() == ["192.0.2.0", "192.0.2.1", "192.0.2.2"])  # none is: all are
    for each in checks:
        route53.delete_health_check(HealthCheckId=each)


def test_test_dns_answer_agrees_with_the_wire(route53: Any, zone: str, asker: Asker) -> None:
    """A thousand random questions over all that goes by where clients are."""
    collection = route53.create_cidr_collection(Name="c", CallerReference="c")["Collection"]["Id"]
    blocks = [f"{n}.0.0.0/8" for n in range(1, 224, 7)]
    route53.change_cidr_collection(
        Id=collection, Changes=[{"LocationName": "seven", "Action": "PUT", "CidrList": blocks}]
    )
    regions = ("us-east-1", "eu-central-1", "ap-northeast-2", "sa-east-1", "af-south-1")
    places: list[dict[str, str]] = [
        {"CountryCode": code} for code in ("KR", "US", "DE", "BR", "*")
    ] + [{"ContinentCode": code} for code in ("EU", "AS", "AF")]
    put(
        route53, zone,
        *(routed("g.example.com", f"{at}", f"192.0.2.{at}", GeoLocation=w) for at, w in enumerate(places)),
        *(routed("l.example.com", r, f"192.0.2.{at}", Region=r) for at, r in enumerate(regions)),
        *(
            routed("n.example.com", r, f"192.0.2.{at}", GeoProximityLocation={"AWSRegion": r, "Bias": at * 10})
            for at, r in enumerate(regions)
        ),
        *(
            routed("c.example.com", name, f"192.0.2.{at}", CidrRoutingConfig={"CollectionId": collection, "LocationName": name})
            for at, name in enumerate(("seven", "*"))
        ),
    )  # fmt: skip
    chance, seen = random.Random(7), set[tuple[str, str]]()
    for _ in range(1000):
        name = f"{chance.choice('glnc')}.example.com"
        subnet = str(IPv4Address(chance.randrange(1 << 24, 224 << 24) & 0xFFFFFF00))
        told = route53.test_dns_answer(
            HostedZoneId=zone, RecordName=name, RecordType="A", EDNS0ClientSubnetIP=subnet
        )
        answered = asker.ask(name, f"{subnet}/24")
        assert told["RecordData"] == answered, (name, subnet)
        seen.add((name, answered[0]))
    assert len(seen) == len(places) + 2 * len(regions) + 2


REGIONS = ("us-east-1", "eu-central-1", "ap-northeast-2", "sa-east-1", "af-south-1")
BLOCKS = {"wide": "1.0.0.0/8", "narrow": "1.208.0.0/16", "inner": "1.208.7.0/24"}


def country_of(subnet: str) -> str | None:
    with maxminddb.open_database(str(geography.shipped())) as reader:
        found: Any = reader.get(subnet)
    return found["country_code"] if found else None


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres by the law of cosines, which the name servers do not use."""
    (a1, o1), (a2, o2) = ((radians(x), radians(y)) for x, y in (one, other))
    cosine = sin(a1) * sin(a2) + cos(a1) * cos(a2) * cos(o2 - o1)
    return 6371 * acos(max(-1.0, min(1.0, cosine)))


def test_tables_of_subnets(route53: Any, zone: str, asker: Asker) -> None:
    """Sixty client subnets, each by the rules as the Developer Guide words them."""
    known = geography.places()
    collection = route53.create_cidr_collection(Name="t", CallerReference="t")["Collection"]["Id"]
    route53.change_cidr_collection(
        Id=collection,
        Changes=[
            {"LocationName": name, "Action": "PUT", "CidrList": [block]}
            for name, block in BLOCKS.items()
        ],
    )
    countries, continents = ("KR", "US", "DE", "BR"), ("EU", "AS", "AF")
    bias = dict(zip(REGIONS, (0, 50, -50, 90, -90), strict=True))
    places: dict[str, Any] = {c: {"CountryCode": c} for c in countries}
    places |= {c: {"ContinentCode": c} for c in continents} | {"*": {"CountryCode": "*"}}
    spelled = {name: f"192.0.2.{at}" for at, name in enumerate((*places, *REGIONS, *BLOCKS))}
    put(
        route53, zone,
        *(routed("g.example.com", n, spelled[n], GeoLocation=w) for n, w in places.items()),
        *(routed("l.example.com", r, spelled[r], Region=r) for r in REGIONS),
        *(
            routed("n.example.com", r, spelled[r], GeoProximityLocation={"AWSRegion": r, "Bias": bias[r]})
            for r in REGIONS
        ),
        *(
            routed("c.example.com", n, spelled[n], CidrRoutingConfig={"CollectionId": collection, "LocationName": n})
            for n in (*BLOCKS, "*")
        ),
    )  # fmt: skip
    chance = random.Random(11)
    subnets = ["1.208.7.0", "1.208.8.0", "1.9.9.0"]
    while len(subnets) < 60:
        subnet = str(IPv4Address(chance.randrange(1 << 24, 224 << 24) & 0xFFFFFF00))
        if country_of(subnet) in known.countries:
            subnets.append(subnet)
    for subnet in subnets:
        country = country_of(subnet) or ""
        place = known.countries[country]
        smallest = next(c for c in (country, place.continent, "*") if c in places)
        assert asker.ask("g.example.com", f"{subnet}/24") == [spelled[smallest]]
        far = {r: apart(place.point, known.regions[r]) for r in REGIONS}
        assert asker.ask("l.example.com", f"{subnet}/24") == [
            spelled[min(far, key=far.__getitem__)]
        ]
        for region, by in bias.items():
            far[region] *= (1 - by / 100) if by >= 0 else 1 / (1 + by / 100)
        assert asker.ask("n.example.com", f"{subnet}/24") == [
            spelled[min(far, key=far.__getitem__)]
        ]
        holding = [n for n, b in BLOCKS.items() if IPv4Address(subnet) in IPv4Network(b)]
        longest = holding[-1] if holding else "*"
        assert asker.ask("c.example.com", f"{subnet}/24") == [spelled[longest]]
    assert asker.ask("c.example.com", "1.208.7.128/25") == [spelled["inner"]]
    assert asker.ask("c.example.com", "1.208.0.0/15") == [spelled["wide"]]


def test_two_vpcs_and_a_third(
    instance: dict[str, Any], environment: dict[str, str], route53: Any
) -> None:
    with client_of(environment, "ec2") as ec2:
        vpcs = [ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(2)]
    for at, vpc in enumerate(vpcs):
        where = {"VPCRegion": "us-east-1", "VPCId": vpc}
        made = create(route53, "corp", f"r{at}", VPC=where)
        put(route53, bare(made), a("www.corp", f"192.0.2.{at + 1}"))
    found = listeners(instance)
    for at, vpc in enumerate(vpcs):
        assert dig(found[vpc], "www.corp", "+short") == f"192.0.2.{at + 1}"
        inside = f"{found[vpc][0].rpartition('.')[0]}.{int(found[vpc][0].rpartition('.')[2]) + 8}"
        for over in ("+notcp", "+tcp"):  # by where it is asked from
            said = dig(found["resolver"], "www.corp", "-b", inside, "+short", over)
            assert said == f"192.0.2.{at + 1}"
    for name in ("resolver", "ns1", "ns4"):
        for options in ((), ("+tcp",), ("+norec",)):
            said = dig(found[name], "www.corp", *options)
            assert "192.0.2" not in said
            assert "REFUSED" in said or options != ("+norec",)
        assert "192.0.2" not in dig(found[name], "-t", "AXFR", "corp")
        public, unknown = (
            dig(found[name], n, "+noall", "+comments") for n in ("www.corp", "no.such")
        )
        assert without_id(public) == without_id(unknown)


def test_a_resolver_address_goes_from_one_vpc_to_the_next(
    instance: dict[str, Any], environment: dict[str, str], route53: Any
) -> None:
    seen = set[tuple[str, int]]()
    with client_of(environment, "ec2") as ec2:
        for turn in range(3):
            vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
            made = create(route53, "turn", f"t{turn}", VPC={"VPCRegion": "us-east-1", "VPCId": vpc})
            put(route53, bare(made), a("www.turn", f"192.0.2.{turn}"))
            wait_for(lambda: vpc in listeners(instance))  # noqa: B023
            where = listeners(instance)[vpc]
            assert dig(where, "www.turn", "+short") == f"192.0.2.{turn}"
            seen.add(where)
            change(route53, bare(made), ("DELETE", a("www.turn", f"192.0.2.{turn}")))
            route53.delete_hosted_zone(Id=bare(made))
            ec2.delete_vpc(VpcId=vpc)
    assert len(seen) == 1


def without_id(text: str) -> list[str]:
    return [line.split(", id:")[0] for line in text.splitlines() if "opcode" in line]


def dig(where: tuple[str, int], *words: str) -> str:
    command = [tool("dig"), f"@{where[0]}", "-p", str(where[1]), *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=20, check=False
    ).stdout.strip()


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not here; Debian has it")
    return found


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "dnssec-route53.amazonaws.com"}, "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"], "Resource": "*"},
    ],
}  # fmt: skip


@pytest.fixture
def signed(environment: dict[str, str], route53: Any, zone: str) -> Iterator[str]:
    put(
        route53, zone,
        a(NAME), a("*.wild.example.com"), rrset("c.example.com", "CNAME", NAME),
        routed("w.example.com", "a", "192.0.2.1", Weight=1),
        routed("w.example.com", "b", "192.0.2.2", Weight=1),
    )  # fmt: skip
    add_key(environment, route53, zone, "one")
    info = route53.enable_hosted_zone_dnssec(HostedZoneId=zone)["ChangeInfo"]
    insync(route53, info)
    yield zone
    route53.disable_hosted_zone_dnssec(HostedZoneId=zone)
    for each in route53.get_dnssec(HostedZoneId=zone)["KeySigningKeys"]:
        of = {"HostedZoneId": zone, "Name": each["Name"]}
        route53.deactivate_key_signing_key(**of)
        route53.delete_key_signing_key(**of)


def insync(client: Any, info: dict[str, Any]) -> None:
    waiter = client.get_waiter("resource_record_sets_changed")
    waiter.wait(Id=info["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def add_key(environment: dict[str, str], route53: Any, zone: str, name: str) -> None:
    with client_of(environment, "kms") as kms:
        arn = kms.create_key(
            KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=json.dumps(POLICY)
        )["KeyMetadata"]["Arn"]
    made = route53.create_key_signing_key(
        HostedZoneId=zone, Name=name, CallerReference=f"{time.time()}", Status="ACTIVE",
        KeyManagementServiceArn=arn,
    )  # fmt: skip
    insync(route53, made["ChangeInfo"])


def keys(route53: Any, zone: str) -> dict[str, dict[str, Any]]:
    found = route53.get_dnssec(HostedZoneId=zone)["KeySigningKeys"]
    return {each["Name"]: each for each in found}


QUESTIONS = (
    (NAME, "A"), ("x.y.wild.example.com", "A"), ("c.example.com", "A"), ("w.example.com", "A"),
    ("example.com", "SOA"), ("nothing.example.com", "A"), (NAME, "TXT"), ("wild.example.com", "A"),
)  # fmt: skip


def delv(where: tuple[str, int], folder: Path, key: dict[str, Any]) -> None:
    """BIND's validator, trusting one key-signing key."""
    text = key["DNSKEYRecord"].split(" ", 3)
    anchor = folder / "anchor"
    anchor.write_text(
        f'trust-anchors {{ example.com. static-key {" ".join(text[:3])} "{text[3]}"; }};\n'
    )
    for name, type_ in QUESTIONS:
        command = [
            tool("delv"), f"@{where[0]}", "-p", str(where[1]), "-a", str(anchor), "+root=example.com",
            name, type_,
        ]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        out = said.stdout + said.stderr
        assert "fully validated" in out, (name, type_, out)


def unbound(where: tuple[str, int], folder: Path, key: dict[str, Any]) -> None:
    """A validating resolver that knows where the zone is, and its DS."""
    port = 53535
    address = f"127.{NUMBER}.251.1"
    settings = folder / "unbound.conf"
    settings.write_text(
        f"""
server:
  interface: {address}@{port}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor: "example.com. DS {key["DSRecord"]}"
  harden-below-nxdomain: yes
stub-zone:
  name: "example.com"
  stub-addr: {where[0]}@{where[1]}
remote-control:
  control-enable: no
"""
    )
    process = subprocess.Popen(
        [tool("unbound"), "-d", "-c", str(settings)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(
            lambda: "status:" in dig((address, port), "example.com", "SOA", "+time=1", "+tries=1")
        )
        for name, type_ in QUESTIONS:
            said = dig((address, port), name, type_, "+dnssec")
            assert "status: NOERROR" in said, (name, type_, said)
            assert " ad" in said.split("flags:")[1].split(";")[0], (name, type_, said)
    finally:
        process.terminate()
        process.wait(10)


def drill(where: tuple[str, int], folder: Path, key: dict[str, Any]) -> None:
    """ldns, chasing signatures to the key it trusts."""
    trusted = folder / "key"
    trusted.write_text(f"example.com. 3600 IN DNSKEY {key['DNSKEYRecord']}\n")
    if where[1] != 53:
        return  # it can ask port 53 alone when it chases
    for name, type_ in QUESTIONS[:5]:
        command = [tool("drill"), "-S", "-k", str(trusted), f"@{where[0]}", name, type_]
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert "Existence DENIED" not in said.stdout
        assert "[T]" in said.stdout or ";; Chase successful" in said.stdout, (
            said.stdout + said.stderr
        )


@pytest.mark.parametrize("validate", [delv, unbound, drill])
def test_validators_through_a_change_of_keys(
    instance: dict[str, Any], environment: dict[str, str], route53: Any, signed: str, tmp_path: Path,
    validate: Any,
) -> None:  # fmt: skip
    where = listeners(instance)["ns1"]
    old = keys(route53, signed)["one"]
    validate(where, tmp_path, old)
    add_key(environment, route53, signed, "two")
    new = keys(route53, signed)["two"]
    for key in (old, new):
        validate(where, tmp_path, key)
    gone = route53.deactivate_key_signing_key(HostedZoneId=signed, Name="one")
    insync(route53, gone["ChangeInfo"])
    validate(where, tmp_path, new)


def test_queries_are_logged(
    instance: dict[str, Any], route53: Any, zone: str, asker: Asker
) -> None:
    put(route53, zone, a(NAME))
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/route53/example.com"
    made = route53.create_query_logging_config(HostedZoneId=zone, CloudWatchLogsLogGroupArn=group)
    folder = Path(instance["data"]) / "logs" / "route53" / zone

    def lines() -> list[str]:
        asker.ask(NAME, "198.51.100.0/24")
        return [line for path in folder.glob("*.log") for line in path.read_text().splitlines()]

    wait_for(lambda: lines())
    assert f"{zone} {NAME} A NOERROR UDP" in lines()[0]
    assert lines()[0].endswith(" 198.51.100.0/24")
    route53.delete_query_logging_config(Id=made["QueryLoggingConfig"]["Id"])


SECRET = "c2VjcmV0IG9mIHNpeHRlZW4gYnl0ZXM="
KNOT = """
server:
    listen: {address}@{port}
    rundir: {folder}
    user: {user}
key:
  - id: transfer.
    algorithm: hmac-sha256
    secret: {secret}
remote:
  - id: us
    address: {primary}@{primary_port}
    key: transfer.
acl:
  - id: told
    action: notify
    key: transfer.
template:
  - id: default
    storage: {folder}
zone:
  - domain: example.com
    master: us
    acl: told
log:
  - target: {folder}/knot.log
    any: debug
"""
NSD = """
server:
    ip-address: {address}@{port}
    zonesdir: {folder}
    database: ""
    logfile: {folder}/nsd.log
    pidfile: {folder}/nsd.pid
    xfrdfile: {folder}/xfrd.state
    xfrdir: {folder}
    zonelistfile: {folder}/zone.list
    username: ""
    chroot: ""
    server-count: 1
remote-control:
    control-enable: no
key:
    name: "transfer."
    algorithm: hmac-sha256
    secret: "{secret}"
zone:
    name: example.com
    zonefile: example.com.zone
    allow-notify: 127.0.0.0/8 transfer.
    request-xfr: {primary}@{primary_port} transfer.
"""
ADDRESS, PORT = "127.66.252.1", 53053


def test_knot_and_nsd_as_secondaries(tmp_path: Path) -> None:
    """The zone is taken over whole, then each change by NOTIFY and IXFR; routed zones are refused."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "forecourt.toml").write_text(
        f'[transfers]\nkeys = {{"transfer." = "{SECRET}"}}\nnotify = ["{ADDRESS}:{PORT}"]\n'
    )
    programs: dict[str, tuple[str, list[str]]] = {
        "knotd": (KNOT, ["-c"]), "nsd": (NSD, ["-d", "-c"])
    }  # fmt: skip
    with running(data, 66) as instance, client_of(environment_of(instance), "route53") as route53:
        zone = bare(create(route53, "example.com"))
        put(route53, zone, a(NAME), rrset("t.example.com", "TXT", '"long" "text"'))
        host, port = listeners(instance)["ns1"]
        for name, (text, words) in programs.items():
            folder = tmp_path / name
            folder.mkdir()
            (folder / "conf").write_text(
                text.format(
                    address=ADDRESS, port=PORT, folder=folder, secret=SECRET, primary=host,
                    primary_port=port, user="root",
                )
            )  # fmt: skip
            process = subprocess.Popen(
                [tool(name), *words, str(folder / "conf")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

            def answered(value: str) -> bool:
                return dig((ADDRESS, PORT), NAME, "+short", "+time=1", "+tries=1") == value

            try:
                wait_for(lambda: answered("192.0.2.1"))
                for value in ("192.0.2.2", "192.0.2.3"):
                    change(route53, zone, ("UPSERT", a(NAME, value)))
                    wait_for(lambda: answered(value))  # noqa: B023
                change(route53, zone, ("UPSERT", a(NAME, "192.0.2.1")))
            finally:
                process.terminate()
                process.wait(15)
        key = f"hmac-sha256:transfer.:{SECRET}"
        whole = dig((host, port), "-y", key, "example.com", "AXFR")
        assert whole.count("SOA") == 2
        put(route53, zone, routed("w.example.com", "a", "192.0.2.1", Weight=1))
        assert "Transfer failed" in dig((host, port), "-y", key, "example.com", "AXFR")


@pytest.mark.parametrize(("name", "option"), [("ns2-dot", "+tls"), ("ns2-doh", "+https")])
def test_encrypted_transports(
    instance: dict[str, Any], route53: Any, zone: str, name: str, option: str
) -> None:
    put(route53, zone, a(NAME))
    address, port = listeners(instance)[name]
    root = Path(instance["data"]) / "tls" / "root.pem"
    for words in (
        [tool("kdig"), f"@{address}", "-p", str(port), option, f"+tls-ca={root}", f"+tls-host={address}"],
        [tool("dig"), f"@{address}", "-p", str(port), option],
    ):  # fmt: skip
        said = subprocess.run(
            [*words, NAME, "+short"], capture_output=True, text=True, timeout=20, check=False
        )
        assert said.stdout.strip() == "192.0.2.1", said.stdout + said.stderr
