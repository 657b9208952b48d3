"""Certificates: what one costs to issue, to list, and to find due for renewal.

    python -m bench.certificates                 2,000 certificates of each kind, 100,000 to list

Signing is beside `openssl x509 -req` and the bare library; the way from RequestCertificate to ISSUED is
that of the service's own handlers and reconciler, on one core, with the names proven already.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from bench.tables import ratio, show
from forecourt.planes.tls import keys
from forecourt.planes.tls.building import build, common_name, der, host_names, pem
from forecourt.planes.tls.keys import Pool
from forecourt.planes.tls.profiles import SERVER_DV
from forecourt.platform.certificates import authorities, proving
from forecourt.platform.identity.accounts import FIRST
from forecourt.processes.reconcile import AT_ONCE
from forecourt.services.acm import listing, reconcile, requests
from forecourt.services.acm.certificates import COLUMNS, WORK
from forecourt.store import work
from forecourt.store.opening import open_store
from forecourt.store.store import Store
from forecourt.store.tx import Call, Tx

HOST = "www.example.com"
CALL = Call("acm", "RequestCertificate", FIRST)
Row = tuple[str, ...]


def cpu(count: int, step: Callable[[int], object]) -> float:
    """CPU microseconds a step."""
    start = time.process_time()
    for number in range(count):
        step(number)
    return (time.process_time() - start) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.certificates", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--certificates", type=int, default=2000)
    parser.add_argument("--listed", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        store = open_store(data, "sqlite", bytes(32))
        store.write_now(authorities.ensure)
        store.write_now(proving.ensure)
        columns = ("", "EC_prime256v1", "RSA_2048, key ready")
        show("A certificate signed, CPU us", columns, signing(store, data))
        rows = issuing(store, given.certificates)
        show("RequestCertificate to ISSUED", ("", "a second", "CPU us"), rows)
        show(f"{given.listed:,} certificates", ("", "CPU ms"), listed(store, given.listed))
        store.close()


def signing(store: Store, data: Path) -> list[Row]:
    ours, theirs, bare = [], [], []
    for algorithm in ("EC_prime256v1", "RSA_2048"):
        issuer = store.read_now(authorities.issuer, authorities.ours_for(algorithm))
        key = keys.MAKE[algorithm]()
        span = authorities.span(store.read_now(lambda tx: tx.now), reconcile.PATIENCE)

        def make(_: int, issuer: Any = issuer, key: Any = key, span: Any = span) -> None:
            subject, names = common_name([HOST]), host_names([HOST])
            made = build(SERVER_DV, subject, key.public_key(), issuer, validity=span, names=names)
            der(made)

        def sign(_: int, issuer: Any = issuer) -> None:
            tbs = bytes(700)
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

            if isinstance(issuer.key, rsa.RSAPrivateKey):
                issuer.key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
            else:
                issuer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))

        ours.append(cpu(1000, make))
        bare.append(cpu(1000, sign))
        theirs.append(by_openssl(data, issuer, key))
    rows = [("forecourt", *(f"{each:.0f}" for each in ours))]
    rows.append(("the signature alone", *(f"{each:.0f}" for each in bare)))
    if all(theirs):
        rows.append(("openssl x509 -req", *(f"{each:.0f}" for each in theirs)))
        rows.append(("ratio to openssl", *(ratio(a, b) for a, b in zip(ours, theirs, strict=True))))
    return rows


def by_openssl(data: Path, issuer: Any, key: Any) -> float:
    """A process a certificate, as it is used."""
    if shutil.which("openssl") is None:
        return 0.0
    import resource

    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    for name, secret in (("ca", issuer.key), ("leaf", key)):
        (data / f"{name}.key").write_bytes(secret.private_bytes(serialization.Encoding.PEM, *form))
    (data / "ca.pem").write_text(pem(issuer.certificate))
    request: list[Any] = [
        "openssl",
        "req",
        "-new",
        "-key",
        data / "leaf.key",
        "-subj",
        f"/CN={HOST}",
        "-out",
        data / "csr",
    ]
    subprocess.run(request, check=True, capture_output=True)
    command: list[Any] = [
        "openssl",
        "x509",
        "-req",
        "-in",
        data / "csr",
        "-CA",
        data / "ca.pem",
        "-CAkey",
        data / "ca.key",
        "-out",
        data / "out",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(20):
        subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return used / 20 * 1e6


def issuing(store: Store, count: int) -> list[Row]:
    return [
        (
            algorithm,
            *(
                f"{each:,.0f}"
                for each in one_by_one(store, algorithm, count if algorithm != "RSA_2048" else 200)
            ),
        )
        for algorithm in ("EC_prime256v1", "RSA_2048")
    ]


def one_by_one(store: Store, algorithm: str, count: int) -> tuple[float, float]:
    async def outside(name: str, type_: str) -> list[str]:
        return known.get(name, [])

    known: dict[str, list[str]] = {}
    pool, settings = Pool(count), reconcile.Settings()
    if algorithm in keys.POOLED:  # the pool's work is not counted
        for _ in range(count):
            pool._ready[algorithm].put(keys.MAKE[algorithm]())

    async def run() -> None:
        for start in range(0, count, AT_ONCE):
            await asyncio.gather(*(one(n) for n in range(start, min(count, start + AT_ONCE))))

    async def one(number: int) -> None:
        name = f"n{number}.jpub.co.kr"
        req: Any = {"DomainName": name, "ValidationMethod": "DNS", "KeyAlgorithm": algorithm}
        made = await store.write_for(CALL, requests.request_certificate, req)
        record = await store.read(proving.record_of, FIRST, name)
        known[record["Name"]] = [record["Value"]]
        id_ = made["CertificateArn"].rpartition("/")[2]
        await reconcile.reconcile(store, outside, pool, settings, id_)

    def quota(tx: Tx) -> None:
        from forecourt.platform.quotas import set_limit

        set_limit(tx, FIRST, "MAX_CERTIFICATES_BY_REGION", 10**9)

    store.write_now(quota)
    asyncio.run(reconcile_first(store, outside, pool, settings, algorithm, known))
    wall, used = time.perf_counter(), time.process_time()
    asyncio.run(run())
    wall, used = time.perf_counter() - wall, time.process_time() - used
    return count / wall, used / count * 1e6


async def reconcile_first(
    store: Store,
    outside: Any,
    pool: Pool,
    settings: Any,
    algorithm: str,
    known: dict[str, list[str]],
) -> None:
    """One, so that its profile is linted."""
    req: Any = {
        "DomainName": f"first-{algorithm[:2].lower()}.jpub.co.kr",
        "ValidationMethod": "DNS",
        "KeyAlgorithm": algorithm,
    }
    made = await store.write_for(CALL, requests.request_certificate, req)
    record = await store.read(proving.record_of, FIRST, req["DomainName"])
    known[record["Name"]] = [record["Value"]]
    await reconcile.reconcile(
        store, outside, pool, settings, made["CertificateArn"].rpartition("/")[2]
    )


def listed(store: Store, count: int) -> list[Row]:
    """Rows like one that was issued, as many as that."""

    def copy(tx: Tx) -> None:
        row = dict(
            zip(
                COLUMNS.split(", "),
                tx.all(
                    f"SELECT {COLUMNS} FROM acm_certificate WHERE algorithm = 'EC_prime256v1' AND status = 'ISSUED' LIMIT 1"
                )[0],
                strict=True,
            )
        )
        places = ", ".join(f":{name}" for name in row)
        rows = [
            {
                **row,
                "id": f"{n:08x}-copy",
                "created": row["created"] + n / 1000,
                "region": "eu-west-1",
            }
            for n in range(count)
        ]
        tx.many(f"INSERT INTO acm_certificate ({COLUMNS}) VALUES ({places})", rows)
        due = tx.now.timestamp() + 86400 * 150
        tx.many(
            "INSERT INTO work (kind, key, generation, due, failures) VALUES (:kind, :key, 1, :due, 0)",
            [{"kind": WORK, "key": each["id"], "due": due} for each in rows],
        )

    store.write_now(copy)
    call = Call("acm", "ListCertificates", FIRST, "eu-west-1")
    found: list[Row] = []
    for size in (100, 1000):
        req: Any = {"Includes": {"keyTypes": ["EC_prime256v1"]}, "MaxItems": size}

        def page(_: int, req: Any = req) -> None:
            asyncio.run(store.read_for(call, listing.list_certificates, req))

        page(0)
        found.append((f"ListCertificates, a page of {size}", f"{cpu(10, page) / 1000:.1f}"))
    used = time.process_time()
    due = store.read_now(work.any_due, WORK)
    found.append(("what is due to be renewed", f"{(time.process_time() - used) * 1000:.2f}"))
    assert isinstance(due, int | bool)
    return found


if __name__ == "__main__":
    main()
