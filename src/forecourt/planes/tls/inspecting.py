"""A server's TLS, told step by step: what was said, what the certificate is worth, whether it was revoked.

    steps = inspect(Target("www.jpub.co.kr", 443), roots)

Each step says what was observed; a step that is not `ok` says what is wrong.  Nothing is believed:
verification is ours, so that every reason is seen, where a browser stops at the first.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from cryptography import x509

from forecourt.planes.tls import keys, revoking
from forecourt.planes.tls.handshake import Handshake
from forecourt.planes.tls.revoking import Revoked, Unusable
from forecourt.planes.tls.verifying import (
    Verdict,
    hosts_of,
    kind_of,
    named,
    organization_of,
    urls_of,
    verify,
)

TIMEOUT = 10.0  # seconds
LARGEST = 4 * 1024 * 1024  # bytes of a CRL


class CannotConnect(Exception):
    """There is no TLS to be seen; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    host: str  # asked for by SNI, and what the certificate must be for
    port: int = 443
    address: str = ""  # to connect to; empty: the host's
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # hosts of URLs -> host:port


@dataclass(slots=True)
class Step:
    name: str
    ok: bool
    told: list[str] = field(default_factory=list)


def inspect(target: Target, roots: Sequence[x509.Certificate]) -> list[Step]:
    """CannotConnect"""
    seen, context = Handshake(), lenient()
    seen.watch(context)
    with connected(target, context) as first:
        version, cipher = first.version(), first.cipher()
        alpn = first.selected_alpn_protocol()
        first.settimeout(0.3)  # TLS 1.3 sends tickets after the handshake
        with contextlib.suppress(OSError, ValueError):
            first.read(1)
        session = first.session
    if not seen.certificates:
        raise CannotConnect("the server showed no certificate")
    leaf, now = seen.certificates[0], datetime.now(UTC)
    verdict = verify(leaf, seen.certificates[1:], roots, target.host, now)
    name = cipher[0] if cipher else ""
    return [
        Step("Hello", True, hello(seen, version, alpn)),
        Step("Certificate", verdict.trusted, certificate(leaf, verdict)),
        revocation(leaf, verdict, target, now),
        Step("Key exchange", bool(seen.group), exchange(seen, leaf)),
        Step("Session keys", True, [f"from here on everything is encrypted by {name}, symmetric"]),
        resumption(target, context, session),
    ]


def lenient() -> ssl.SSLContext:
    """A client that lets anything pass: what is wrong is to be seen."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def connected(
    target: Target, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> ssl.SSLSocket:
    where = target.address or target.host
    try:
        sock = socket.create_connection((where, target.port), TIMEOUT)
    except OSError as error:
        raise CannotConnect(f"{where}:{target.port} cannot be reached: {error}") from None
    try:
        return context.wrap_socket(sock, server_hostname=target.host, session=session)
    except (OSError, ValueError) as error:
        sock.close()
        raise CannotConnect(
            f"{where}:{target.port} speaks no TLS that can be used: {error}"
        ) from None


def hello(seen: Handshake, version: str | None, alpn: str | None) -> list[str]:
    told = [
        f"{'->' if each.sent else '<-'} {each.name}, {each.size} bytes" for each in seen.messages
    ]
    told.append(f"{seen.version or version} was agreed on" + (f", and {alpn}" if alpn else ""))
    return told


def certificate(leaf: x509.Certificate, verdict: Verdict) -> list[str]:
    kind, organization = kind_of(leaf), organization_of(leaf)
    meaning = {
        "DV": "domain validated: who answers for the name has the key",
        "OV": f"organization validated: {organization}",
        "EV": f"extended validation: {organization}",
    }.get(kind, "it says not how it was validated")
    told = [
        f"for {', '.join(hosts_of(leaf)) or named(leaf)}",
        f"{keys.algorithm_of(leaf.public_key())}, until {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
        f"{kind + ', ' if kind else ''}{meaning}",
        "signed by " + ", by ".join(named(each) for each in verdict.chain[1:])
        if len(verdict.chain) > 1
        else f"signed by {leaf.issuer.rfc4514_string()}",
    ]
    return [*told, *(f"not to be trusted: {fault}" for fault in verdict.faults)]


def exchange(seen: Handshake, leaf: x509.Certificate) -> list[str]:
    if not seen.group:
        transported = "RSA key transport: the client encrypted a secret to the certificate's key"
        return [transported, "who has that key later reads what was recorded today"]
    told = [f"ephemeral Diffie-Hellman over {seen.group}: the secret was never sent"]
    if seen.scheme:
        told.append(f"the certificate's key signed the handshake: {seen.scheme}")
    return told


def revocation(leaf: x509.Certificate, verdict: Verdict, target: Target, now: datetime) -> Step:
    """Whether the issuer took the certificate back, as it says by OCSP, or else by its CRL."""
    urls, told = urls_of(leaf), []
    if len(verdict.chain) < 2:
        return Step("Revocation", True, ["its issuer is not known: nothing can be asked"])
    issuer = verdict.chain[1]
    for how, url in (("OCSP", urls.ocsp), ("CRL", urls.crl)):
        if not url:
            continue
        try:
            if how == "OCSP":
                asked = revoking.request_for(leaf, issuer)
                data = fetch(url, target.elsewhere, asked)
                found = revoking.in_answer(data, leaf, issuer, now)
            else:
                data = fetch(url, target.elsewhere)
                found = revoking.in_crl(data, leaf, issuer, now)
        except (Unusable, OSError, ValueError) as error:
            told.append(f"{how} at {url}: {error}")
            continue
        return judged(how, url, found, told)
    return Step("Revocation", True, told or ["it names nobody to ask"])


def judged(how: str, url: str, found: Revoked | None, told: list[str]) -> Step:
    if found is None:
        return Step("Revocation", True, [*told, f"{how} at {url}: it holds"])
    reason = found.reason.lower().replace("_", " ")
    when = f"{found.at:%Y-%m-%d %H:%M} UTC"
    return Step("Revocation", False, [*told, f"{how} at {url}: revoked on {when}, {reason}"])


def fetch(url: str, elsewhere: Mapping[str, str], body: bytes | None = None) -> bytes:
    """OSError, ValueError"""
    parts = urlsplit(url)
    if parts.scheme != "http":  # RFC 5280 §4.2.1.13: others would need certificates themselves
        raise ValueError(f"{url} is not asked")
    place = elsewhere.get(parts.hostname or "")
    there = urlunsplit(parts._replace(netloc=place)) if place else url
    headers = {"content-type": "application/ocsp-request"} if body is not None else {}
    request = urllib.request.Request(there, body, headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        data = bytes(answer.read(LARGEST + 1))
    if len(data) > LARGEST:
        raise ValueError("the answer is too large")
    return data


def resumption(target: Target, context: ssl.SSLContext, session: ssl.SSLSession | None) -> Step:
    """Whether a second connection goes on with the first one's secret (RFC 8446 §2.2)."""
    if session is None:
        return Step("Resumption", True, ["the server gave no ticket to come back with"])
    try:
        with connected(target, context, session) as second:
            reused = second.session_reused
    except CannotConnect as failed:
        return Step("Resumption", True, [str(failed)])
    words = "went on with" if reused else "did not take up"
    return Step("Resumption", True, [f"a second connection {words} the first one's session"])
