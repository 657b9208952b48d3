"""Health checks, and what checkers saw.

What probes them is probing.py in the control role; health.py makes one answer of what checkers say.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.egress import NEVER
from forecourt.platform.names import publishing
from forecourt.store.resources import Kind, Resource

from . import health
from .domain_names import BadName, parse
from .zones import API, claim_reference, errors, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
checks = Kind("route53", "healthcheck", errors.NoSuchHealthCheck, is_global=True)
MOST = 1000  # on a page
TOPIC = "probes"  # what probers follow: ids of checks

WEB = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH")
PROBED = (*WEB, "TCP")
PORTS = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}
INTERVALS = (10, 30)
MOST_CHILDREN = 255
STRING_MATCH = ("HTTP_STR_MATCH", "HTTPS_STR_MATCH")
# What AWS calls kinds of checks, and members that they must not have.
KINDS = {
    "CALCULATED": "Calculated",
    "CLOUDWATCH_METRIC": "Metric-based",
    "RECOVERY_CONTROL": "Routing control",
}
ENDPOINT = {
    "IPAddress": "an IP address",
    "Port": "a port",
    "FullyQualifiedDomainName": "a fully qualified domain name",
    "ResourcePath": "a resource path",
    "SearchString": "a search string",
    "RequestInterval": "a request interval",
    "FailureThreshold": "a failure threshold",
    "Regions": "regions",
}
METRIC = {
    "AlarmIdentifier": "an metric region",
    "InsufficientDataHealthStatus": "an insufficient data health state",
}
# What was seen says nothing any more when one of these is another.
SEEN_ANEW = ("Disabled", "IPAddress", "FullyQualifiedDomainName", "Port")
RESETTABLE: Mapping[str, Any] = {"ChildHealthChecks": [], "ResourcePath": "/"}
# Networks whose members AWS has reserved for checkers; ours come from where the instance runs.
CHECKERS = ("127.0.0.0/8",)


@ops.write
def create_health_check(tx: Tx, req: t.CreateHealthCheckRequest) -> t.CreateHealthCheckResponse:
    """A check that is probed from now on; the same request again answers the same check."""
    config = completed(req["HealthCheckConfig"])
    validate(tx, config)
    reference = req["CallerReference"]
    try:
        claim_reference(tx, "healthcheck", reference, errors.HealthCheckAlreadyExists, "")
    except errors.HealthCheckAlreadyExists:
        same = (each for each in checks.all(tx) if each.status["CallerReference"] == reference)
        found = next(same, None)
        if found is None or dict(found.spec) != config:
            raise errors.HealthCheckAlreadyExists(
                "A different health check has already been created with the specified caller"
                " reference."
            ) from None
        return {"HealthCheck": document(found), "Location": location(found)}
    if checks.count(tx) >= quotas.limit(tx, "MAX_HEALTH_CHECKS_BY_OWNER"):
        raise errors.TooManyHealthChecks(
            "Limits Exceeded: MAX_HEALTH_CHECKS_BY_OWNER - Cannot create more health checks."
        )
    status = {"CallerReference": reference, "Version": 1}
    made = checks.create(tx, str(uuid.uuid4()), config, status)
    health.settle(tx, made)
    tx.publish(TOPIC, [made.name])
    return {"HealthCheck": document(made), "Location": location(made)}


@ops.read
def get_health_check(tx: Tx, req: t.GetHealthCheckRequest) -> t.GetHealthCheckResponse:
    return {"HealthCheck": document(get(tx, req["HealthCheckId"]))}


@ops.read
def get_health_check_count(
    tx: Tx, req: t.GetHealthCheckCountRequest
) -> t.GetHealthCheckCountResponse:
    return {"HealthCheckCount": checks.count(tx)}


@ops.read
def list_health_checks(tx: Tx, req: t.ListHealthChecksRequest) -> t.ListHealthChecksResponse:
    size = page_size(req.get("MaxItems"), MOST)
    found = checks.page(tx, req.get("Marker", ""), size)
    page: t.ListHealthChecksResponse = {
        "HealthChecks": [document(each) for each in found[:size]],
        "Marker": req.get("Marker", ""),
        "IsTruncated": len(found) > size,
        "MaxItems": str(size),
    }
    if page["IsTruncated"]:
        page["NextMarker"] = found[size].name
    return page


@ops.write
def update_health_check(tx: Tx, req: t.UpdateHealthCheckRequest) -> t.UpdateHealthCheckResponse:
    """Change what may be changed; ResetElements first."""
    found = get(tx, req["HealthCheckId"])
    version = found.status["Version"]
    if req.get("HealthCheckVersion", version) != version:
        raise errors.HealthCheckVersionMismatch(
            f"The value of HealthCheckVersion in the request doesn't match the value of"
            f" HealthCheckVersion in the health check: {version}"
        )
    config: dict[str, Any] = dict(found.spec)
    for element in req.get("ResetElements", []):
        if element in RESETTABLE:
            config[element] = RESETTABLE[element]
        else:
            config.pop(element, None)
    given: Mapping[str, Any] = {
        k: v
        for k, v in req.items()
        if k not in ("HealthCheckId", "HealthCheckVersion", "ResetElements")
    }
    if "IPAddress" in given and "IPAddress" not in config:
        raise errors.InvalidInput(
            "Invalid parameter : An IP address cannot be added to a health check that has none."
        )
    config |= given
    validate(tx, config)
    status = {**found.status, "Version": version + 1}
    changed = checks.change(tx, found, spec=config, status=status)
    if any(config.get(member) != found.spec.get(member) for member in SEEN_ANEW):
        tx.run("DELETE FROM route53_observation WHERE health_check = :id", id=found.name)
    health.settle(tx, changed)
    tx.publish(TOPIC, [changed.name])
    return {"HealthCheck": document(changed)}


@ops.write
def delete_health_check(tx: Tx, req: t.DeleteHealthCheckRequest) -> t.DeleteHealthCheckResponse:
    """Delete a check; record sets that name it are healthy from then on."""
    found = get(tx, req["HealthCheckId"])
    checks.remove(tx, found)
    tx.run("DELETE FROM route53_observation WHERE health_check = :id", id=found.name)
    publishing.publish_health(tx, found.name, None)
    health.settle_parents(tx, found)
    tx.publish(TOPIC, [found.name])
    return {}


@ops.read
def get_health_check_status(
    tx: Tx, req: t.GetHealthCheckStatusRequest
) -> t.GetHealthCheckStatusResponse:
    """What each checker saw last."""
    found = probed(tx, req["HealthCheckId"])
    return {
        "HealthCheckObservations": [
            observation(each.region, each.address, each.status, each.checked)
            for each in health.observations(tx, found)
        ]
    }


@ops.read
def get_health_check_last_failure_reason(
    tx: Tx, req: t.GetHealthCheckLastFailureReasonRequest
) -> t.GetHealthCheckLastFailureReasonResponse:
    """What each checker saw when it last saw a failure."""
    found = probed(tx, req["HealthCheckId"])
    never = (
        "The health check endpoint has not failed since the Route 53 health checker for this"
        " endpoint restarted"
    )
    return {
        "HealthCheckObservations": [
            observation(
                each.region, each.address, each.failure or never, each.failed or each.checked
            )
            for each in health.observations(tx, found)
        ]
    }


@ops.read
def get_checker_ip_ranges(tx: Tx, req: t.GetCheckerIpRangesRequest) -> t.GetCheckerIpRangesResponse:
    return {"CheckerIpRanges": list(CHECKERS)}


def get(tx: Tx, check_id: str) -> Resource:
    return checks.get(tx, check_id, f"A health check with id {check_id} does not exist.")


def probed(tx: Tx, check_id: str) -> Resource:
    found = get(tx, check_id)
    if found.spec["Type"] not in PROBED:
        raise errors.InvalidInput(
            f"Invalid parameter : Health checks of type {found.spec['Type']} have no checkers."
        )
    return found


def completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with AWS's defaults."""
    type_ = config["Type"]
    found = {**config}
    found.setdefault("Inverted", False)
    found.setdefault("Disabled", False)
    if type_ not in PROBED:
        return found
    if type_ in PORTS:
        found.setdefault("Port", PORTS[type_])
        found.setdefault("EnableSNI", type_.startswith("HTTPS"))
    found.setdefault("RequestInterval", 30)
    found.setdefault("FailureThreshold", 3)
    found.setdefault("MeasureLatency", False)
    return found


def validate(tx: Tx, config: Mapping[str, Any]) -> None:
    """InvalidInput."""
    if (problem := problem_of(config)) is None and config["Type"] == "CALCULATED":
        problem = children_problem(tx, config.get("ChildHealthChecks", []))
    if problem is not None:
        raise errors.InvalidInput(problem)


def problem_of(config: Mapping[str, Any]) -> str | None:
    """What is wrong with a configuration by itself."""
    type_ = config["Type"]
    if type_ not in PROBED:
        for member, called in ENDPOINT.items():
            if member in config:
                return invalid(f"{KINDS[type_]} health checks must not have {called} specified.")
    if type_ != "CLOUDWATCH_METRIC":
        for member, called in METRIC.items():
            if member in config:
                kind = KINDS.get(type_, "Basic")
                return invalid(f"{kind} health checks must not have {called} specified.")
    if type_ != "CALCULATED":
        if "ChildHealthChecks" in config:
            return invalid("Only calculated health checks can have child health checks specified.")
        if "HealthThreshold" in config:
            return invalid("Only calculated health checks can have a health threshold specified.")
    match type_:
        case "CALCULATED":
            if "HealthThreshold" not in config:
                return invalid("Calculated health checks must have a health threshold specified.")
            return None
        case "CLOUDWATCH_METRIC":
            return None if "AlarmIdentifier" in config else "Alarm identifier must not be null."
        case "RECOVERY_CONTROL":
            return None if "RoutingControlArn" in config else "Routing control ARN must not be null"
    return probe_problem(config)


def probe_problem(config: Mapping[str, Any]) -> str | None:
    """What is wrong with how an endpoint is to be probed."""
    type_ = config["Type"]
    if "IPAddress" not in config and "FullyQualifiedDomainName" not in config:
        return invalid("IP address and fully qualified domain name can not be both empty.")
    if type_ == "TCP":
        if "IPAddress" in config and "FullyQualifiedDomainName" in config:
            return (
                "TCP health checks that have IP address must not have a fully qualified domain name"
                " specified."
            )
        if "ResourcePath" in config:
            return "TCP health checks must not have a resource path specified."
        if "Port" not in config:
            return "TCP health checks must have a port specified."
    if type_ in STRING_MATCH:
        if not config.get("SearchString"):
            return "String match health checks must have a search string specified."
    elif "SearchString" in config:
        return f"{type_} health checks must not have a search string specified."
    if config.get("EnableSNI") and not type_.startswith("HTTPS"):
        return invalid(f"Health checks with {type_} type must not enable SNI support.")
    if config["RequestInterval"] not in INTERVALS:
        return (
            f"Invalid XML ; cvc-enumeration-valid: Value '{config['RequestInterval']}' is not"
            " facet-valid with respect to enumeration '[10, 30]'. It must be a value from the"
            " enumeration."
        )
    return endpoint_problem(config)


def invalid(text: str) -> str:
    return f"Invalid parameter : {text}"


def endpoint_problem(config: Mapping[str, Any]) -> str | None:
    """What is wrong with where a check goes."""
    if "IPAddress" in config:
        try:
            address = ip_address(config["IPAddress"])
        except ValueError:
            return f"{config['IPAddress']} is not a valid IP address."
        if any(
            address in network
            for network in map(ip_network, NEVER)
            if network.version == address.version
        ):
            return f"IPv{address.version} address {address} is forbidden"
    if "FullyQualifiedDomainName" in config:
        try:
            parse(config["FullyQualifiedDomainName"])
        except BadName as bad:
            return str(bad)
    path = config.get("ResourcePath", "")
    if any(not "!" <= character <= "~" for character in path):
        return "ResourcePath contains characters that are not allowed."
    return None


def children_problem(tx: Tx, children: list[str]) -> str | None:
    """What is wrong with the checks that a calculated one is made of."""
    unknown = [
        each
        for each in children
        if (found := checks.find(tx, each)) is None or found.spec["Type"] == "CALCULATED"
    ]
    if unknown:
        return invalid(f"Child health check IDs do not exist or are deleted: {', '.join(unknown)}")
    if len(children) > MOST_CHILDREN:
        return invalid(
            f"Calculated health checks can have at most {MOST_CHILDREN} child health checks."
        )
    return None


def document(found: Resource) -> t.HealthCheck:
    shown: Any = {
        "Id": found.name,
        "CallerReference": found.status["CallerReference"],
        "HealthCheckConfig": dict(found.spec),
        "HealthCheckVersion": found.status["Version"],
    }
    return shown


def location(found: Resource) -> str:
    return f"{API}/healthcheck/{found.name}"


def observation(region: Any, address: str, status: str, moment: float) -> t.HealthCheckObservation:
    return {
        "Region": region,
        "IPAddress": address,
        "StatusReport": {"Status": status, "CheckedTime": datetime.fromtimestamp(moment, UTC)},
    }
