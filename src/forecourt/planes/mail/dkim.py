"""DKIM: signing and verifying (RFC 6376; Ed25519: RFC 8463; what is too weak: RFC 8301)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from .mime import FIELD, header_end

FIELD_NAME = "DKIM-Signature"
MOST = 10  # signatures of a message that are looked at
WEAKEST = 1024  # bits of RSA: RFC 8301 §3.2
AHEAD = 300  # seconds that a signature's time may lie in the future
# Signed where they are there, and once more so that none can be added: RFC 6376 §5.4, §8.15.
SIGNED = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip
OVERSIGNED = ("from", "subject", "date", "to")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
VALUE = re.compile(rb"(\A[^:]*:\s*b\s*=|;\s*b\s*=)[^;]*")  # what b= says
LONGEST = 16 * 1024  # characters of a field that are read
SPACE = re.compile(rb"[ \t]+")
TAB_TO_SPACE = bytes.maketrans(b"\t", b" ")

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Header = Sequence[tuple[str, bytes]]  # names in lower case, and fields whole, with their last CRLF


class Invalid(Exception):
    """A signature or key that cannot be right; `result` is how Authentication-Results says so."""

    def __init__(self, text: str, result: str = "permerror") -> None:
        super().__init__(text)
        self.result = result


@dataclass(frozen=True, slots=True)
class Signature:
    domain: str
    selector: str
    algorithm: str
    header_form: str
    body_form: str
    names: tuple[str, ...]
    body_hash: bytes
    value: bytes
    length: int | None
    time: int | None
    expires: int | None
    identity: str
    raw: bytes = field(repr=False)  # the whole field

    @property
    def query(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


def tags(text: str) -> dict[str, str]:
    """RFC 6376 §3.2.  Invalid."""
    found: dict[str, str] = {}
    *parts, last = text[:LONGEST].split(";")
    if last.strip():
        parts.append(last)
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or not NAME.match(name := name.strip()) or name in found:
            raise Invalid("its tags cannot be read")
        found[name] = value.strip()
    return found


def header_of(content: bytes) -> Header:
    """The fields of a header as they stand."""
    header = content[: header_end(content)]
    return [
        (matched[1].decode("ascii").lower(), matched[0].removesuffix(b"\r\n") + b"\r\n")
        for matched in FIELD.finditer(header)
    ]


def unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)


def number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise Invalid("a number is none")
    return int(text)


def parse(raw: bytes) -> Signature:
    """A DKIM-Signature field (RFC 6376 §3.5, §6.1.1).  Invalid."""
    said = tags(raw.partition(b":")[2].decode("utf-8", "replace"))
    try:
        algorithm, domain = said["a"].lower(), said["d"].lower().rstrip(".")
        forms = said.get("c", "simple/simple").lower().split("/")
        names = tuple(unspaced(said["h"]).lower().split(":"))
        signature = Signature(
            domain,
            said["s"],
            algorithm,
            forms[0],
            forms[1] if len(forms) > 1 else "simple",
            names,
            base64.b64decode(unspaced(said["bh"]), validate=True),
            base64.b64decode(unspaced(said["b"]), validate=True),
            number(said.get("l")),
            number(said.get("t")),
            number(said.get("x")),
            said.get("i", f"@{domain}").lower(),
            raw,
        )
    except (KeyError, binascii.Error, ValueError) as error:
        raise Invalid(f"{error} is missing or malformed") from None
    if said.get("v") != "1":
        raise Invalid("it is of an unknown version")
    if algorithm not in ("rsa-sha256", "ed25519-sha256"):  # RFC 8301 §3.1: no SHA-1
        raise Invalid(f"{algorithm} counts no more", "policy")
    if {signature.header_form, signature.body_form} - {"simple", "relaxed"}:
        raise Invalid("it has an unknown canonicalization")
    if "from" not in names:
        raise Invalid("From is not signed")
    identity = signature.identity.rpartition("@")[2]
    if identity != domain and not identity.endswith(f".{domain}"):
        raise Invalid("its identity is of another domain")
    if said.get("q", "dns/txt") != "dns/txt":
        raise Invalid("its key is not in DNS")
    return signature


def signatures(content: bytes) -> list[Signature | Invalid]:
    """What signs a message, as far as it can be read."""
    return signatures_in(header_of(content))


def signatures_in(header: Header) -> list[Signature | Invalid]:
    found: list[Signature | Invalid] = []
    for name, raw in header:
        if name == "dkim-signature" and len(found) < MOST:
            try:
                found.append(parse(raw))
            except Invalid as problem:
                found.append(problem)
    return found


# ----- canonical forms


def canonical_header(raw: bytes, form: str) -> bytes:
    """RFC 6376 §3.4.1, §3.4.2"""
    if form == "simple":
        return raw
    name, _, value = raw.partition(b":")
    unfolded = SPACE.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.strip().lower() + b":" + unfolded + b"\r\n"


def canonical_body(body: bytes, form: str) -> bytes:
    """RFC 6376 §3.4.3, §3.4.4"""
    if form == "relaxed":
        if b"\t" in body:
            body = body.translate(TAB_TO_SPACE)
        while b"  " in body:  # runs of any length: each round halves them
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
        body = body.removesuffix(b" ")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    body = body[:end]
    if body or form == "simple":
        body += b"\r\n"
    return body


def body_hash(content: bytes, form: str, length: int | None = None) -> bytes:
    body = canonical_body(content[header_end(content) :], form)
    if length is not None:
        if length > len(body):
            raise Invalid("its length is beyond the body's", "fail")
        body = body[:length]
    return hashlib.sha256(body).digest()


def chosen(header: Header, names: Sequence[str]) -> list[bytes]:
    """The fields that are signed: of several of a name, from the bottom up (RFC 6376 §5.4.2)."""
    places: dict[str, list[bytes]] = {}
    for name, raw in header:
        places.setdefault(name, []).append(raw)
    return [places[name].pop() for name in names if places.get(name)]


def unsigned(raw: bytes) -> bytes:
    """A signature's field without what it says at b=."""
    return VALUE.sub(rb"\1", raw, count=1)


def signed_data(header: Header, names: Sequence[str], raw: bytes, form: str) -> bytes:
    fields = b"".join(canonical_header(each, form) for each in chosen(header, names))
    return fields + canonical_header(unsigned(raw), form).removesuffix(b"\r\n")


# ----- verifying


def check(
    signature: Signature, content: bytes, record: str, now: float, header: Header | None = None
) -> None:
    """Whether a signature holds, by the record of its key (RFC 6376 §6.1.2, §6.1.3).  Invalid.

    `header` is the content's, where it was read already.
    """
    if signature.expires is not None and now > signature.expires:
        raise Invalid("it is expired", "fail")
    if signature.time is not None and signature.time > now + AHEAD:
        raise Invalid("it is of the future", "fail")
    key = public_key(record, signature)
    if body_hash(content, signature.body_form, signature.length) != signature.body_hash:
        raise Invalid("the body was changed", "fail")
    others = [each for each in header or header_of(content) if each[1] != signature.raw]
    data = signed_data(others, signature.names, signature.raw, signature.header_form)
    verify(key, signature.value, data)


def public_key(record: str, signature: Signature) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey:
    """RFC 6376 §3.6.1.  Invalid."""
    said = tags(record)
    if said.get("v", "DKIM1") != "DKIM1":
        raise Invalid("its key is of an unknown version")
    kind = signature.algorithm.partition("-")[0]
    if said.get("k", "rsa").lower() != kind:
        raise Invalid("its key is of another kind")
    if "h" in said and "sha256" not in unspaced(said["h"]).lower().split(":"):
        raise Invalid("its key is for other hashes")
    if "s" in said and not {"*", "email"} & set(unspaced(said["s"]).lower().split(":")):
        raise Invalid("its key is not for mail")
    if not (encoded := unspaced(said.get("p", ""))):
        raise Invalid("its key is revoked")
    flags = unspaced(said.get("t", "")).split(":")
    if "s" in flags and signature.identity.rpartition("@")[2] != signature.domain:
        raise Invalid("its identity is of a subdomain")
    try:
        raw = base64.b64decode(encoded, validate=True)
        if kind == "ed25519":  # RFC 8463 §4.2
            return ed25519.Ed25519PublicKey.from_public_bytes(raw)
        key = loaded(raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise Invalid("its key cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Invalid("its key is of another kind")
    if key.key_size < WEAKEST:
        raise Invalid("its key is too short", "policy")
    return key


@lru_cache(1024)
def loaded(raw: bytes) -> object:
    """A key; the same few sign most of what comes."""
    return load_der_public_key(raw)


def verify(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey, value: bytes, data: bytes) -> None:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(value, hashlib.sha256(data).digest())  # RFC 8463 §3
        else:
            key.verify(value, data, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        raise Invalid("the signature does not match", "fail") from None


# ----- signing


def sign(content: bytes, domain: str, selector: str, key: Key, now: float) -> bytes:
    """The field to put before a message, relaxed/relaxed (RFC 6376 §5)."""
    header = header_of(content)
    present = [name for name, _ in header]
    names = [name for name in SIGNED for _ in range(present.count(name))]
    names += [name for name in OVERSIGNED if name in present]
    kind = "ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else "rsa"
    digest = base64.b64encode(body_hash(content, "relaxed")).decode()
    lines = [
        f"{FIELD_NAME}: v=1; a={kind}-sha256; c=relaxed/relaxed; d={domain}; s={selector};",
        f" t={int(now)}; bh={digest};",
        *folded(names),
        " b=",
    ]
    raw = "\r\n".join(lines).encode()
    data = signed_data(header, names, raw + b"\r\n", "relaxed")
    value = base64.b64encode(made(key, data)).decode()
    parts = [value[at : at + 72] for at in range(0, len(value), 72)]
    return raw + "\r\n  ".join(parts).encode() + b"\r\n"


def folded(names: Sequence[str]) -> list[str]:
    lines, line = [], " h="
    for at, name in enumerate(names):
        word = name + (":" if at < len(names) - 1 else ";")
        if len(line) + len(word) > 76:
            lines.append(line)
            line = "  "
        line += word
    return [*lines, line]


def made(key: Key, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(hashlib.sha256(data).digest())
    return key.sign(data, padding.PKCS1v15(), SHA256())
