"""Traffic policy documents, read and checked, and what a name server answers by them.

A document is a tree of rules that ends in endpoints.  `compile_document` makes of it record sets: the
start's at the name of the instance, each further rule's at a name below it that nobody can ask for,
joined by aliases.
https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forecourt.planes.dns.routing import Routing
from forecourt.planes.dns.snapshot import RRset
from forecourt.planes.dns.wire import TYPES
from forecourt.platform.names.geography import places

from .domain_names import BadName
from .rdata import BadValue, to_wire
from .routing_rules import is_known

FORMATS = ("2015-10-01", "2023-05-09")
DEEPEST = 32  # rules above one another
MOST_RULES = 1000
HIDDEN = b"RULE-"  # before a rule's number in a label: queries are looked up in lower case
REGION = "aws:route53:"


class BadDocument(Exception):
    """The document cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One way a rule can go: to an endpoint's value, or to another rule."""

    routing: Routing | None
    endpoint: str = ""
    rule: str = ""
    evaluate: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    type: str  # of the records
    endpoints: Mapping[str, str]  # values by reference
    rules: Mapping[str, tuple[Branch, ...]]
    start_endpoint: str = ""
    start_rule: str = ""


def parse_document(text: str) -> Document:
    """BadDocument."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise BadDocument("The document is not valid JSON.") from None
    if not isinstance(given, dict):
        raise BadDocument("The document is not a JSON object.")
    if given.get("AWSPolicyFormatVersion") not in FORMATS:
        raise BadDocument(f"AWSPolicyFormatVersion must be one of {', '.join(FORMATS)}.")
    type_ = given.get("RecordType")
    if not isinstance(type_, str) or type_ not in TYPES or type_ in ("NS", "SOA"):
        raise BadDocument(f"RecordType {type_} is not supported.")
    endpoints = {
        str(name): endpoint_value(str(name), each, type_)
        for name, each in table(given, "Endpoints").items()
    }
    rules_given = table(given, "Rules")
    if len(rules_given) > MOST_RULES:
        raise BadDocument(f"There are more than {MOST_RULES} rules.")
    rules = {str(name): rule_of(str(name), each) for name, each in rules_given.items()}
    start_endpoint, start_rule = given.get("StartEndpoint", ""), given.get("StartRule", "")
    if bool(start_endpoint) == bool(start_rule):
        raise BadDocument("Exactly one of StartEndpoint and StartRule must be given.")
    document = Document(type_, endpoints, rules, str(start_endpoint), str(start_rule))
    check_references(document)
    return document


def table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise BadDocument(f"{name} must be an object of objects.")
    return found


def endpoint_value(name: str, given: Mapping[str, Any], type_: str) -> str:
    kind, value = given.get("Type", "value"), given.get("Value")
    if kind != "value":
        raise BadDocument(
            f"{name}: Endpoints of type {kind} are not served here; only those of type value are."
        )
    if not isinstance(value, str):
        raise BadDocument(f"{name}: Value is missing.")
    try:
        to_wire(type_, value)
    except (BadValue, BadName) as bad:
        raise BadDocument(f"{name}: {bad}") from None
    return value


def rule_of(name: str, given: Mapping[str, Any]) -> tuple[Branch, ...]:
    kind = given.get("RuleType")
    if not isinstance(kind, str) or kind not in RULES:
        raise BadDocument(f"{name}: RuleType {kind} is not supported.")
    try:
        branches = tuple(RULES[kind](given))
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadDocument(f"{name}: {type(wrong).__name__} at {wrong}") from None
    except BadDocument as bad:
        raise BadDocument(f"{name}: {bad}") from None
    if not branches:
        raise BadDocument(f"{name}: the rule leads nowhere.")
    return branches


def branch(given: Mapping[str, Any], routing: Routing) -> Branch:
    """A member of a rule: where it leads, and whether by its health."""
    endpoint, rule = given.get("EndpointReference", ""), given.get("RuleReference", "")
    if bool(endpoint) == bool(rule):
        raise BadDocument("Exactly one of EndpointReference and RuleReference must be given.")
    return Branch(routing, str(endpoint), str(rule), truth(given.get("EvaluateTargetHealth")))


def truth(given: Any) -> bool:
    return given is True or (isinstance(given, str) and given.lower() == "true")


def failover(given: Mapping[str, Any]) -> Iterator[Branch]:
    for member in ("Primary", "Secondary"):
        if member in given:
            each = given[member]
            check = str(each.get("HealthCheck", ""))
            yield branch(each, Routing("failover", member, check, primary=member == "Primary"))


def geolocation(given: Mapping[str, Any]) -> Iterator[Branch]:
    for at, each in enumerate(given["Locations"]):
        location: Any = {}
        country = each.get("Country")
        if truth(each.get("IsDefault")) or country == "*":
            place = "*"
        elif each.get("Continent") and not country:
            location = {"ContinentCode": each["Continent"]}
            place = f"continent:{each['Continent']}"
        elif each.get("Subdivision"):
            location = {"CountryCode": country, "SubdivisionCode": each["Subdivision"]}
            place = f"{country}-{each['Subdivision']}"
        else:
            location, place = {"CountryCode": country}, f"country:{country}"
        if location and not is_known(location):
            raise BadDocument(f"Cannot find location: {place}")
        check = str(each.get("HealthCheck", ""))
        yield branch(each, Routing("geolocation", f"{at}", check, places=(place,)))


def geoproximity(given: Mapping[str, Any]) -> Iterator[Branch]:
    for at, each in enumerate(given["GeoproximityLocations"]):
        point = point_of(each)
        if point is None:
            raise BadDocument("Cannot find the location of a geoproximity endpoint.")
        bias = int(each.get("Bias") or 0)
        if abs(bias) > 99:
            raise BadDocument(f"Bias {bias} is not between -99 and 99.")
        check = str(each.get("HealthCheck", ""))
        yield branch(each, Routing("geoproximity", f"{at}", check, point=point, bias=bias))


def point_of(given: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude, in either format."""
    location = given.get("Location", given)
    name = str(location.get("LocationName") or location.get("Region") or "").removeprefix(REGION)
    if name:
        known = places()
        return known.regions.get(name) or known.local_zone_groups.get(name.rstrip("abcdef"))
    point = float(location["Latitude"]), float(location["Longitude"])
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None


def latency(given: Mapping[str, Any]) -> Iterator[Branch]:
    for each in given["Regions"]:
        region = str(each["Region"])
        point = places().regions.get(region)
        if point is None:
            raise BadDocument(f"Region {region} is unknown.")
        yield branch(
            each, Routing("latency", region, str(each.get("HealthCheck", "")), point=point)
        )


def multivalue(given: Mapping[str, Any]) -> Iterator[Branch]:
    for at, each in enumerate(given["Items"]):
        if "RuleReference" in each:
            raise BadDocument("Items of a multivalue rule lead to endpoints.")
        yield branch(each, Routing("multivalue", f"{at}", str(each.get("HealthCheck", ""))))


def weighted(given: Mapping[str, Any]) -> Iterator[Branch]:
    for at, each in enumerate(given["Items"]):
        weight = int(each["Weight"])
        if not 0 <= weight <= 255:
            raise BadDocument(f"Weight {weight} is not between 0 and 255.")
        check = str(each.get("HealthCheck", ""))
        yield branch(each, Routing("weighted", f"{at}", check, weight=weight))


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Branch]]] = {
    "failover": failover,
    "geo": geolocation,
    "geoproximity": geoproximity,
    "latency": latency,
    "multivalue": multivalue,
    "weighted": weighted,
}


def check_references(document: Document) -> None:
    """Everything referred to is there, and nothing leads back to itself.  BadDocument."""
    if document.start_endpoint and document.start_endpoint not in document.endpoints:
        raise BadDocument(f"StartEndpoint {document.start_endpoint} is not there.")
    for name, branches in document.rules.items():
        for each in branches:
            if each.endpoint and each.endpoint not in document.endpoints:
                raise BadDocument(f"{name}: endpoint {each.endpoint} is not there.")
            if each.rule and each.rule not in document.rules:
                raise BadDocument(f"{name}: rule {each.rule} is not there.")
    if document.start_rule:
        if document.start_rule not in document.rules:
            raise BadDocument(f"StartRule {document.start_rule} is not there.")
        check_depth(document)


def check_depth(document: Document) -> None:
    """The longest way through the rules, found by taking away those that lead to no other."""
    depth: dict[str, int] = {}
    left = dict(document.rules)
    for level in range(1, DEEPEST + 1):
        ready = [
            name
            for name, branches in left.items()
            if all(not each.rule or each.rule in depth for each in branches)
        ]
        for name in ready:
            depth[name] = level
            del left[name]
        if not left:
            return
        if not ready:
            raise BadDocument(f"{next(iter(left))}: the rules lead back to themselves.")
    raise BadDocument(f"There are more than {DEEPEST} rules above one another.")


def checks_of(document: Document) -> set[str]:
    """The health checks that a document names."""
    return {
        each.routing.check
        for branches in document.rules.values()
        for each in branches
        if each.routing is not None and each.routing.check
    }


def compile_document(document: Document, owner: bytes, ttl: int) -> dict[bytes, list[RRset]]:
    """The record sets of an instance, by their owner names."""
    type_ = TYPES[document.type]

    def value(endpoint: str, routing: Routing | None) -> RRset:
        wire = to_wire(document.type, document.endpoints[endpoint])
        return RRset(type_, ttl, (wire,), routing=routing)

    if document.start_endpoint:
        return {owner: [value(document.start_endpoint, None)]}
    names = {name: hidden(owner, at) for at, name in enumerate(document.rules)}
    names[document.start_rule] = owner
    found = {}
    for name, branches in document.rules.items():
        found[names[name]] = [
            value(each.endpoint, each.routing)
            if each.endpoint
            else RRset(type_, ttl, (), names[each.rule], "", each.evaluate, each.routing)
            for each in branches
        ]
    return found


def hidden(owner: bytes, number: int) -> bytes:
    label = HIDDEN + str(number).encode()
    return bytes((len(label),)) + label + owner
