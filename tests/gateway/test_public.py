"""The unsigned side: CRLs, OCSP, authorities' certificates, links; and nothing else."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import anyio
import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from forecourt.gateway.http import Answer
from forecourt.gateway.public import Public
from forecourt.planes.tls import revoking
from forecourt.platform import links
from forecourt.platform.certificates import authorities, revocation
from forecourt.platform.certificates.authorities import ECDSA, ROOT_ID
from forecourt.platform.notify import signing
from forecourt.store.tx import Tx
from tests.harness import World


class Side:
    def __init__(self, world: World) -> None:
        self.confirmed: list[str] = []
        self.public = Public(world.store, {"test": self.confirm})

    def confirm(self, tx: Any, subject: str) -> str:
        self.confirmed.append(subject)
        return "<done>"

    def ask(self, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path}
        asyncio.run(self.public(scope, receive, send))
        return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


@pytest.fixture
def side(world: World) -> Side:
    return Side(world)


@pytest.mark.parametrize(
    "path",
    ["/", "/_forecourt/health", "/2013-04-01/hostedzone", "/crl/none.crl", "/crl/ecdsa/7.crl",
     "/ca/none.cer", "/crl/../x.crl", "/confirm/none", "/confirm/"],
)  # fmt: skip
def test_nothing_is_found(side: Side, path: str) -> None:
    assert side.ask(path)[0] == 404


def test_other_scopes(side: Side) -> None:
    asyncio.run(side.public({"type": "lifespan"}, None, None))  # type: ignore[arg-type]


def test_crls_and_certificates(world: World, side: Side) -> None:
    asyncio.run(revocation.reconcile(world.store, ECDSA))
    status, data = side.ask("/crl/ecdsa.crl")
    authority = world.store.read_now(authorities.issuer, ECDSA).certificate
    assert status == 200
    assert x509.load_der_x509_crl(data).issuer == authority.subject
    assert x509.load_der_x509_certificate(side.ask("/ca/ecdsa.cer")[1]) == authority
    assert side.ask("/crl/ecdsa.crl", "POST")[0] == 405


def test_ocsp_by_both_methods(world: World, side: Side) -> None:
    leaf = world.store.read_now(authorities.issuer, ECDSA).certificate
    root = world.store.read_now(authorities.root_certificate)
    asked = revoking.request_for(leaf, root)
    in_path = f"/ocsp/{ROOT_ID}/{quote(b64encode(asked).decode(), safe='')}"
    for said in (side.ask(f"/ocsp/{ROOT_ID}", "POST", asked), side.ask(in_path)):
        assert said[0] == 200
        assert revoking.in_answer(said[1], leaf, root, datetime.now(UTC)) is None
    for path in (f"/ocsp/{ROOT_ID}/!!!", f"/ocsp/{ROOT_ID}/AAAA"):
        status = ocsp.load_der_ocsp_response(side.ask(path)[1]).response_status
        assert status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert side.ask(f"/ocsp/{ROOT_ID}")[0] == 405
    assert side.ask("/ocsp/none", "POST", asked)[0] == 404
    assert side.ask(f"/ocsp/{ROOT_ID}", "POST", bytes(5000))[0] == 413


def test_a_link_is_shown_and_then_confirmed(world: World, side: Side) -> None:
    url = world.store.write_now(links.make, "test", "this", "Is <b>it</b> so?")
    path = "/confirm/" + url.rpartition("/")[2]
    status, page = side.ask(path)
    assert status == 200
    assert b"Is &lt;b&gt;it&lt;/b&gt; so?" in page
    assert b'method="post"' in page
    assert side.confirmed == []
    assert b"&lt;done&gt;" in side.ask(path, "POST")[1]
    assert side.confirmed == ["this"]
    assert side.ask(path, "PUT")[0] == 405


def test_the_links_of_topics(world: World) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    def by_link(tx: Tx, action: str, given: Mapping[str, str]) -> str | None:
        seen.append((action, dict(given)))
        return "arn:<x>" if given.get("Token") == "good" else None

    async def ask(path: str, query: str = "", method: str = "GET") -> Answer:
        scope = {"path": path, "method": method, "query_string": query.encode()}
        return await Public(world.store, {}, by_link).answer(scope, no_body)

    async def no_body() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    confirmed = anyio.run(ask, "/", "Action=ConfirmSubscription&TopicArn=t&Token=good")
    assert confirmed.status == 200
    assert b"<SubscriptionArn>arn:&lt;x&gt;</SubscriptionArn>" in confirmed.body
    assert anyio.run(ask, "/", "Action=Unsubscribe&SubscriptionArn=s").status == 400
    assert len(seen) == 2
    for query in ("Action=Publish", "", "%zz&" * 20_000):
        assert anyio.run(ask, "/", query).status == 404
    (kept,) = world.store.read_now(signing.stored)[:1]
    served = anyio.run(ask, f"/SimpleNotificationService-{kept['Id']}.pem")
    assert served.body.startswith(b"-----BEGIN CERTIFICATE-----")
    assert anyio.run(ask, "/SimpleNotificationService-00.pem").status == 404
