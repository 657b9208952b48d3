"""An endpoint that dies, clients far apart, a name that only a network has, answers that prove themselves."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from forecourt.tour.names import clean_up, in_sync

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Routing: answers that go by health, place and network"
WITHIN = 15.0  # seconds
SUBNETS = {"Seoul": "1.208.0.0", "Frankfurt": "5.1.80.0"}
MAY_SIGN = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign")


def chapter(guide: Guide) -> None:
    route53 = guide.client("route53")
    name = f"{guide.unique()}.example"
    made: dict[str, list[str]] = {"zones": [], "checks": []}
    try:
        with guide.step(f"Create the hosted zone {name}") as step:
            zone = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
            made["zones"].append(zone)
            server = at(guide, route53, zone)
            step.evidence = f"{zone}, answered at {server[0]}"
        failover(guide, route53, zone, name, server, made["checks"])
        with guide.step("The same name, asked from Seoul and from Frankfurt") as step:
            regions = {"ap-northeast-2": "192.0.2.30", "eu-central-1": "192.0.2.40"}
            in_sync(
                route53, zone, [routed(f"near.{name}", r, v, Region=r) for r, v in regions.items()]
            )  # fmt: skip
            said = {place: ask(server, f"near.{name}", subnet) for place, subnet in SUBNETS.items()}
            if sorted(said.values()) != sorted(regions.values()):
                raise AssertionError(f"the answers are {said}")
            step.evidence = "\n".join(f"from {place}: {value}" for place, value in said.items())
        with guide.step("A name that only one network has") as step:
            step.evidence = private(guide, route53, name, server, made["zones"])
        with guide.step("Sign the zone by a key of KMS; an answer brings its signature") as step:
            step.evidence = signed(guide, route53, zone, name, server)
    finally:
        for check in made["checks"]:
            route53.delete_health_check(HealthCheckId=check)
        for each in reversed(made["zones"]):
            clean_up(route53, each)


def at(guide: Guide, route53: Any, zone: str) -> tuple[str, int]:
    """A name server of a zone: whichever of those that listen answers for it."""
    name = route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"]
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        for each in listeners(guide):
            if each["protocol"] == "dns" and each["name"].startswith("ns"):
                where = each["address"], each["port"]
                if query(where, name, "SOA").flags & dns.flags.AA:
                    return where
        time.sleep(0.05)
    raise AssertionError(f"no name server answers for {name}")


def failover(
    guide: Guide, route53: Any, zone: str, name: str, server: tuple[str, int], checks: list[str]
) -> None:
    """A primary with a health check, whose endpoint ends."""
    with guide.step("A health check probes a small web server; its name answers") as step:
        host = server[0]
        with endpoint(host) as port:
            config = {
                "Type": "HTTP", "IPAddress": host, "Port": port, "RequestInterval": 10,
                "FailureThreshold": 1,
            }  # fmt: skip
            check = route53.create_health_check(CallerReference=name, HealthCheckConfig=config)
            checks.append(check["HealthCheck"]["Id"])
            in_sync(
                route53,
                zone,
                [
                    routed(f"www.{name}", "here", "192.0.2.10", Failover="PRIMARY", HealthCheckId=checks[0]),
                    routed(f"www.{name}", "spare", "192.0.2.20", Failover="SECONDARY"),
                ],
            )  # fmt: skip
            seen = wait_for(
                lambda: route53.get_health_check_status(HealthCheckId=checks[0])[
                    "HealthCheckObservations"
                ]
            )
            value = ask(server, f"www.{name}")
            step.evidence = f"{seen[0]['StatusReport']['Status']}\nwww.{name}: {value}"
    with guide.step("The web server ends: the other answers") as step:
        started = time.monotonic()
        wait_for(lambda: ask(server, f"www.{name}") == "192.0.2.20")
        last = route53.get_health_check_last_failure_reason(HealthCheckId=checks[0])
        status = last["HealthCheckObservations"][0]["StatusReport"]["Status"]
        took = time.monotonic() - started
        step.evidence = f"{status}\nwww.{name}: 192.0.2.20, after {took:.1f} s of at most 11"


def private(
    guide: Guide, route53: Any, name: str, server: tuple[str, int], zones: list[str]
) -> str:
    """A private zone of the account's default VPC, asked of its resolver and of a public server."""
    ec2 = guide.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    where = {"VPCRegion": ec2.meta.region_name, "VPCId": vpc["VpcId"]}
    inside = f"corp-{name}"
    made = route53.create_hosted_zone(Name=inside, CallerReference=inside, VPC=where)
    zones.append(made["HostedZone"]["Id"])
    in_sync(route53, zones[-1], [record(f"home.{inside}", "10.0.0.7")])
    resolver = wait_for(
        lambda: next(
            ((e["address"], e["port"]) for e in listeners(guide) if e["name"] == vpc["VpcId"]), None
        )
    )
    value = wait_for(lambda: ask(resolver, f"home.{inside}"))
    outside = query(server, f"home.{inside}").rcode()
    return f"{vpc['VpcId']} at {resolver[0]}: {value}\na public name server: {dns.rcode.to_text(outside)}"


def signed(guide: Guide, route53: Any, zone: str, name: str, server: tuple[str, int]) -> str:
    kms = guide.client("kms")
    account = guide.client("sts").get_caller_identity()["Account"]
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    service = {"Service": "dnssec-route53.amazonaws.com"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": service, "Action": list(MAY_SIGN), "Resource": "*"},
        ],
    }
    key = kms.create_key(
        KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=json.dumps(policy)
    )["KeyMetadata"]
    of = {"HostedZoneId": zone, "Name": "tour"}
    try:
        made = route53.create_key_signing_key(
            **of, CallerReference=name, KeyManagementServiceArn=key["Arn"], Status="ACTIVE"
        )["KeySigningKey"]
        route53.enable_hosted_zone_dnssec(HostedZoneId=zone)

        def signatures() -> list[str]:
            found = query(server, name, "SOA", want_dnssec=True).answer
            return [
                r.to_text() for each in found for r in each if each.rdtype == dns.rdatatype.RRSIG
            ]

        (proof,) = wait_for(signatures)
        return f"DS {made['DSRecord']}\nRRSIG {proof[:72]}..."
    finally:
        if route53.get_dnssec(HostedZoneId=zone)["Status"]["ServeSignature"] == "SIGNING":
            route53.disable_hosted_zone_dnssec(HostedZoneId=zone)
        for _ in route53.get_dnssec(HostedZoneId=zone)["KeySigningKeys"]:
            route53.deactivate_key_signing_key(**of)
            route53.delete_key_signing_key(**of)
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)


def listeners(guide: Guide) -> list[dict[str, Any]]:
    """Where the instance listens by now."""
    from pathlib import Path

    from forecourt.app import read_status

    if "data" not in guide.instance:
        return list(guide.instance["listeners"])
    return list(read_status(Path(guide.instance["data"]))["listeners"])


def record(name: str, value: str) -> dict[str, Any]:
    rrset = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    return {"Action": "CREATE", "ResourceRecordSet": rrset}


def routed(name: str, identifier: str, value: str, **policy: Any) -> dict[str, Any]:
    change = record(name, value)
    change["ResourceRecordSet"] |= {"SetIdentifier": identifier, **policy}
    return change


def query(
    where: tuple[str, int], name: str, type_: str = "A", **options: Any
) -> dns.message.Message:
    return dns.query.udp(
        dns.message.make_query(name, type_, **options), where[0], port=where[1], timeout=2
    )


def ask(where: tuple[str, int], name: str, subnet: str = "") -> str:
    """The address that a client, of a subnet, is answered."""
    options = [dns.edns.ECSOption(subnet, 24)] if subnet else []
    answer = query(where, name, use_edns=0, options=options).answer
    return " ".join(r.to_text() for each in answer for r in each)


def wait_for(condition: Callable[[], Any]) -> Any:
    """What a condition says once it holds."""
    deadline = time.monotonic() + WITHIN
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come to pass")
        time.sleep(0.05)
    return found


@contextmanager
def endpoint(address: str) -> Iterator[int]:
    """A web server that is well, while it is entered; its port."""

    class Well(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer((address, 0), Well)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
