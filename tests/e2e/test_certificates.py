"""Certificates in the world: proven through Route 53, verified by openssl, revoked for everybody."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forecourt.planes.tls.linting import faults
from forecourt.planes.tls.profiles import SERVER_DV
from tests.services.acm_pca import calls as pca
from tests.services.route53.calls import bare, change, rrset

from .starting import client_of, environment_of, listeners, running
from .test_internet import register
from .test_routing import dig, insync, tool, wait_for

pytestmark = pytest.mark.e2e

NUMBER = 69
ISSUED_WITHIN = 5.0  # seconds after the record is there


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running(tmp_path_factory.mktemp("certificates"), NUMBER, "--testing") as status:
        yield status


@pytest.fixture(scope="module")
def environment(instance: dict[str, Any]) -> dict[str, str]:
    found = environment_of(instance)
    register(found, "jpub.co.kr")
    return found


@pytest.fixture(scope="module")
def acm(environment: dict[str, str]) -> Iterator[Any]:
    with client_of(environment, "acm") as client:
        yield client


def openssl(*words: str | Path) -> str:
    command = [tool("openssl"), *map(str, words)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return found.stdout + found.stderr


def status(acm: Any, arn: str) -> str:
    return str(acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"])


def test_from_request_to_padlock(
    instance: dict[str, Any], environment: dict[str, str], acm: Any, tmp_path: Path
) -> None:
    arn = acm.request_certificate(
        DomainName="*.jpub.co.kr", SubjectAlternativeNames=["jpub.co.kr"], ValidationMethod="DNS"
    )["CertificateArn"]
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record = options[0]["ResourceRecord"]
    time.sleep(1)  # it stays as it is while nothing is proven
    assert status(acm, arn) == "PENDING_VALIDATION"
    with client_of(environment, "route53") as route53:
        (zone,) = route53.list_hosted_zones()["HostedZones"]
        made = rrset(record["Name"], "CNAME", record["Value"])
        began = time.monotonic()
        insync(route53, change(route53, bare({"HostedZone": zone}), ("CREATE", made)))
    wait_for(lambda: status(acm, arn) == "ISSUED")
    assert time.monotonic() - began < ISSUED_WITHIN
    got = acm.get_certificate(CertificateArn=arn)
    leaf, chain = tmp_path / "leaf.pem", tmp_path / "chain.pem"
    leaf.write_text(got["Certificate"])
    chain.write_text(got["CertificateChain"])
    root = Path(instance["data"]) / "tls" / "root.pem"
    said = openssl(
        "verify", "-x509_strict", "-verify_hostname", "www.jpub.co.kr", "-CAfile", root,
        "-untrusted", chain, leaf,
    )  # fmt: skip
    assert said.strip().endswith("OK"), said
    data = subprocess.run(
        [tool("openssl"), "x509", "-in", leaf, "-outform", "DER"], capture_output=True, check=True
    )
    assert faults(data.stdout, SERVER_DV) == []
    host = dig(listeners(instance)["resolver"], "pki.forecourt.cloud", "+short")
    assert host == f"127.{NUMBER}.0.1"


def test_revoked_for_everybody(
    instance: dict[str, Any], acm: Any, environment: dict[str, str], tmp_path: Path
) -> None:
    arn = acm.request_certificate(
        DomainName="jpub.co.kr", ValidationMethod="DNS", Options={"Export": "ENABLED"},
        KeyAlgorithm="EC_prime256v1",
    )["CertificateArn"]  # fmt: skip
    wait_for(lambda: status(acm, arn) == "ISSUED")  # the record stands already
    got = acm.export_certificate(CertificateArn=arn, Passphrase=b"secret")
    leaf, chain, crl = (tmp_path / name for name in ("leaf.pem", "chain.pem", "crl.pem"))
    leaf.write_text(got["Certificate"])
    chain.write_text(got["CertificateChain"])
    public = listeners(instance)["public"]
    root = Path(instance["data"]) / "tls" / "root.pem"
    url = f"http://{public[0]}:{public[1]}"

    def by_ocsp() -> str:
        return openssl(
            "ocsp", "-issuer", chain, "-cert", leaf, "-url", f"{url}/ocsp/ecdsa", "-CAfile", root
        )

    def by_crl() -> str:
        openssl(
            "crl", "-inform", "DER", "-in", fetched(f"{url}/crl/ecdsa.crl", tmp_path), "-out", crl
        )
        return openssl(
            "verify", "-crl_check", "-CRLfile", crl, "-CAfile", root, "-untrusted", chain, leaf
        )

    assert "leaf.pem: good" in by_ocsp()
    assert by_crl().strip().endswith("OK")
    acm.revoke_certificate(CertificateArn=arn, RevocationReason="SUPERSEDED")
    assert "leaf.pem: revoked" in by_ocsp()
    wait_for(lambda: "certificate revoked" in by_crl())


def fetched(url: str, folder: Path) -> Path:
    from urllib.request import urlopen

    path = folder / "fetched"
    with urlopen(url, timeout=10) as answer:
        path.write_bytes(answer.read())
    return path


def test_a_private_authority(
    instance: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    """Root, subordinate, a short-lived leaf; revoked, as openssl is told by CRL and OCSP."""
    with client_of(environment, "acm-pca") as client:
        top = pca.root(client)
        below = pca.subordinate(
            client, top, UsageMode="SHORT_LIVED_CERTIFICATE", RevocationConfiguration=pca.REVOCATION
        )
        week = {"Type": "DAYS", "Value": 7}
        made = pca.issue(client, below, pca.csr("www.corp", "www.corp"), Validity=week)
        found = client.get_certificate(CertificateAuthorityArn=below, CertificateArn=made)
        leaf, chain = tmp_path / "leaf.pem", tmp_path / "chain.pem"
        leaf.write_text(found["Certificate"])
        chain.write_text(found["CertificateChain"])
        root = tmp_path / "root.pem"
        root.write_text(
            client.get_certificate_authority_certificate(CertificateAuthorityArn=top)["Certificate"]
        )
        public, id_ = listeners(instance)["public"], below.rpartition("/")[2]
        url = f"http://{public[0]}:{public[1]}"

        def by_ocsp() -> str:
            return openssl(
                "ocsp", "-issuer", chain, "-cert", leaf, "-url", f"{url}/ocsp/{id_}",
                "-CAfile", root, "-no_nonce",
            )  # fmt: skip

        def by_crl() -> str:
            data, crl = fetched(f"{url}/crl/{id_}.crl", tmp_path), tmp_path / "crl.pem"
            openssl("crl", "-inform", "DER", "-in", data, "-out", crl)
            return openssl(
                "verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", root,
                "-untrusted", chain, leaf,
            )  # fmt: skip

        assert "leaf.pem: good" in by_ocsp()
        assert by_crl().strip().endswith("OK")
        client.revoke_certificate(
            CertificateAuthorityArn=below, CertificateSerial=made.rpartition("/")[2],
            RevocationReason="KEY_COMPROMISE",
        )  # fmt: skip
        assert "leaf.pem: revoked" in by_ocsp()
        wait_for(lambda: "certificate revoked" in by_crl())
