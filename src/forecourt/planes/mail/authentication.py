"""Who a message is from, as far as DNS can tell: SPF, DKIM, DMARC and ARC, and how that is written down.

found = await authenticate(lookup, organization_of, peer, envelope_sender, content, now)
header = found.field("mail.jpub.co.kr")         # Authentication-Results (RFC 8601)
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from . import arc, dkim, dmarc, mime, spf
from .addresses import BadAddress, domain_of
from .asking import Lookup, TryLater, texts
from .smtp import Peer


@dataclass(frozen=True, slots=True)
class Checked:
    """One signature, and what it is worth."""

    result: str
    domain: str
    selector: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    spf: tuple[str, str]
    sender: str
    helo: str
    dkim: tuple[Checked, ...]
    dmarc: dmarc.Verdict
    arc: str

    def text(self, host: str) -> str:
        """What Authentication-Results says (RFC 8601 §2.2)."""
        identity = (
            f"smtp.mailfrom={plain(self.sender)}"
            if self.sender
            else f"smtp.helo={plain(self.helo)}"
        )
        parts = [f"spf={self.spf[0]} {identity}"]
        for each in self.dkim:
            reason = f' reason="{plain(each.reason)}"' if each.reason else ""
            where = (
                f" header.d={plain(each.domain)} header.s={plain(each.selector)}"
                if each.domain
                else ""
            )
            parts.append(f"dkim={each.result}{reason}{where}")
        if not self.dkim:
            parts.append("dkim=none")
        disposition = (
            f" policy.dmarc={self.dmarc.disposition}" if self.dmarc.result == "fail" else ""
        )
        where = f" header.from={plain(self.dmarc.domain)}" if self.dmarc.domain else ""
        parts.append(f"dmarc={self.dmarc.result}{where}{disposition}")
        if self.arc != "none":
            parts.append(f"arc={self.arc}")
        return f"{host};\r\n " + ";\r\n ".join(parts)

    def fields(self, host: str, address: str) -> bytes:
        """Authentication-Results, and Received-SPF (RFC 7208 §9.1)."""
        who = plain(self.sender or self.helo)
        received = (
            f"Received-SPF: {self.spf[0]} ({host}) client-ip={address};"
            f" envelope-from={who}; helo={plain(self.helo)};"
        )
        return f"Authentication-Results: {self.text(host)}\r\n{received}\r\n".encode()


def plain(text: str) -> str:
    """Text that ends neither its field nor its clause."""
    return re.sub(r"[^\x21\x23-\x3a\x3c-\x7e\x80-\U0010ffff ]", "", text)[:320]


async def authenticate(
    lookup: Lookup,
    organization_of: Callable[[str], str],
    peer: Peer,
    sender: str,
    content: bytes,
    now: float,
    work: Callable[..., Awaitable[Any]] | None = None,
) -> Results:
    """`work(function, *args)` runs what takes long for a large message; without it, that is done here."""
    header = dkim.header_of(content)
    said = await spf.check(lookup, peer.address, sender, peer.helo)
    signed = tuple(
        [
            await verified(lookup, each, content, header, now, work)
            for each in dkim.signatures_in(header)
        ]
    )
    domain = from_domain(header)
    good = [each.domain for each in signed if each.result == "pass"]
    verdict = await dmarc.check(lookup, organization_of, domain, said, good)
    return Results(
        said, sender, peer.helo, signed, verdict, await arc.check(lookup, content, header)
    )


async def verified(
    lookup: Lookup,
    signature: dkim.Signature | dkim.Invalid,
    content: bytes,
    header: dkim.Header,
    now: float,
    work: Callable[..., Awaitable[Any]] | None,
) -> Checked:
    if isinstance(signature, dkim.Invalid):
        return Checked(signature.result, "", reason=str(signature))
    where = signature.domain, signature.selector
    try:
        records = await texts(lookup, signature.query)
        if not records:
            return Checked("permerror", *where, reason="its key is not there")
        if work is None:
            dkim.check(signature, content, records[0], now, header)
        else:
            await work(dkim.check, signature, content, records[0], now, header)
    except TryLater:
        return Checked("temperror", *where)
    except dkim.Invalid as problem:
        return Checked(problem.result, *where, reason=str(problem))
    return Checked("pass", *where)


def from_domain(header: dkim.Header) -> str:
    """The one domain of From; none where it has several, or is there twice (RFC 7489 §6.6.1)."""
    values = [raw.partition(b":")[2] for name, raw in header if name == "from"]
    if len(values) != 1:
        return ""
    domains = {domain.lower() for _, _, domain in mime.address_list(values[0])}
    if len(domains) != 1:
        return ""
    try:
        return domain_of(domains.pop())
    except BadAddress:
        return ""


def without_claims(content: bytes, host: str) -> bytes:
    """A message without results that claim to be ours (RFC 8601 §5)."""
    end = mime.header_end(content)
    if b"authentication-results" not in content[:end].lower():
        return content
    kept = [
        raw
        for name, raw in dkim.header_of(content)
        if name != "authentication-results" or not claims(raw, host)
    ]
    return b"".join(kept) + b"\r\n" + content[end:]


def claims(raw: bytes, host: str) -> bool:
    """Whether results say that they are of a host, in whatever spelling (RFC 8601 §2.2)."""
    value = mime.text(raw.partition(b":")[2])[:LONGEST_CLAIM]
    while (plainer := COMMENT.sub(" ", value)) != value:  # comments nest
        value = plainer
    first = re.split(r"[\s;]", value.replace('"', "").strip())[0]
    return first.lower().rstrip(".") == host.lower()


COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
LONGEST_CLAIM = 4096  # characters
