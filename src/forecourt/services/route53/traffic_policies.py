"""Traffic policies: documents in versions, and instances that answer by them.

https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html
traffic_documents.py reads documents and compiles them to record sets.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.store.resources import Kind, Resource

from .traffic_documents import BadDocument, Document, parse_document
from .traffic_instances import instances, using
from .zones import API, errors, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

__all__ = ["instances", "ops"]

ops = Operations("route53")
policies = Kind("route53", "trafficpolicy", errors.NoSuchTrafficPolicy, is_global=True)
# Versions are kept beside the policy they are of, named "<id> <version>".
versions = Kind("route53", "trafficpolicyversion", errors.NoSuchTrafficPolicy, is_global=True)
MOST = 100  # on a page
NONE = "No traffic policy exists with the specified ID."


@ops.write
def create_traffic_policy(
    tx: Tx, req: t.CreateTrafficPolicyRequest
) -> t.CreateTrafficPolicyResponse:
    """A policy, and its first version."""
    document = checked(req["Document"])
    if any(each.spec["Name"] == req["Name"] for each in policies.all(tx)):
        raise errors.TrafficPolicyAlreadyExists(
            f"A traffic policy that has the same value for Name already exists: {req['Name']}"
        )
    if policies.count(tx) >= quotas.limit(tx, "MAX_TRAFFIC_POLICIES_BY_OWNER"):
        raise errors.TooManyTrafficPolicies(
            "Limits Exceeded: MAX_TRAFFIC_POLICIES_BY_OWNER - Cannot create more traffic policies."
        )
    policy = policies.create(tx, str(uuid.uuid4()), {"Name": req["Name"]}, {"Latest": 1})
    made = add_version(tx, policy, 1, document, req)
    return {"TrafficPolicy": shown(made), "Location": location(made)}


@ops.write
def create_traffic_policy_version(
    tx: Tx, req: t.CreateTrafficPolicyVersionRequest
) -> t.CreateTrafficPolicyVersionResponse:
    policy = policies.get(tx, req["Id"], NONE)
    document = checked(req["Document"])
    number = policy.status["Latest"] + 1
    if number > quotas.limit(tx, "MAX_TRAFFIC_POLICY_VERSIONS"):
        raise errors.TooManyTrafficPolicyVersionsForCurrentPolicy(
            "This traffic policy version can't be created because you've reached the limit of 1000"
            " on the number of versions that you can create for the current traffic policy."
        )
    policies.change(tx, policy, status={"Latest": number})
    made = add_version(tx, policy, number, document, req)
    return {"TrafficPolicy": shown(made), "Location": location(made)}


@ops.read
def get_traffic_policy(tx: Tx, req: t.GetTrafficPolicyRequest) -> t.GetTrafficPolicyResponse:
    return {"TrafficPolicy": shown(get(tx, req["Id"], req["Version"]))}


@ops.write
def update_traffic_policy_comment(
    tx: Tx, req: t.UpdateTrafficPolicyCommentRequest
) -> t.UpdateTrafficPolicyCommentResponse:
    found = get(tx, req["Id"], req["Version"])
    changed = versions.change(tx, found, spec={**found.spec, "Comment": req["Comment"]})
    return {"TrafficPolicy": shown(changed)}


@ops.write
def delete_traffic_policy(
    tx: Tx, req: t.DeleteTrafficPolicyRequest
) -> t.DeleteTrafficPolicyResponse:
    """Delete a version that no instance uses; with the last one the policy."""
    found = get(tx, req["Id"], req["Version"])
    if using(tx, req["Id"], req["Version"]):
        raise errors.TrafficPolicyInUse("Policy is in use for at least one instance")
    versions.remove(tx, found)
    if not versions_of(tx, req["Id"]):
        policies.remove(tx, policies.get(tx, req["Id"], NONE))
    return {}


@ops.read
def list_traffic_policies(
    tx: Tx, req: t.ListTrafficPoliciesRequest
) -> t.ListTrafficPoliciesResponse:
    """The latest version of each policy, in the order in which they were made."""
    size, marker = page_size(req.get("MaxItems"), MOST), req.get("TrafficPolicyIdMarker", "")
    found = sorted(policies.all(tx), key=lambda each: (each.created, each.name))
    if marker:
        at = next((i for i, each in enumerate(found) if each.name == marker), None)
        if at is None:
            raise errors.InvalidInput(f"Invalid traffic policy ID marker: {marker}")
        found = found[at:]
    summaries: list[t.TrafficPolicySummary] = []
    for policy in found[:size]:
        of_policy = versions_of(tx, policy.name)
        summaries.append(
            {
                "Id": policy.name,
                "Name": policy.spec["Name"],
                "Type": of_policy[-1].spec["Type"],
                "LatestVersion": policy.status["Latest"],
                "TrafficPolicyCount": len(of_policy),
            }
        )
    return {
        "TrafficPolicySummaries": summaries,
        "IsTruncated": len(found) > size,
        "TrafficPolicyIdMarker": found[size].name if len(found) > size else "",
        "MaxItems": str(size),
    }


@ops.read
def list_traffic_policy_versions(
    tx: Tx, req: t.ListTrafficPolicyVersionsRequest
) -> t.ListTrafficPolicyVersionsResponse:
    """A policy's versions, the oldest first."""
    policies.get(tx, req["Id"], NONE)
    size = page_size(req.get("MaxItems"), MOST)
    marker = req.get("TrafficPolicyVersionMarker", "0")
    if not (marker.isascii() and marker.isdecimal()):
        raise errors.InvalidInput(f"Invalid traffic policy version marker: {marker}")
    found = [each for each in versions_of(tx, req["Id"]) if each.spec["Version"] >= int(marker)]
    return {
        "TrafficPolicies": [shown(each) for each in found[:size]],
        "IsTruncated": len(found) > size,
        "TrafficPolicyVersionMarker": (
            str(found[size].spec["Version"]) if len(found) > size else ""
        ),
        "MaxItems": str(size),
    }


def get(tx: Tx, policy_id: str, version: int) -> Resource:
    return versions.get(tx, name_of(policy_id, version), NONE)


def name_of(policy_id: str, version: int) -> str:
    return f"{policy_id} {version:04}"


def versions_of(tx: Tx, policy_id: str) -> list[Resource]:
    """Oldest first."""
    return versions.between(tx, f"{policy_id} ", f"{policy_id}!")  # the character after the space


def count(tx: Tx) -> int:
    return policies.count(tx)


def checked(text: str) -> Document:
    """InvalidTrafficPolicyDocument."""
    try:
        return parse_document(text)
    except BadDocument as bad:
        raise errors.InvalidTrafficPolicyDocument(str(bad)) from None


def add_version(tx: Tx, policy: Resource, number: int, document: Document, req: Any) -> Resource:
    spec = {
        "Id": policy.name,
        "Version": number,
        "Name": policy.spec["Name"],
        "Type": document.type,
        "Document": req["Document"],
    }
    if "Comment" in req:
        spec["Comment"] = req["Comment"]
    return versions.create(tx, name_of(policy.name, number), spec, {})


def shown(found: Resource) -> t.TrafficPolicy:
    document: Any = dict(found.spec)
    return document


def location(found: Resource) -> str:
    return f"{API}/trafficpolicy/{found.spec['Id']}/{found.spec['Version']}"
