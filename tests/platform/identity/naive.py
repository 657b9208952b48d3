"""IAM's evaluation read from AWS's documentation as literally as can be, without care for speed.

It takes documents as they are written and recurses over characters; nothing here is shared with
`forecourt.platform.identity`, so that the two agree only if both are right.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

Document = Mapping[str, Any]
Values = Mapping[str, tuple[str, ...]]

ANY, ONE = object(), object()  # What * and ? become.


@dataclass(frozen=True)
class Request:
    action: str
    resource: str
    context: Values
    account: str
    arn: str
    behind: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    explicit: bool


class NoValue(Exception):
    """A variable that the request gives no value to."""


class Incomparable(Exception):
    """A value that is no number, date or address."""


def evaluate(
    request: Request,
    identity: tuple[Document, ...],
    boundary: Document | None,
    session: tuple[Document, ...] | None,
    resource_policy: Document | None,
    required: bool,
) -> Verdict:
    others = [*identity, *([boundary] if boundary else []), *(session or ())]
    for document in others:
        if says(document, "Deny", request):
            return Verdict(False, True)
    if resource_policy and names(resource_policy, "Deny", request):
        return Verdict(False, True)

    granted = names(resource_policy, "Allow", request) if resource_policy else set()
    by_identity = any(says(document, "Allow", request) for document in identity)
    by_boundary = boundary is None or says(boundary, "Allow", request)
    by_session = session is None or any(says(document, "Allow", request) for document in session)

    if request.owner not in ("", request.account):  # Both accounts must allow it.
        return Verdict(bool(granted) and by_identity and by_boundary and by_session, False)
    if required and not granted:
        return Verdict(False, False)
    # "Impact of resource-based policies and implicit denies in other policy types (same account)"
    if "itself" in granted:
        return Verdict(True, False)
    if "behind" in granted:
        return Verdict(by_boundary and by_session, False)
    return Verdict(by_identity and by_boundary and by_session, False)


# Statements.


def statements(document: Document) -> list[Document]:
    return listed(document["Statement"])


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def says(document: Document, effect: str, request: Request) -> bool:
    return any(s["Effect"] == effect and covers(document, s, request) for s in statements(document))


def names(document: Document, effect: str, request: Request) -> set[str]:
    """How the statements that cover a request name who makes it: itself, behind, account."""
    found: set[str] = set()
    for statement in statements(document):
        if statement["Effect"] == effect and covers(document, statement, request):
            found |= naming(statement, request)
    return found


def naming(statement: Document, request: Request) -> set[str]:
    if "NotPrincipal" in statement:
        listed_ = principals(statement["NotPrincipal"])
        account = {request.account, f"arn:aws:iam::{request.account}:root"}
        steps = [{request.arn}, {request.behind}] if request.behind else [{request.arn}]
        if statement["Effect"] == "Deny":
            # The account is checked first, then the role, then the session: all must be excepted.
            excepted = "*" in listed_ or all(listed_ & step for step in [account, *steps])
        else:
            excepted = "*" in listed_ or any(listed_ & step for step in [account, *steps])
        return set() if excepted else {"itself"}
    found = set()
    for name in principals(statement["Principal"]):
        if name in ("*", request.arn):
            found.add("itself")
        if request.behind and name == request.behind:
            found.add("behind")
        if name in (request.account, f"arn:aws:iam::{request.account}:root"):
            found.add("account")
    return found


def principals(given: Any) -> set[str]:
    return {"*"} if given == "*" else set(listed(given.get("AWS", [])))


def covers(document: Document, statement: Document, request: Request) -> bool:
    variables = document.get("Version") == "2012-10-17"
    actions = listed(statement.get("Action", statement.get("NotAction")))
    about = any(glob(wild(a.lower()), request.action.lower()) for a in actions)
    if about == ("NotAction" in statement):
        return False
    resources = listed(statement.get("Resource", statement.get("NotResource", "*")))
    on = any(arn_like(request.resource, r, variables, request.context) for r in resources)
    if on == ("NotResource" in statement):
        return False
    return all(
        condition(operator, key, [as_text(v) for v in listed(values)], variables, request.context)
        for operator, block in statement.get("Condition", {}).items()
        for key, values in block.items()
    )


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# Patterns: lists of characters, ANY and ONE.


def wild(text: str) -> list[object]:
    return [{"*": ANY, "?": ONE}.get(c, c) for c in text]


def filled(text: str, variables: bool, context: Values, *, stars: bool) -> list[object]:
    """The pattern a text stands for.  Values that take a variable's place are literal."""
    plain: Callable[[str], list[object]] = wild if stars else list
    if not variables:
        return plain(text)
    found: list[object] = []
    for piece in re.split(r"(\$\{[^}]*\})", text):
        if not (piece.startswith("${") and piece.endswith("}")):
            found += plain(piece)
            continue
        inside = piece[2:-1]
        if inside in ("*", "?", "$"):
            found += [inside]
            continue
        name, comma, default = inside.partition(", ")
        values = context.get(name.lower(), ())
        if len(values) == 1:
            found += list(values[0])
        elif comma:
            found += list(default.strip("'"))
        else:
            raise NoValue
    return found


def glob(pattern: list[object], text: str) -> bool:
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first is ANY:
        return glob(rest, text) or bool(text) and glob(pattern, text[1:])
    return bool(text) and first in (ONE, text[0]) and glob(rest, text[1:])


def arn_like(given: str, pattern: str, variables: bool, context: Values) -> bool:
    """Resource: an ARN is compared part by part; what is left out at the end is anything."""
    if pattern == "*":
        return True
    return parts_like(given, pattern, variables, context, head=False)


def parts_like(given: str, pattern: str, variables: bool, context: Values, *, head: bool) -> bool:
    """`head`: whether there are variables before the fifth colon too."""
    theirs, ours = given.split(":", 5), parts(pattern, variables)
    ours += ["*"] * (6 - len(ours))
    if len(theirs) != 6:
        return False
    try:
        return all(
            glob(filled(our, variables and (head or at == 5), context, stars=True), their)
            for at, (our, their) in enumerate(zip(ours, theirs, strict=True))
        )
    except NoValue:
        return False


def parts(pattern: str, variables: bool) -> list[str]:
    """At most six; the colons of variables are theirs."""
    found, inside = [""], False
    for at, c in enumerate(pattern):
        inside = variables and (inside or pattern.startswith("${", at)) and pattern[at - 1] != "}"
        if c == ":" and not inside and len(found) < 6:
            found.append("")
        else:
            found[-1] += c
    return found


# Conditions.

NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def condition(operator: str, key: str, wanted: list[str], variables: bool, context: Values) -> bool:
    given = context.get(key.lower(), ())
    if ":" in operator and not any(given):  # "or resolve to a null data set, as an empty string"
        given = ()
    if operator == "Null":
        return ("false" if given else "true") in [w.lower() for w in wanted]
    quantifier, _, name = operator.rpartition(":")
    if name.endswith("IfExists"):
        if not given:
            return True
        name = name.removesuffix("IfExists")
    negated = name in NEGATED
    name = NEGATED.get(name, name)

    def matches(value: str) -> bool:
        found = False
        for want in wanted:
            try:
                found = found or compare(name, value, want, variables, context)
            except NoValue:  # "There is no equal or like value."
                continue
            except Incomparable:
                if negated:
                    return False
        return found != negated

    if quantifier == "ForAllValues":
        return all(matches(value) for value in given)
    if quantifier == "ForAnyValue":
        return any(matches(value) for value in given)
    if not given:
        return negated
    if len(given) > 1:  # A key of several values needs a quantifier.
        return False
    return matches(given[0])


def compare(name: str, given: str, wanted: str, variables: bool, context: Values) -> bool:
    def literal() -> str:
        return "".join(map(str, filled(wanted, variables, context, stars=False)))

    match name:
        case "StringEquals":
            return given == literal()
        case "StringEqualsIgnoreCase":
            return given.lower() == literal().lower()
        case "StringLike":
            return glob(filled(wanted, variables, context, stars=True), given)
        case "ArnEquals" | "ArnLike":
            return parts_like(given, wanted, variables, context, head=True)
        case "Bool":
            return given.lower() == literal().lower() and given.lower() in ("true", "false")
        case "BinaryEquals":
            try:
                return base64.b64decode(wanted, validate=True) == base64.b64decode(
                    given, validate=True
                )
            except binascii.Error:
                return False
        case "IpAddress":
            try:
                network = ipaddress.ip_network(wanted, strict=False)
                return ipaddress.ip_address(given) in network
            except ValueError:
                raise Incomparable from None
        case _:
            kind = next(k for k in ("Numeric", "Date") if name.startswith(k))
            try:
                ours, theirs = ORDER[kind](wanted), ORDER[kind](given)
            except ValueError:
                raise Incomparable from None
            return {
                "Equals": theirs == ours,
                "LessThan": theirs < ours,
                "LessThanEquals": theirs <= ours,
                "GreaterThan": theirs > ours,
                "GreaterThanEquals": theirs >= ours,
            }[name.removeprefix(kind)]


def date(text: str) -> Fraction:
    """https://www.w3.org/TR/NOTE-datetime or seconds of the epoch."""
    if re.fullmatch(r"\d+", text):
        return Fraction(text)
    if re.fullmatch(r"\d{4}-\d\d", text):
        text += "-01"
    at = datetime.fromisoformat(text)
    return Fraction(at.replace(tzinfo=at.tzinfo or UTC).timestamp())


ORDER: Mapping[str, Callable[[str], Fraction]] = {"Numeric": Fraction, "Date": date}
