"""Mail domains whose DNS is waited for: hosted once it has the token, signed for once it has the key.

    again = await reconcile(store, outside, name)

A domain is looked at as anybody on the internet sees it.  What was proven stays so; the key is looked at
for as long as the domain is there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from forecourt.platform.mail import domains
from forecourt.platform.mail.domains import FAILED, PATIENCE, PENDING, VERIFIED, Domain
from forecourt.platform.names import awaited
from forecourt.platform.names.awaited import Outside

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

WORK = "workmail.domain"
AGAIN = 3600.0  # seconds until what stands is looked at again


async def reconcile(store: Store, outside: Outside, name: str) -> float | None:
    """One look at a domain; in how many seconds to look again."""
    domain, now, changed = await store.read(known, name)
    if domain is None or not domain.organization or domain.ownership == FAILED:
        return None
    waited = now - domain.created
    proven, signed = await asyncio.gather(stands(outside, domain), has_key(outside, domain))
    ownership, dkim = domain.ownership, domain.dkim
    if ownership == PENDING:
        ownership = VERIFIED if proven else FAILED if waited > PATIENCE else PENDING
    if signed is not None:
        dkim = VERIFIED if signed else FAILED if waited > PATIENCE else PENDING
    if (ownership, dkim) != (domain.ownership, domain.dkim):
        await store.write(domains.note, name, ownership, dkim)
    if ownership == FAILED:
        return None
    if PENDING in (ownership, dkim):
        return awaited.delay(now - max(domain.created, changed))
    return AGAIN


def known(tx: Tx, name: str) -> tuple[Domain | None, float, float]:
    return domains.get(tx, name), tx.now.timestamp(), awaited.last_change(tx, WORK, name)


async def stands(outside: Outside, domain: Domain) -> bool:
    owner, type_, values = domains.proof(domain)
    try:
        found = await outside(f"{owner}.", type_)
    except OSError:
        return False
    return any(value in found for value in values)


async def has_key(outside: Outside, domain: Domain) -> bool | None:
    """Whether DNS has the domain's DKIM key; None where nobody can tell."""
    try:
        found = await outside(f"{domain.selector}._domainkey.{domain.name}.", "TXT")
    except OSError:
        return None
    return any(f"p={domain.public_key}" in plain(value).replace(" ", "") for value in found)


def plain(value: str) -> str:
    """A TXT value's strings as one."""
    return value.replace('" "', "").strip('"')
