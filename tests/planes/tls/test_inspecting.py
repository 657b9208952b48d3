"""Servers good and bad, told apart: expired, for another name, revoked, OV, EV."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forecourt.planes.tls import keys
from forecourt.planes.tls.building import Issuer
from forecourt.planes.tls.inspecting import CannotConnect, Step, Target, fetch, inspect
from forecourt.planes.tls.lesson import serving
from forecourt.planes.tls.profiles import OCSP, SERVER_DV, SERVER_EV, SERVER_OV, Profile
from forecourt.planes.tls.revoking import Revoked, answer, crl
from forecourt.platform.certificates.authorities import subject

from .authority import NOW, issue, issuing, new_key, root, span
from .servers import context_for

HOST = "www.example.com"


class Public:
    """The issuer's OCSP responder and CRL."""

    def __init__(self) -> None:
        self.revoked: list[Revoked] = []
        self.ocsp = True
        key = new_key()
        self.responder = Issuer(issue(profile=OCSP, subject=subject("Responder"), key=key), key)

    def known(self, serial: int) -> Revoked | bool:
        return next((each for each in self.revoked if each.serial == serial), True)


@pytest.fixture(scope="module")
def public() -> Iterator[tuple[Public, dict[str, str]]]:
    said = Public()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if not said.ocsp:
                self.send_error(503)
                return
            self.give(answer(body, issuing().certificate, said.responder, said.known, NOW))

        def do_GET(self) -> None:
            self.give(crl(issuing(), said.revoked, 1, (NOW, NOW + timedelta(days=7))))

        def give(self, data: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield said, {"pki.example.com": f"127.0.0.1:{server.server_port}"}
    server.shutdown()
    thread.join()
    server.server_close()


def told(
    folder: Path,
    public: tuple[Public, dict[str, str]],
    *,
    key: Any = None,
    legacy: bool = False,
    revoked: str = "",
    **members: Any,
) -> dict[str, Step]:
    secret = key or new_key()
    leaf = issue(*members.pop("hosts", [HOST]), key=secret, **members)
    if revoked:
        public[0].revoked.append(Revoked(leaf.serial_number, NOW, revoked))
    context = context_for(folder, secret, leaf, issuing().certificate)
    if legacy:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES128-GCM-SHA256:@SECLEVEL=0")
    with serving(context) as (address, port):
        steps = inspect(Target(HOST, port, address, public[1]), [root().certificate])
    return {each.name: each for each in steps}


def test_a_good_server(tmp_path: Path, public: Any) -> None:
    steps = told(tmp_path / "a", public)
    assert all(each.ok for each in steps.values())
    hello = " ".join(steps["Hello"].told)
    assert "-> ClientHello" in hello
    assert "<- CertificateVerify" in hello
    assert "TLS 1.3 was agreed on" in hello
    assert "domain validated" in " ".join(steps["Certificate"].told)
    assert "it holds" in steps["Revocation"].told[0]
    assert "X25519" in steps["Key exchange"].told[0]
    assert "ECDSA P-256" in steps["Key exchange"].told[1]
    assert "went on with" in steps["Resumption"].told[0]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"validity": span(1, NOW - timedelta(days=9))}, "expired on"),
        ({"hosts": ["other.example.com"]}, "not for www.example.com"),
        ({"issuer": Issuer(root().certificate, new_key())}, "is not known"),
    ],
)
def test_certificates_that_are_bad(
    tmp_path: Path, public: Any, members: dict[str, Any], words: str
) -> None:
    step = told(tmp_path / "a", public, **members)["Certificate"]
    assert not step.ok
    assert words in step.told[-1]


@pytest.mark.parametrize("ocsp", [True, False])
def test_a_revoked_one_by_either_way(tmp_path: Path, public: Any, ocsp: bool) -> None:
    public[0].ocsp = ocsp
    step = told(tmp_path / "a", public, revoked="KEY_COMPROMISE")["Revocation"]
    public[0].ocsp = True
    assert not step.ok
    assert step.told[-1].startswith("OCSP" if ocsp else "CRL")
    assert "key compromise" in step.told[-1]
    assert len(step.told) == (1 if ocsp else 2)


@pytest.mark.parametrize(
    ("profile", "words"),
    [(SERVER_DV, "DV, "), (SERVER_OV, "OV, organization validated: Forecourt"), (SERVER_EV, "EV, extended validation: Forecourt")],
)  # fmt: skip
def test_kinds(tmp_path: Path, public: Any, profile: Profile, words: str) -> None:
    steps = told(tmp_path / "a", public, profile=profile, subject=subject(HOST))
    assert any(line.startswith(words) for line in steps["Certificate"].told)


def test_key_transport(tmp_path: Path, public: Any) -> None:
    steps = told(tmp_path / "a", public, key=keys.MAKE["RSA_2048"](), legacy=True)
    assert not steps["Key exchange"].ok
    assert "RSA key transport" in steps["Key exchange"].told[0]
    assert "TLS 1.2" in steps["Hello"].told[-1]


def test_there_is_no_tls() -> None:
    with pytest.raises(CannotConnect, match="cannot be reached"):
        inspect(Target("localhost", 1), [])
    with pytest.raises(ValueError, match="is not asked"):
        fetch("ldap://x/y", {})
