"""DMARC: whether what was verified is of the domain a reader sees (RFC 7489)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .asking import Lookup, TryLater, texts
from .dkim import Invalid, tags

VERSION = re.compile(r"\s*v\s*=\s*DMARC1\s*(?:;|\Z)")
NONE, QUARANTINE, REJECT = "none", "quarantine", "reject"


@dataclass(frozen=True, slots=True)
class Policy:
    domain: str  # whose record it is
    policy: str
    subdomains: str
    strict_dkim: bool = False
    strict_spf: bool = False
    percent: int = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    result: str  # pass, fail, none, temperror, permerror
    domain: str  # of From
    disposition: str = NONE  # what the domain wants done


def parse(domain: str, record: str) -> Policy | None:
    """RFC 7489 §6.3; None for a record to be passed over."""
    if not VERSION.match(record):
        return None
    try:
        said = {key.lower(): value.strip() for key, value in tags(record).items()}
    except Invalid:
        return None
    policy = said.get("p", "").lower()
    if policy not in (NONE, QUARANTINE, REJECT):
        if "rua" not in said:  # RFC 7489 §6.6.3
            return None
        policy = NONE
    sub = said.get("sp", policy).lower()
    percent = said.get("pct", "100")
    return Policy(
        domain,
        policy,
        sub if sub in (NONE, QUARANTINE, REJECT) else policy,
        said.get("adkim", "r").lower() == "s",
        said.get("aspf", "r").lower() == "s",
        min(int(percent), 100) if percent.isdecimal() and len(percent) < 4 else 100,
    )


async def find(lookup: Lookup, domain: str, organization: str) -> Policy | None:
    """RFC 7489 §6.6.3.  TryLater."""
    for each in dict.fromkeys((domain, organization)):
        found = [parse(each, text) for text in await texts(lookup, f"_dmarc.{each}")]
        policies = [policy for policy in found if policy is not None]
        if policies:  # several are as none: RFC 7489 §6.6.3
            return policies[0] if len(policies) == 1 else None
    return None


async def check(
    lookup: Lookup,
    organization_of: Callable[[str], str],
    domain: str,
    spf: tuple[str, str],
    dkim: Iterable[str],
) -> Verdict:
    """What holds for a From domain, by SPF's result and domain, and the domains whose DKIM passed."""
    if not domain:
        return Verdict("none", "")
    own = organization_of(domain)
    try:
        policy = await find(lookup, domain, own)
    except TryLater:
        return Verdict("temperror", domain)
    if policy is None:
        return Verdict("none", domain)

    def aligned(other: str, *, strict: bool) -> bool:  # RFC 7489 §3.1
        return other == domain or (not strict and organization_of(other) == own)

    result, spf_domain = spf
    by_spf = result == "pass" and aligned(spf_domain.lower(), strict=policy.strict_spf)
    by_dkim = any(aligned(each, strict=policy.strict_dkim) for each in dkim)
    if by_spf or by_dkim:
        return Verdict("pass", domain)
    wanted = policy.policy if policy.domain == domain else policy.subdomains
    return Verdict("fail", domain, wanted)
