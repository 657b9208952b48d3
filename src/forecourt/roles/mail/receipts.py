"""Mail that an account's rules take: authenticated, scanned where they want it, and kept with its plan.

What is answered 250 is on disk with all that is to be done.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from email.utils import getaddresses
from hashlib import sha512
from typing import TYPE_CHECKING, Any

from forecourt.planes.mail import mime
from forecourt.planes.mail.authentication import Results, without_claims
from forecourt.planes.mail.smtp import Envelope, Peer, Reply
from forecourt.platform.mail import scanning
from forecourt.platform.mail.scanning import GRAY, Scanners
from forecourt.roles.mail.intake import HOPS, Intake, hops, received_field
from forecourt.services.ses import (
    building,
    mm_policies,
    mm_rules,
    receipt_rules,
    received,
    receiving,
)
from forecourt.services.ses.mm_conditions import Facts
from forecourt.services.ses.mm_ingress import IngressPoint
from forecourt.services.ses.receipt_rules import Taker

if TYPE_CHECKING:
    from forecourt.config import Ses
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

VERDICTS = {
    "pass": "PASS", "fail": "FAIL", "softfail": "FAIL", "permerror": "FAIL",
    "temperror": "PROCESSING_FAILED", "none": GRAY, "neutral": GRAY,
}  # fmt: skip
POLICIES = {"none": "none", "quarantine": "quarantine", "reject": "reject"}
Group = tuple[Taker, list[tuple[str, Sequence[tuple[int, Mapping[str, Any]]]]]]


def against(taker: Taker, address: str, client: str, tls: str) -> Reply | None:
    """What is against a recipient whose mail rules take."""
    if taker.blocked:
        return Reply(550, f"<{address}>: mail from {client} is not taken", "5.7.1")
    if taker.needs_tls and not tls:
        return Reply(530, "Must issue a STARTTLS command first", "5.7.0")
    return None


def sorted_out(tx: Tx, addresses: Sequence[str], client: str) -> tuple[list[Group], list[str]]:
    """Recipients by who takes their mail, and those whose mail no rule takes."""
    groups: dict[tuple[str, str], Group] = {}
    others = []
    for address in dict.fromkeys(addresses):
        taker = receipt_rules.taker(tx, address, client)
        if taker is None or taker.blocked:
            others.append(address)
            continue
        group = groups.setdefault((taker.account, taker.region), (taker, []))
        group[1].append((address, taker.rules))
    return list(groups.values()), others


async def take(
    store: Store,
    intake: Intake,
    settings: Ses,
    peer: Peer,
    envelope: Envelope,
    content: bytes,
    groups: Sequence[Group],
) -> Reply:
    """Keep a message for those whose rules take it."""
    if hops(content) > HOPS:
        return Reply(554, "The message goes in circles", "5.4.6")
    content, now = without_claims(content, intake.host), time.time()
    results = await intake.authenticated(peer, envelope, content, now)
    wanted = any(
        rule["ScanEnabled"] for _, whom in groups for _, rules in whom for _, rule in rules
    )
    spam, virus = GRAY, GRAY
    if wanted:
        spam, virus = await scanning.verdicts(Scanners(settings.rspamd, settings.clamd), content)
    verdicts = of_results(results) | {"spam": spam, "virus": virus}
    header, ids = receiving.header_of(content), [received.new_id() for _ in groups]
    made = [
        await intake.prepared(fields(intake, peer, envelope, results, id, now, verdicts) + content)
        for id in ids
    ]

    def keep(tx: Tx) -> None:
        for (taker, whom), id, one in zip(groups, ids, made, strict=True):
            receiving.accept(tx, taker, id, envelope.sender, whom, verdicts, one, header)

    await store.write(keep)
    return Reply(250, f"OK {ids[-1]}", "2.0.0")


def of_results(results: Results) -> dict[str, str]:
    signed = [each.result for each in results.dkim]
    dkim = "pass" if "pass" in signed else signed[0] if signed else "none"
    found = {
        "spf": VERDICTS.get(results.spf[0], GRAY),
        "dkim": VERDICTS.get(dkim, GRAY),
        "dmarc": VERDICTS.get(results.dmarc.result, GRAY),
    }
    if results.dmarc.result == "fail":
        found["dmarcPolicy"] = POLICIES.get(results.dmarc.disposition, "none")
    return found


def fields(
    intake: Intake,
    peer: Peer,
    envelope: Envelope,
    results: Results,
    id: str,
    now: float,
    verdicts: Mapping[str, str],
) -> bytes:
    """https://docs.aws.amazon.com/ses/latest/dg/receiving-email-concepts.html"""
    receipt = b64encode(sha512(id.encode()).digest()).decode()
    ours = (
        f"X-SES-Spam-Verdict: {verdicts['spam']}\r\nX-SES-Virus-Verdict: {verdicts['virus']}\r\n"
        f"X-SES-RECEIPT: {receipt}\r\n"
    )
    return (
        f"Return-Path: <{envelope.sender}>\r\n".encode()
        + received_field(intake.host, peer, envelope, id, now)
        + ours.encode()
        + results.fields(intake.host, peer.address)
    )


# ----- Mail Manager


def let_in(point: IngressPoint, peer: Peer, address: str) -> Reply | None:
    """What an ingress point's traffic policy has against a recipient."""
    if mm_policies.allows(point.policy, Facts(address, peer.address, peer.tls.partition(" ")[0])):
        return None
    return Reply(550, f"<{address}>: the traffic policy does not let it in", "5.7.1")


async def manage(
    store: Store,
    intake: Intake,
    settings: Ses,
    point: IngressPoint,
    peer: Peer,
    envelope: Envelope,
    content: bytes,
) -> Reply:
    """Keep a message with what an ingress point's rules want done for each recipient."""
    if len(content) > point.policy["Most"]:
        return Reply(552, "Message is too long.", "5.3.4")
    if hops(content) > HOPS:
        return Reply(554, "The message goes in circles", "5.4.6")
    content, now, id = without_claims(content, intake.host), time.time(), received.new_id()
    results = await intake.authenticated(peer, envelope, content, now)
    verdicts = of_results(results) | {"spam": GRAY, "virus": GRAY}
    header = receiving.header_of(content)
    facts = facts_of(peer, envelope, header, len(content), verdicts)
    whom = [each.address for each in envelope.recipients]
    content = fields(intake, peer, envelope, results, id, now, verdicts) + content
    plans = mm_rules.plans(point.rule_set, point.rules, facts, whom)
    made = [await intake.prepared(content) for _ in plans]

    def keep(tx: Tx) -> None:
        for at, ((of, plan), one) in enumerate(zip(plans, made, strict=True)):
            receiving.keep(
                tx, point.account, point.region, received.new_id() if at else id, envelope.sender,
                of, verdicts, one, header, plan,
            )  # fmt: skip

    await store.write(keep)
    return Reply(250, f"Ok {id}", "2.0.0")


def facts_of(
    peer: Peer, envelope: Envelope, header: bytes, size: int, verdicts: Mapping[str, str]
) -> Facts:
    known: dict[str, list[str]] = {}
    for found in mime.FIELD.finditer(header):
        name = found[0].partition(b":")[0].strip().decode("latin-1").lower()
        value = mime.decoded(building.unfolded(mime.text(found[0].partition(b":")[2])))
        known.setdefault(name, []).append(value)
    addresses = {}
    for name in ("from", "to", "cc", "sender"):
        try:
            addresses[name] = [each for _, each in getaddresses(known.get(name, [])) if each]
        except RecursionError:
            addresses[name] = []
    return Facts(
        "", peer.address, peer.tls.partition(" ")[0], envelope.sender, peer.helo, size, known,
        addresses, verdicts, verdicts.get("dmarcPolicy", "none").upper(),
    )  # fmt: skip
