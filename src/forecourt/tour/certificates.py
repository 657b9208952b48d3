"""A certificate: asked for, proven, shown to a visitor, taken back; and what a signature is for."""

from __future__ import annotations

import ssl
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509

from forecourt.planes.tls import lesson
from forecourt.planes.tls.inspecting import Step, Target, inspect
from forecourt.tour.internet import CONTACT, status
from forecourt.tour.names import clean_up, in_sync
from forecourt.tour.routing import wait_for

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Certificates: from a request to a padlock, and back"
PASSPHRASE = "only for this tour"


def chapter(guide: Guide) -> None:
    domains, route53, acm = (guide.client(each) for each in ("route53domains", "route53", "acm"))
    name = f"{guide.unique()}.co.kr"
    zone = arn = ""
    try:
        with guide.step(f"Request a certificate for *.{name}: it waits for proof") as step:
            operation = domains.register_domain(
                DomainName=name, DurationInYears=1, AdminContact=CONTACT,
                RegistrantContact=CONTACT, TechContact=CONTACT,
            )["OperationId"]  # fmt: skip
            wait_for(lambda: status(domains, operation) == "SUCCESSFUL")
            zone = zone_of(route53, name)
            arn = acm.request_certificate(
                DomainName=f"*.{name}", SubjectAlternativeNames=[name], ValidationMethod="DNS",
                KeyAlgorithm="EC_prime256v1", Options={"Export": "ENABLED"},
            )["CertificateArn"]  # fmt: skip
            shown = describe(acm, arn)
            record = shown["DomainValidationOptions"][0]["ResourceRecord"]
            step.evidence = (
                f"{shown['Status']}, until there is\n{record['Name']} CNAME {record['Value']}"
            )
        with guide.step("Create the CNAME: anybody can see it now, so it is issued") as step:
            began = time.monotonic()
            made = {
                "Name": record["Name"], "Type": "CNAME", "TTL": 60,
                "ResourceRecords": [{"Value": record["Value"]}],
            }  # fmt: skip
            in_sync(route53, zone, [{"Action": "CREATE", "ResourceRecordSet": made}])
            wait_for(lambda: describe(acm, arn)["Status"] == "ISSUED")
            shown = describe(acm, arn)
            took = (time.monotonic() - began) * 1000
            step.evidence = f"ISSUED after {took:.0f} ms, by {shown['Issuer']}, until {shown['NotAfter']:%Y-%m-%d}"
        with guide.step(f"Visit https://www.{name}: the handshake, as it happens") as step:
            found = acm.export_certificate(CertificateArn=arn, Passphrase=PASSPHRASE.encode())
            steps = visit(guide, f"www.{name}", found)
            if not all(each.ok for each in steps):
                raise AssertionError(told(steps))
            step.evidence = told(steps)
        with guide.step("Revoke it: the visitor is told") as step:
            acm.revoke_certificate(CertificateArn=arn, RevocationReason="SUPERSEDED")
            steps = visit(guide, f"www.{name}", found)
            (revocation,) = (each for each in steps if each.name == "Revocation")
            if revocation.ok:
                raise AssertionError(told(steps))
            step.evidence = told([revocation])
        with guide.step("What a signature and a key exchange are for") as step:
            step.evidence = told(lesson.steps())
    finally:
        if arn:
            acm.delete_certificate(CertificateArn=arn)
        if zone:
            domains.delete_domain(DomainName=name)
            clean_up(route53, zone)


def zone_of(route53: Any, name: str) -> str:
    listed = route53.list_hosted_zones_by_name(DNSName=name, MaxItems="1")["HostedZones"]
    return str(next(each["Id"] for each in listed if each["Name"] == f"{name}."))


def describe(acm: Any, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    return found


def visit(guide: Guide, host: str, found: dict[str, Any]) -> list[Step]:
    """What a visitor of a server with an exported certificate sees."""
    chain = x509.load_pem_x509_certificates(found["CertificateChain"].encode())
    public = guide.listener("public")
    elsewhere = {"pki.forecourt.cloud": f"{public[0]}:{public[1]}"}
    with lesson.serving(context_of(found)) as (address, port):
        return inspect(Target(host, port, address, elsewhere), [chain[-1]])


def context_of(found: dict[str, Any]) -> ssl.SSLContext:
    """A server's, with what ACM exported."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        chain.write_text(found["Certificate"] + found["CertificateChain"])
        key.write_text(found["PrivateKey"])
        context.load_cert_chain(chain, key, PASSPHRASE)
    return context


def told(steps: list[Step]) -> str:
    return "\n".join(f"{each.name}: {line}" for each in steps for line in each.told)
