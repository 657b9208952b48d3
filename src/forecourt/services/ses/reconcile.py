"""Domains that are to be proven, looked at as anybody on the internet sees them.

What was proven is looked at again each hour; records that vanish are given five days.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from forecourt.platform.names import awaited
from forecourt.store.resources import Resource, at

from . import identities
from .identities import FAILED, PENDING, SERVICE, SUCCESS, TEMPORARY

if TYPE_CHECKING:
    from forecourt.platform.names.awaited import Outside
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

WORK = identities.WORK
PATIENCE = 72 * 3600.0  # seconds for which records are waited
GRACE = 5 * 86400.0  # seconds that records may be gone
AGAIN = 3600.0


async def reconcile(store: Store, outside: Outside, arn: str) -> float | None:
    """One look at an identity; in how many seconds to look again."""
    found, now, changed = await store.read(known, arn)
    if found is None:
        return None
    region = arn.split(":")[3]
    if found.spec["Type"] == identities.DOMAIN:
        proven, signed = await asyncio.gather(has_token(outside, found), has_keys(outside, found))
    else:
        proven = signed = None
    sender = await takes_bounces(outside, found, region)
    status = await store.write(settle, arn, proven, signed, sender)
    if status is None:
        return None
    waiting = [status[name] for name in ("Verification", "Dkim", "MailFrom")]
    if (
        PENDING in waiting
        and found.spec["Type"] == identities.DOMAIN
        or status["MailFrom"] == PENDING
    ):
        return awaited.delay(now - max(status["Asked"], changed))
    if found.spec["Type"] != identities.DOMAIN and not found.spec["MailFrom"]:
        return None
    return AGAIN


def known(tx: Tx, arn: str) -> tuple[Resource | None, float, float]:
    return at(tx, arn), tx.now.timestamp(), awaited.last_change(tx, WORK, arn)


async def has_token(outside: Outside, found: Resource) -> bool | None:
    """Whether v1's record is there; None where nobody can tell."""
    try:
        values = await outside(f"_amazonses.{found.name}.", "TXT")
    except OSError:
        return None
    return any(plain(each) == found.spec["Token"] for each in values)


async def has_keys(outside: Outside, found: Resource) -> bool | None:
    """Whether DNS leads to the domain's key; None where nobody can tell, or it has none."""
    tokens = found.spec.get("Tokens", ())
    if not tokens:
        return None
    try:
        if found.spec["Origin"] == "EXTERNAL":
            values = await outside(f"{tokens[0]}._domainkey.{found.name}.", "TXT")
            wanted = f"p={found.spec['Public']}"
            return any(wanted in plain(each).replace(" ", "") for each in values)
        for token in tokens:
            values = await outside(f"{token}._domainkey.{found.name}.", "CNAME")
            if f"{token}.dkim.{SERVICE}." not in [each.lower() for each in values]:
                return False
    except OSError:
        return None
    return True


async def takes_bounces(outside: Outside, found: Resource, region: str) -> bool | None:
    """Whether a MAIL FROM domain has the one MX it must have; None where there is none to look at."""
    if not (domain := found.spec["MailFrom"].get("Domain")):
        return None
    try:
        values = await outside(f"{domain}.", "MX")
    except OSError:
        return None
    hosts = [each.split()[1].lower() for each in values]
    return hosts == [f"feedback-smtp.{region}.{SERVICE}."]


def settle(
    tx: Tx, arn: str, proven: bool | None, signed: bool | None, sender: bool | None
) -> dict[str, Any] | None:
    """What was seen, as states; the states."""
    found = at(tx, arn)
    if found is None:
        return None
    now = tx.now.timestamp()
    waited = now - found.status["Asked"] > PATIENCE
    status = dict(found.status)
    if signed is not None:
        status["Dkim"] = state(status["Dkim"], signed, waited, status, "DkimLost", now)
    if found.spec["Type"] == identities.DOMAIN and (proven is not None or signed is not None):
        good = bool(proven) or bool(signed)
        status["Verification"] = state(status["Verification"], good, waited, status, "Lost", now)
        if good:
            status.setdefault("Verified", now)
    if sender is not None:
        status["MailFrom"] = state(status["MailFrom"], sender, waited, status, "MailFromLost", now)
    if status != found.status:
        identities.note(tx, found, **status)
    return status


def state(
    before: str, good: bool, waited: bool, status: dict[str, Any], lost: str, now: float
) -> str:
    """A state after a look: what was good and is not is given some days."""
    if good:
        status.pop(lost, None)
        return SUCCESS
    if before in (SUCCESS, TEMPORARY):
        since = status.setdefault(lost, now)
        return FAILED if now - since > GRACE else TEMPORARY
    return FAILED if waited else before


def plain(value: str) -> str:
    """A TXT value's strings as one."""
    return value.replace('" "', "").strip('"')
