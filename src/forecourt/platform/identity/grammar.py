"""What AWS refuses as a policy document, in its words.

    problem(document, kind="identity") -> the text of MalformedPolicyDocument, or None

Checks are in the order in which AWS has been seen to complain, one complaint at a time: the form of the
document, its version, what an older parser refuses, statement ids, actions, resources.  What passes
compiles (decide.py).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

Kind = Literal["identity", "trust", "resource"]
Statement = dict[str, Any]

LONGEST = 131_072  # characters
NEWEST = "2012-10-17"
VERSIONS = ("2008-10-17", NEWEST)
TOP = frozenset(("Version", "Id", "Statement", "Conditions"))
ELEMENTS = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
     "Condition")
)  # fmt: skip
EXCLUSIVE = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
EFFECTS = ("Allow", "Deny")
OPERATORS = frozenset(
    ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
     "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan",
     "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals",
     "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
     "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals",
     "ArnLike", "ArnNotEquals", "ArnNotLike", "Null")
)  # fmt: skip
OPERATOR = re.compile(r"(?:ForAnyValue:|ForAllValues:)?(.*?)(?:IfExists)?\Z", re.DOTALL)
PARTITIONS = frozenset(
    ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*")
)  # fmt: skip
VENDOR = re.compile(r"[a-zA-Z0-9.-]*\Z")
IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/",
    "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip
# Services whose ARNs name no region: what is said, and resources that do have one.
REGIONLESS = {
    "iam": ("IAM resource {} cannot contain region information.", ()),
    "s3": ("Resource {} can not contain region information.", ("accesspoint/",)),
}
MOMENT = re.compile(
    r"(?P<year>-?\d{1,9})(-(?P<month>\d{1,2})(-(?P<day>\d{1,2}))?)?"
    r"(t((?P<hour>\d{1,2})(:(?P<minute>\d{1,2})(:(?P<second>\d{1,2})(\.\d{1,9})?)?"
    r"(z|[+-]\d\d(:\d\d)?)?)?)?)?\Z",
    re.ASCII,
)
RANGES = {
    "year": (-292275054, 292278993),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
EPOCH = re.compile(r"\d{1,19}\Z", re.ASCII)
LAST_SECOND = 2**63 - 1
STS_ACTIONS = frozenset(
    ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
     "sts:setsourceidentity", "sts:setcontext")
)  # fmt: skip

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VERSION = "Policy document must be version 2012-10-17 or greater."
PRINCIPAL = "Policy document should not specify a principal."
SIDS = "Statement IDs (SID) in a single policy must be unique."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
COLONS = "Actions/Condition can contain only one colon."
REGEX_VENDOR = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATH = f'IAM resource path must either be "*", root, or start with {", ".join(IAM_PATHS)}.'
INVALID_JSON = "This policy contains invalid Json"
ONLY_STS = "AssumeRole policy may only specify STS AssumeRole actions."


class Refused(Exception):
    """AWS takes no such document; the text says why."""


def problem(document: str, *, kind: Kind) -> str | None:
    """What is wrong with a policy; None for one that AWS takes."""
    try:
        check(document, kind)
    except Refused as refused:
        return str(refused)
    return None


def check(document: str, kind: Kind) -> None:
    """Refused."""
    parsed = parse(document, kind)
    statements = list(statements_of(parsed, kind))
    if kind == "identity":
        if parsed.get("Version") != NEWEST:
            raise Refused(VERSION)
        if any("Principal" in each or "NotPrincipal" in each for each in statements):
            raise Refused(PRINCIPAL)
    for statement in statements:
        check_legacy(statement)
    broken = resource_problem(statements)
    sids = [sid for each in statements if (sid := each.get("Sid"))]
    if len(set(sids)) < len(sids):
        raise Refused(SIDS)
    if not all(present(each, "Action", "NotAction") for each in statements):
        raise Refused(NO_ACTIONS if kind != "trust" else "Missing required field Action")
    if kind == "identity" and not all(present(s, "Resource", "NotResource") for s in statements):
        raise Refused(NO_RESOURCES)
    if broken is not None:
        raise Refused(broken)
    for statement in statements:
        for action in [*texts(statement, "Action"), *texts(statement, "NotAction")]:
            check_action(action)
    if kind == "trust":
        check_trust(statements)


def parse(document: str, kind: Kind) -> dict[str, Any]:
    """The JSON of a policy: an object, of no more nesting than a parser takes."""
    try:
        if len(document) > LONGEST:
            raise ValueError(document[:20])
        parsed = json.loads(document, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise Refused(INVALID_JSON if kind == "trust" else SYNTAX) from None
    demand(isinstance(parsed, dict))
    return dict(parsed)


def refuse_constant(name: str) -> None:
    raise ValueError(f"JSON knows no {name}")  # RFC 8259 §6


def demand(holds: bool) -> None:
    if not holds:
        raise Refused(SYNTAX)


def statements_of(parsed: dict[str, Any], kind: Kind) -> Iterator[Statement]:
    """The statements of a document whose form is right."""
    known(parsed, TOP, kind)
    demand(parsed.get("Version", NEWEST) in VERSIONS)
    demand(isinstance(parsed.get("Id", ""), str))
    given: Any = parsed.get("Statement")
    statements: list[Any] = given if isinstance(given, list) else [given]
    demand(bool(statements))
    for statement in statements:
        demand(isinstance(statement, dict))
        known(statement, ELEMENTS, kind)
        check_form(statement)
        if kind != "identity" and not {"Principal", "NotPrincipal"} & statement.keys():
            raise Refused("Missing required field Principal")
        yield statement


def known(given: dict[str, Any], names: frozenset[str], kind: Kind) -> None:
    for name in given:
        if name not in names:
            raise Refused(f"Unknown field {name}" if kind == "trust" else SYNTAX)


def check_form(statement: Statement) -> None:
    """What each element may be in JSON."""
    for one, other in EXCLUSIVE:
        demand(one not in statement or other not in statement)
    effect = statement.get("Effect")
    demand(isinstance(effect, str) and effect.lower() in ("allow", "deny"))
    demand(isinstance(statement.get("Sid", ""), str))
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        value = statement.get(name, "")
        members = value if isinstance(value, list) else [value]
        demand(all(isinstance(each, str) for each in members if each is not None))
        demand(value is not None)
    for name in ("Principal", "NotPrincipal"):
        if name in statement:
            check_principals(statement[name])
    conditions = statement.get("Condition", {})
    demand(isinstance(conditions, dict))
    for operator, keys in conditions.items():
        demand(isinstance(keys, dict))
        demand(not keys or operator_name(operator) in OPERATORS)
        for value in keys.values():
            members = value if isinstance(value, list) else [value]
            demand(all(isinstance(each, str | bool | int | float) for each in members))


def check_principals(given: Any) -> None:
    if given == "*":
        return
    demand(isinstance(given, dict) and bool(given))
    for value in given.values():
        members = value if isinstance(value, list) else [value]
        demand(bool(members) and all(isinstance(each, str) for each in members))


def operator_name(operator: str) -> str:
    match = OPERATOR.match(operator)
    return match[1] if match else operator


def check_legacy(statement: Statement) -> None:
    """What the older parser refuses: effects in other letters, dates that are none."""
    if statement["Effect"] not in EFFECTS:
        raise Refused(LEGACY)
    for operator, keys in statement.get("Condition", {}).items():
        if operator_name(operator).startswith("Date"):
            for value in keys.values():
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, bool) or not is_moment(str(each)):
                        raise Refused(LEGACY)


def is_moment(text: str) -> bool:
    """Whether text is a date (ISO 8601, in part) or seconds since 1970."""
    if EPOCH.match(text):
        return int(text) <= LAST_SECOND
    if "-" not in text and "t" not in text.lower():
        return False
    if (match := MOMENT.match(text.lower())) is None:
        return False
    given = {name: value for name, value in match.groupdict().items() if value is not None}
    return all(low <= int(given.get(name, low)) <= high for name, (low, high) in RANGES.items())


def resource_problem(statements: list[Statement]) -> str | None:
    """What is wrong with the first resource that is no ARN; Refused where the older parser fails."""
    for statement in statements:
        resources = sorted([*texts(statement, "Resource"), *texts(statement, "NotResource")])
        for resource in resources:
            if (found := arn_problem(resource)) is not None:
                return found
        for resource in resources:
            parts = resource.split(":")
            if resource != "*" and ((len(parts) < 6 and "::" in resource) or not parts[2]):
                raise Refused(LEGACY)
    return None


def arn_problem(resource: str) -> str | None:
    if resource == "*":
        return None
    parts = resource.split(":")
    if len(parts) == 1:
        return f'Resource {resource} must be in ARN format or "*".'
    partition, rest = parts[1], parts[2:]
    if partition not in PARTITIONS:
        filled = (
            [*rest[:3], ":".join(rest[3:])] if len(rest) > 3 else rest + ["*"] * (4 - len(rest))
        )
        return f'Partition "{partition}" is not valid for resource "arn:{partition}:{":".join(filled)}".'
    if not rest:
        return REGEX_VENDOR
    service, region, named = rest[0], ":".join(rest[1:]), ":".join(rest[3:])
    if service in REGIONLESS and not region.startswith(":"):
        text, exceptions = REGIONLESS[service]
        if not named.startswith(exceptions or ("\0",)):
            return text.format(resource)
    if service == "iam" and named not in ("*", "root") and not named.startswith(IAM_PATHS):
        return IAM_PATH
    return None


def check_action(action: str) -> None:
    vendor, *names = action.split(":")
    if vendor == "*" and not names:
        return
    if not names:
        raise Refused(NO_VENDOR)
    if len(names) > 1:
        raise Refused(COLONS)
    if vendor != "*" and not VENDOR.match(vendor):
        raise Refused(f"Vendor {vendor} is not valid")


def check_trust(statements: list[Statement]) -> None:
    """What only the policies of roles must keep.  Whether principals exist is not ours to know."""
    for statement in statements:
        actions = [*texts(statement, "Action"), *texts(statement, "NotAction")]
        if not all(each.lower() in STS_ACTIONS for each in actions):
            raise Refused(ONLY_STS)
        for name in ("Resource", "NotResource"):
            if name in statement:
                raise Refused(f"Has prohibited field {name}")


def present(statement: Statement, name: str, other: str) -> bool:
    """Whether one of two elements is there and no empty list."""
    return statement.get(name, statement.get(other, [])) != []


def texts(statement: Statement, name: str) -> list[str]:
    value = statement.get(name, [])
    return [each for each in (value if isinstance(value, list) else [value]) if each is not None]
