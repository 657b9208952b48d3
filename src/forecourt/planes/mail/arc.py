"""ARC: what those before us saw, chained by seals (RFC 8617)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from .asking import Lookup, TryLater, texts
from .dkim import (
    Header,
    Invalid,
    Signature,
    body_hash,
    canonical_header,
    folded,
    header_of,
    made,
    number,
    public_key,
    signed_data,
    tags,
    unsigned,
    unspaced,
    verify,
)

MOST = 50  # instances: RFC 8617 §4.2.1
PARTS = ("arc-authentication-results", "arc-message-signature", "arc-seal")
INSTANCE = re.compile(r"\s*i\s*=\s*(\d{1,2})\s*;")
SIGNED = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "dkim-signature",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """One instance's three fields."""

    results: bytes
    signature: bytes
    seal: bytes


def chain(header: Header) -> list[Link]:
    """The instances in their order; none where there are none.  Invalid."""
    found: dict[int, dict[str, bytes]] = {}
    for name, raw in header:
        if name not in PARTS:
            continue
        matched = INSTANCE.match(raw.partition(b":")[2].decode("utf-8", "replace"))
        said = tags(raw.partition(b":")[2].decode("utf-8", "replace")) if matched is None else {}
        instance = int(matched[1]) if matched else int(number(said.get("i")) or 0)
        if not 1 <= instance <= MOST or name in found.setdefault(instance, {}):
            raise Invalid("an instance is there twice, or out of bounds")
        found[instance][name] = raw
    links = []
    for instance in range(1, len(found) + 1):
        parts = found.get(instance, {})
        if set(parts) != set(PARTS):
            raise Invalid("an instance is not whole")
        links.append(Link(*(parts[name] for name in PARTS)))
    return links


async def check(lookup: Lookup, content: bytes, header: Header | None = None) -> str:
    """none, pass, fail or temperror (RFC 8617 §5.2).  `header` is the content's, where it was read."""
    header = header_of(content) if header is None else header
    try:
        links = chain(header)
        if not links:
            return "none"
        for place, link in enumerate(links, 1):
            said = tags(link.seal.partition(b":")[2].decode("utf-8", "replace"))
            if said.get("cv", "").lower() != ("none" if place == 1 else "pass"):
                return "fail"
        await _check_signature(lookup, content, header, links[-1].signature)
        for place in range(len(links), 0, -1):
            await _check_seal(lookup, links[:place])
    except Invalid:
        return "fail"
    except TryLater:
        return "temperror"
    return "pass"


async def _check_signature(lookup: Lookup, content: bytes, header: Header, raw: bytes) -> None:
    signature = _parsed(raw)
    if body_hash(content, signature.body_form, signature.length) != signature.body_hash:
        raise Invalid("the body was changed", "fail")
    key = public_key(await _record(lookup, signature), signature)
    others = [(name, each) for name, each in header if each != raw]
    data = signed_data(others, signature.names, raw, signature.header_form)
    verify(key, signature.value, data)


async def _check_seal(lookup: Lookup, links: list[Link]) -> None:
    signature = _parsed(links[-1].seal, seal=True)
    key = public_key(await _record(lookup, signature), signature)
    verify(key, signature.value, sealed_data(links))


def sealed_data(links: list[Link]) -> bytes:
    """RFC 8617 §5.1.1: all instances' fields in order, the last seal without its value."""
    parts = []
    for at, link in enumerate(links):
        last = at == len(links) - 1
        parts += [
            canonical_header(link.results, "relaxed"),
            canonical_header(link.signature, "relaxed"),
        ]
        seal = canonical_header(unsigned(link.seal) if last else link.seal, "relaxed")
        parts.append(seal.removesuffix(b"\r\n") if last else seal)
    return b"".join(parts)


def _parsed(raw: bytes, *, seal: bool = False) -> Signature:
    said = tags(raw.partition(b":")[2].decode("utf-8", "replace"))
    try:
        domain = said["d"].lower()
        forms = said.get("c", "relaxed/relaxed").lower().split("/")
        if {*forms} - {"simple", "relaxed"}:
            raise Invalid("it has an unknown canonicalization")
        if seal and "h" in said:
            raise Invalid("a seal names no fields")
        return Signature(
            domain,
            said["s"],
            said["a"].lower(),
            forms[0],
            forms[1] if len(forms) > 1 else "simple",
            () if seal else tuple(unspaced(said["h"]).lower().split(":")),
            b"" if seal else base64.b64decode(unspaced(said["bh"]), validate=True),
            base64.b64decode(unspaced(said["b"]), validate=True),
            number(said.get("l")),
            number(said.get("t")),
            number(said.get("x")),
            f"@{domain}",
            raw,
        )
    except (KeyError, binascii.Error, ValueError):
        raise Invalid("it cannot be read") from None


async def _record(lookup: Lookup, signature: Signature) -> str:
    found = await texts(lookup, signature.query)
    if not found:
        raise Invalid("its key is not there")
    return found[0]


def seal(
    content: bytes,
    results: str,
    before: str,
    domain: str,
    selector: str,
    key: rsa.RSAPrivateKey,
    now: float,
) -> bytes:
    """The three fields of a new instance, to be put before a message (RFC 8617 §5.1).

    `results` is what Authentication-Results says, `before` what the chain before was worth.
    """
    header = header_of(content)
    links = chain(header)
    place = len(links) + 1
    shown = f"ARC-Authentication-Results: i={place}; {results}\r\n".encode()
    present = [name for name, _ in header]
    names = [name for name in SIGNED for _ in range(present.count(name))]
    digest = base64.b64encode(body_hash(content, "relaxed")).decode()
    lines = [
        f"ARC-Message-Signature: i={place}; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector};",
        f" t={int(now)}; bh={digest};",
        *folded(names),
        " b=",
    ]
    signature = "\r\n".join(lines).encode()
    data = signed_data(header, names, signature + b"\r\n", "relaxed")
    signature += base64.b64encode(made(key, data)) + b"\r\n"
    sealing = (
        f"ARC-Seal: i={place}; a=rsa-sha256; cv={before if place > 1 else 'none'};"
        f" d={domain}; s={selector}; t={int(now)};\r\n b="
    ).encode()
    value = made(key, sealed_data([*links, Link(shown, signature, sealing + b"\r\n")]))
    return sealing + base64.b64encode(value) + b"\r\n" + signature + shown
