"""What becomes of certificates: validated, issued, renewed, expired.

    again = await reconcile(store, outside, keys, settings, id)

Each look at a certificate is one step that may be repeated.  A public one is issued once every name is
proven by the record that `outside` finds, as anybody on the internet would; it is renewed, before it
ends, if it is in use or was exported and the records still stand.  Times are the calendar's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography import x509

from forecourt.planes.tls import keys, linting
from forecourt.planes.tls.building import Issuer, build, common_name, der, host_names, pem
from forecourt.planes.tls.keys import Pool
from forecourt.planes.tls.profiles import CLIENT, ISSUING, OCSP, ROOT, SERVER_DV, Profile
from forecourt.platform import audit
from forecourt.platform.certificates import authorities, private
from forecourt.platform.certificates.proving import record_of
from forecourt.platform.names import awaited
from forecourt.platform.names.awaited import LATEST, Outside
from forecourt.store.tx import Call

from . import validation
from .certificates import (
    EXPIRED,
    FAILED,
    IMPORTED,
    ISSUED,
    PENDING,
    PRIVATE,
    PURPOSE,
    SUCCESS,
    TIMED_OUT,
    WORK,
    Certificate,
    change,
    find,
    is_renewable,
)
from .lifecycle import PENDING_RENEWAL, days_before_expiry

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

__all__ = ["WORK", "Settings", "reconcile"]

# What the internet's resolvers say of a name: (name, type) -> values, none where there are none.
# OSError where nobody answers.

PATIENCE = timedelta(hours=72)  # for a validation
DAY = 86400.0
RETRIED = 3600.0  # seconds after which a renewal is tried again
ISSUERS = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")  # in CAA records


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html"""

    public_days: int = 198
    private_days: int = 395
    public_renewal: int = 45  # days before the end
    private_renewal: int = 60


async def reconcile(
    store: Store, outside: Outside, pool: Pool, settings: Settings, id_: str
) -> float | None:
    """One look at a certificate; in how many seconds to look again."""
    one, now = await store.read(lambda tx: (find(tx, id_), tx.now))
    if one is None:
        return None
    if one.status == PENDING:
        if one.type == PRIVATE:
            return await issue_private(store, pool, settings, one)
        return await validate(store, outside, pool, settings, one, now)
    if one.status == ISSUED:
        return await tend(store, outside, pool, settings, one, now)
    return None


async def write(store: Store, one: Certificate, step: Callable[..., T], *given: Any) -> T:
    """A step of a certificate's, in the name of its owner."""
    call = Call("acm", "Reconcile", one.account, one.region)
    return await store.write_for(call, lambda tx, _: step(tx, one.id, *given), None)


# ----- validation


async def validate(
    store: Store, outside: Outside, pool: Pool, settings: Settings, one: Certificate, now: datetime
) -> float | None:
    created = datetime.fromtimestamp(one.created, now.tzinfo)
    if now >= created + PATIENCE:
        return await write(store, one, give_up)
    if unfit := [name for name in one.names if not validation.is_public(name)]:
        return await write(store, one, fail, "INVALID_PUBLIC_DOMAIN", unfit)
    known = one.state.get("Domains", {})
    pending = [name for name in one.names if known.get(name, {}).get("Status") != SUCCESS]
    if one.spec["Method"] == "DNS":
        proven = await proofs(store, outside, one, pending)
    else:
        proven = []
    if len(proven) < len(pending):
        if proven:
            await write(store, one, note, proven)
        if one.spec["Method"] != "DNS":
            return (created + PATIENCE - now).total_seconds()
        changed = await store.read(awaited.last_change, WORK, one.id)
        return awaited.delay(now.timestamp() - max(one.created, changed))
    try:
        forbidden = await forbidding(outside, one.names)
    except OSError:
        return LATEST
    if forbidden:
        return await write(store, one, fail, "CAA_ERROR", forbidden)
    return await issue(store, pool, settings, one)


async def proofs(store: Store, outside: Outside, one: Certificate, names: list[str]) -> list[str]:
    """Those of the names whose records are there."""
    records = await store.read(lambda tx: [record_of(tx, one.account, name) for name in names])
    there = await asyncio.gather(*(stands(outside, each) for each in records))
    return [name for name, is_there in zip(names, there, strict=True) if is_there]


async def stands(outside: Outside, record: dict[str, str]) -> bool:
    try:
        values = await outside(record["Name"], "CNAME")
    except OSError:
        return False
    return any(each.lower() == record["Value"] for each in values)


async def forbidding(outside: Outside, names: list[str]) -> list[str]:
    """The names whose closest CAA records let others issue, and not us (RFC 8659 §3).  OSError."""
    return [name for name in names if not await permits(outside, name)]


async def permits(outside: Outside, name: str) -> bool:
    wild = name.startswith("*.")
    labels = name.removeprefix("*.").split(".")
    for at in range(len(labels) - 1):
        records = await outside(".".join(labels[at:]) + ".", "CAA")
        if not records:
            continue
        issuers: dict[str, list[str]] = {}
        for record in records:
            flags, tag, value = record.lower().split(" ", 2)
            known = tag in ("issue", "issuewild", "iodef", "contactemail", "contactphone")
            if int(flags) & 0x80 and not known:
                return False
            issuers.setdefault(tag, []).append(value.strip('"').partition(";")[0].strip())
        wanted = issuers.get("issuewild") if wild and "issuewild" in issuers else None
        listed = wanted if wanted is not None else issuers.get("issue")
        return listed is None or bool(set(listed) & set(ISSUERS))
    return True


def note(tx: Tx, id_: str, proven: list[str]) -> None:
    one = find(tx, id_)
    if one is not None and one.status == PENDING:
        known = {**one.state.get("Domains", {}), **{name: {"Status": SUCCESS} for name in proven}}
        change(tx, one, state={**one.state, "Domains": known})


def give_up(tx: Tx, id_: str) -> None:
    """Nobody proved the names in time."""
    one = find(tx, id_)
    if one is None or one.status != PENDING:
        return
    known = one.state.get("Domains", {})
    domains = {name: known.get(name) or {"Status": FAILED} for name in one.names}
    change(tx, one, status=TIMED_OUT, state={**one.state, "Domains": domains})
    validation.forget(tx, one)


def fail(tx: Tx, id_: str, reason: str, names: list[str]) -> None:
    one = find(tx, id_)
    if one is None or one.status != PENDING:
        return
    domains = {**one.state.get("Domains", {}), **{name: {"Status": FAILED} for name in names}}
    change(tx, one, status=FAILED, state={**one.state, "Domains": domains, "Failure": reason})
    validation.forget(tx, one)


# ----- issue


@dataclass(frozen=True, slots=True)
class Made:
    certificate: x509.Certificate
    key: Any
    chain: str


async def issue(store: Store, pool: Pool, settings: Settings, one: Certificate) -> float:
    """A public certificate, of one of our own authorities."""
    authority = authorities.ours_for(one.algorithm)
    made = await make(store, pool, one, authority, SERVER_DV, settings.public_days)
    return await write(store, one, keep, one, authority, made, settings)


async def issue_private(
    store: Store, pool: Pool, settings: Settings, one: Certificate
) -> float | None:
    """A certificate of an account's own authority."""
    arn = one.spec["AuthorityArn"]
    days = settings.private_days
    renewing = one.status == ISSUED
    refused, authority = await store.read(private.usable, arn, days, one.account, renewing)
    if refused and not renewing:
        return await write(store, one, fail, refused, [])
    if refused:
        return await write(store, one, renewal_waits, PENDING_RENEWAL, refused, {})
    made = await make(store, pool, one, authority, PRIVATE_SERVER, days)
    return await write(store, one, keep, one, authority, made, settings)


PRIVATE_SERVER = Profile(
    "private-server", (*SERVER_DV.usage, "key_encipherment"), SERVER_DV.purposes + CLIENT.purposes
)


async def make(
    store: Store, pool: Pool, one: Certificate, authority: str, profile: Profile, days: int
) -> Made:
    """A key and its certificate, of a profile that was linted once.  Faulty."""
    issuer, chain, now = await store.read(
        lambda tx: (authorities.issuer(tx, authority), chain_of(tx, authority), tx.now)
    )
    if one.algorithm.startswith("RSA"):
        key = await asyncio.to_thread(pool.take, one.algorithm)
    else:
        key = pool.take(one.algorithm)
    length = timedelta(days=days)
    if (profile.name, one.algorithm) not in LINTED:
        samples = [(der(signed(issuer, profile, [SAMPLE], key, now, length)), profile)]
        if profile is SERVER_DV:
            samples += above(issuer, chain, key, now)
        for sample in samples:
            await asyncio.to_thread(linting.must_be_clean, *sample)
        LINTED.add((profile.name, one.algorithm))
    return Made(signed(issuer, profile, one.names, key, now, length), key, chain)


def above(issuer: Issuer, chain: str, key: Any, now: datetime) -> list[tuple[bytes, Profile]]:
    """What else is used with a public certificate: those of its chain, and an OCSP responder's."""
    issuing, root = x509.load_pem_x509_certificates(chain.encode())
    week = authorities.span(now, timedelta(days=7))
    responder = build(OCSP, authorities.subject("OCSP"), key.public_key(), issuer, validity=week)
    return [(der(issuing), ISSUING), (der(root), ROOT), (der(responder), OCSP)]


SAMPLE = "www.example.com"  # so that a profile is judged, and not who asks for what
LINTED: set[tuple[str, str]] = set()


def signed(
    issuer: Issuer, profile: Profile, names: list[str], key: Any, now: datetime, length: timedelta
) -> x509.Certificate:
    start, end = authorities.span(now, length)
    end = min(end, issuer.certificate.not_valid_after_utc)
    subject, alternatives = common_name(names), host_names(names)
    return build(
        profile, subject, key.public_key(), issuer, validity=(start, end), names=alternatives
    )


def chain_of(tx: Tx, authority: str) -> str:
    found = authorities.find(tx, authority)
    assert found is not None and found.certificate is not None
    return pem(x509.load_der_x509_certificate(found.certificate)) + found.chain


def keep(
    tx: Tx, id_: str, seen: Certificate, authority: str, made: Made, settings: Settings
) -> float:
    """Give a certificate what was made of it, as it was `seen`: the first time, or anew; seconds until
    it is due again.
    """
    one = find(tx, id_)
    if one is None or (one.status, one.certificate) != (seen.status, seen.certificate):
        return DAY  # another was faster, or it is gone
    renewed = one.status == ISSUED
    if one.type == PRIVATE:
        owner = private.AUTHORITIES.find(tx, authority)
        assert owner is not None
        private.note(tx, owner, made.certificate, private.TEMPLATE, by=private.ACM)
    else:
        authorities.record(tx, authority, made.certificate)
    at = tx.now.timestamp()
    state = {**one.state, "IssuedAt": at}
    domains = {name: {"Status": SUCCESS} for name in one.names}
    if renewed:
        state["Renewal"] = {"Status": SUCCESS, "UpdatedAt": at, "Domains": domains}
        state["ExportedSince"] = False
    elif one.type != PRIVATE:
        state["Domains"] = domains
    changed = change(
        tx,
        one,
        status=ISSUED,
        not_after=made.certificate.not_valid_after_utc.timestamp(),
        authority=authority,
        certificate=der(made.certificate),
        chain=made.chain,
        secret=tx.seal.close(keys.dump(made.key), PURPOSE),
        state=state,
    )
    validation.forget(tx, one)
    tell(tx, changed, "ACM Certificate Available", Action="RENEWAL" if renewed else "ISSUANCE")
    return due(tx, changed, settings)


# ----- later


def due(tx: Tx, one: Certificate, settings: Settings) -> float:
    """Seconds until a certificate has to be looked at: before its renewal, or its end."""
    assert one.not_after is not None
    start = one.not_after - max(window(one, settings), days_before_expiry(tx)) * DAY
    left = start - tx.now.timestamp()
    return left if left > 0 else max(1.0, min(DAY, one.not_after - tx.now.timestamp()))


def window(one: Certificate, settings: Settings) -> int:
    return settings.private_renewal if one.type == PRIVATE else settings.public_renewal


async def tend(
    store: Store, outside: Outside, pool: Pool, settings: Settings, one: Certificate, now: datetime
) -> float | None:
    assert one.not_after is not None
    left = one.not_after - now.timestamp()
    if left <= 0:
        return await write(store, one, expire)
    asked = bool((one.state.get("Renewal") or {}).get("Asked"))
    near = left <= window(one, settings) * DAY
    renewable = await store.read(is_renewable, one)
    if one.type == IMPORTED or not (asked or (near and renewable)):
        return await write(store, one, warn, settings)
    if one.type == PRIVATE:
        return await issue_private(store, pool, settings, one)
    if one.spec["Method"] == "DNS":
        proven = await proofs(store, outside, one, one.names)
        domains = {name: {"Status": SUCCESS if name in proven else PENDING} for name in one.names}
        if len(proven) < len(one.names):
            return await write(store, one, renewal_waits, PENDING, None, domains)
    else:
        domains = approvals(one)
        if any(domains.get(name, {}).get("Status") != SUCCESS for name in one.names):
            return await write(store, one, ask_again)
    try:
        forbidden = await forbidding(outside, one.names)
    except OSError:
        return min(RETRIED, max(1.0, left))
    if forbidden:
        return await write(store, one, renewal_waits, PENDING, "CAA_ERROR", domains)
    return await issue(store, pool, settings, one)


def approvals(one: Certificate) -> dict[str, Any]:
    """What was approved by mail for the renewal that is under way; an earlier one's holds no more."""
    renewal = one.state.get("Renewal") or {}
    found: dict[str, Any] = renewal.get("Domains", {}) if renewal.get("Status") == PENDING else {}
    return found


def renewal_waits(
    tx: Tx, id_: str, status: str, reason: str | None, domains: dict[str, Any]
) -> float:
    """A renewal that cannot be done now."""
    one = find(tx, id_)
    if one is None or one.status != ISSUED or one.not_after is None:
        return DAY
    before = one.state.get("Renewal") or {}
    renewal: dict[str, Any] = {
        "Status": status,
        "Reason": reason,
        "UpdatedAt": tx.now.timestamp(),
        "Asked": before.get("Asked", False),
    }
    if domains:
        renewal["Domains"] = domains
    if before.get("Status") != status:
        told = reason or "PENDING_DOMAIN_VALIDATION"
        tell(tx, one, "ACM Certificate Renewal Action Required", RenewalStatusReason=told)
    change(tx, one, state={**one.state, "Renewal": renewal})
    if one.type != PRIVATE and one.spec["Method"] == "DNS":
        validation.wait(tx, one)
    return max(1.0, min(RETRIED, one.not_after - tx.now.timestamp()))


def ask_again(tx: Tx, id_: str) -> float:
    """Mail those who speak for the domains, once."""
    one = find(tx, id_)
    if one is not None and (one.state.get("Renewal") or {}).get("Status") != PENDING:
        validation.ask_by_mail(tx, one, one.names)
    known = {} if one is None else approvals(one)
    waiting = {} if one is None else {name: {"Status": PENDING} for name in one.names}
    return renewal_waits(tx, id_, PENDING, None, {**waiting, **known})


def expire(tx: Tx, id_: str) -> None:
    one = find(tx, id_)
    if one is None or one.status != ISSUED:
        return
    state = dict(one.state)
    if (renewal := state.get("Renewal")) and renewal["Status"] in (PENDING, PENDING_RENEWAL):
        state["Renewal"] = {**renewal, "Status": FAILED, "UpdatedAt": tx.now.timestamp()}
    changed = change(tx, one, status=EXPIRED, state=state)
    validation.forget(tx, one)
    tell(tx, changed, "ACM Certificate Expired")


def warn(tx: Tx, id_: str, settings: Settings) -> float:
    """Tell that an end is near, once a day."""
    one = find(tx, id_)
    if one is None or one.not_after is None:
        return DAY
    left = int((one.not_after - tx.now.timestamp()) / DAY)
    if left < days_before_expiry(tx):
        tell(tx, one, "ACM Certificate Approaching Expiration", DaysToExpiry=left)
    return due(tx, one, settings)


def tell(tx: Tx, one: Certificate, event: str, **detail: Any) -> None:
    """An event of a certificate, in the audit trail of its account."""
    told = {"CertificateArn": one.arn, "CommonName": one.domain, "CertificateType": one.type}
    audit.warn(tx, event, {**told, **detail})
