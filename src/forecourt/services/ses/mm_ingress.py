"""Ingress points: where mail comes in, once somebody signed in to one by SMTP.

An open ingress point has an address of its own on AWS; here all mail comes to one, so that only those which
are signed in to are served.  https://docs.aws.amazon.com/ses/latest/dg/eb-ingress.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import outbox
from forecourt.platform.identity import passwords
from forecourt.store.resources import Resource, at

from . import mm_stored
from .contacts import moment
from .mm_stored import INGRESS_POINTS, POLICIES, RULE_SETS, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecourt.aws.types import mailmanager as t
    from forecourt.store.tx import Tx

ops = Operations("mailmanager")
PREFIX = "inp-"
ACTIVE, CLOSED = "ACTIVE", "CLOSED"


@dataclass(frozen=True, slots=True)
class IngressPoint:
    """One that somebody signs in to, and what it does with mail."""

    id: str
    account: str
    region: str
    password: str  # as it is kept
    needs_tls: bool
    policy: Mapping[str, Any]
    rule_set: str
    rules: list[Any]


def hashed(req: Any) -> str:
    """The password as it is kept; it takes a while."""
    given = (req.get("IngressPointConfiguration") or {}).get("SmtpPassword", "")
    return passwords.digest(given) if given else ""


@ops.write_after(hashed)
def create_ingress_point(tx: Tx, req: t.CreateIngressPointRequest, password: str) -> Any:
    if req["Type"] != "AUTH":
        raise invalid("Ingress points that are signed in to (AUTH) are served here.")
    if "PrivateNetworkConfiguration" in req.get("NetworkConfiguration", {}):
        raise invalid("Private ingress points are not served here.")
    if not password:
        raise invalid("SmtpPassword must be given: secrets of Secrets Manager are not served here.")
    spec = {
        "Name": req["IngressPointName"], "RuleSetId": req["RuleSetId"],
        "TrafficPolicyId": req["TrafficPolicyId"], "TlsPolicy": req.get("TlsPolicy", "REQUIRED"),
    }  # fmt: skip
    check(tx, spec)
    status = {"Status": ACTIVE, "Password": password}
    return {"IngressPointId": mm_stored.create(tx, INGRESS_POINTS, spec, req, status).name}


def check(tx: Tx, spec: Mapping[str, Any]) -> None:
    for kind, name in ((RULE_SETS, "RuleSetId"), (POLICIES, "TrafficPolicyId")):
        if kind.find(tx, spec[name]) is None:
            raise invalid(f"{name} {spec[name]} does not exist.")
    if spec["TlsPolicy"] == "FIPS":
        raise invalid("TlsPolicy FIPS is not served here.")


@ops.read
def get_ingress_point(tx: Tx, req: t.GetIngressPointRequest) -> Any:
    found = mm_stored.get(tx, INGRESS_POINTS, req["IngressPointId"])
    return summary(tx, found) | {
        "IngressPointArn": found.arn,
        "RuleSetId": found.spec["RuleSetId"],
        "TrafficPolicyId": found.spec["TrafficPolicyId"],
        "TlsPolicy": found.spec["TlsPolicy"],
        "IngressPointAuthConfiguration": {
            "IngressPointPasswordConfiguration": {"SmtpPasswordVersion": str(found.generation)}
        },
        "CreatedTimestamp": found.created,
        "LastUpdatedTimestamp": moment(found.status["Updated"]),
    }


def summary(tx: Tx, found: Resource) -> dict[str, Any]:
    host = tx.value("SELECT value FROM setting WHERE name = :name", name=outbox.HOST)
    return {
        "IngressPointId": found.name,
        "IngressPointName": found.spec["Name"],
        "Status": found.status["Status"],
        "Type": "AUTH",
        "ARecord": str(host or outbox.DEFAULT_HOST),
    }


@ops.read
def list_ingress_points(tx: Tx, req: t.ListIngressPointsRequest) -> Any:
    found, more = mm_stored.page(tx, INGRESS_POINTS, req)
    return {"IngressPoints": [summary(tx, each) for each in found], **more}


@ops.write_after(hashed)
def update_ingress_point(tx: Tx, req: t.UpdateIngressPointRequest, password: str) -> Any:
    found = mm_stored.get(tx, INGRESS_POINTS, req["IngressPointId"])
    named = {"Name": "IngressPointName"}
    spec = {name: req.get(named.get(name, name), value) for name, value in found.spec.items()}
    check(tx, spec)
    status = {"Status": req.get("StatusToUpdate", found.status["Status"])}
    if password:
        status["Password"] = password
    mm_stored.change(tx, INGRESS_POINTS, found, spec, **status)
    return {}


@ops.write
def delete_ingress_point(tx: Tx, req: t.DeleteIngressPointRequest) -> Any:
    INGRESS_POINTS.remove(tx, mm_stored.get(tx, INGRESS_POINTS, req["IngressPointId"]))
    return {}


def signing_in(tx: Tx, id: str) -> IngressPoint | None:
    """The ingress point of an id, whosever it is, while it is open."""
    row = tx.one(
        "SELECT arn FROM resource WHERE service = 'ses' AND kind = :kind AND name = :id",
        kind=INGRESS_POINTS.name,
        id=id,
    )
    found = at(tx, row[0]) if row is not None else None
    if found is None or found.status["Status"] != ACTIVE:
        return None
    _, _, _, region, account, _ = found.arn.split(":", 5)
    base = f"arn:aws:ses:{region}:{account}:"
    policy = at(tx, f"{base}{POLICIES.name}/{found.spec['TrafficPolicyId']}")
    rules = at(tx, f"{base}{RULE_SETS.name}/{found.spec['RuleSetId']}")
    if policy is None or rules is None:
        return None
    return IngressPoint(
        found.name, account, region, found.status["Password"],
        found.spec["TlsPolicy"] == "REQUIRED", policy.spec, rules.spec["Name"],
        list(rules.spec["Rules"]),
    )  # fmt: skip
