"""What policies decide, case by case: each row is a line of the documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and the pages
of the elements (Action, Resource, Principal, NotPrincipal, Condition operators, Variables).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]

OURS, THEIRS = "111111111111", "222222222222"
ZONE = "arn:aws:route53:::hostedzone/Z1"
USER = f"arn:aws:iam::{OURS}:user/team/Ann"
ROLE = f"arn:aws:iam::{OURS}:role/path/Deployer"
SESSION = f"arn:aws:sts::{OURS}:assumed-role/Deployer/build"
FEDERATED = f"arn:aws:sts::{OURS}:federated-user/guest"
ROOT = f"arn:aws:iam::{OURS}:root"
USER_ID, ROLE_ID = "AIDA2AAAAAAAAAAAAAAAA", "AROA2AAAAAAAAAAAAAAAA"

# Callers: the account, the ARN, whose session it is, unique ids.
ANN = (OURS, USER, "", (USER_ID,))
BUILD = (OURS, SESSION, ROLE, (ROLE_ID, f"{ROLE_ID}:build"))
GUEST = (OURS, FEDERATED, USER, (USER_ID, f"{OURS}:guest"))

# Verdicts: allowed, explicit, the layer that decided.
YES, BY_RESOURCE = (True, False, "identity"), (True, False, "resource")
NO = (False, False, "identity")
NO_BOUNDARY, NO_SESSION = (False, False, "boundary"), (False, False, "session")
NO_RESOURCE = (False, False, "resource")
DENIED, DENIED_BOUNDARY = (False, True, "identity"), (False, True, "boundary")
DENIED_SESSION, DENIED_RESOURCE = (False, True, "session"), (False, True, "resource")


@dataclass(frozen=True)
class Case:
    name: str
    verdict: tuple[bool, bool, str]
    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] | None = None
    policy: Document | None = None  # of the resource
    required: bool = False
    action: str = "route53:GetHostedZone"
    resource: str = ZONE
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caller: tuple[str, str, str, tuple[str, ...]] = ANN
    owner: str = ""


def doc(*statements: Document, version: str | None = "2012-10-17") -> Document:
    return {**({"Version": version} if version else {}), "Statement": list(statements)}


def says(effect: str, **elements: Any) -> Document:
    return {"Effect": effect, "Action": "*", "Resource": "*", **elements}


def allow(**elements: Any) -> Document:
    return says("Allow", **elements)


def deny(**elements: Any) -> Document:
    return says("Deny", **elements)


def without(statement: Document, *elements: str) -> Document:
    return {name: value for name, value in statement.items() if name not in elements}


def named(*principals: str, effect: str = "Allow", element: str = "Principal") -> Document:
    """A resource's policy that names principals."""
    return doc(
        {"Effect": effect, element: {"AWS": list(principals)}, "Action": "*", "Resource": "*"}
    )


ALL = doc(allow())
NOTHING = doc(allow(Action="ses:SendEmail"))
FORBIDS = doc(allow(), deny(Action="route53:Get*"))

# Effect.
EFFECTS = [
    Case("nothing says yes", NO),
    Case("a policy without statements", NO, (doc(),)),
    Case("one statement, not in a list", YES, ({"Statement": allow()},)),
    Case("an allow", YES, (ALL,)),
    Case("an allow of something else", NO, (NOTHING,)),
    Case("one of several policies allows", YES, (NOTHING, ALL)),
    Case("one of several statements allows", YES, (doc(allow(Action="s3:*"), allow()),)),
    Case("a deny alone", DENIED, (doc(deny()),)),
    Case("a deny after an allow", DENIED, (doc(allow(), deny()),)),
    Case("a deny before an allow", DENIED, (doc(deny(), allow()),)),
    Case("a deny in another policy", DENIED, (ALL, doc(deny()))),
    Case("a deny of something else", YES, (doc(allow(), deny(Action="s3:*")),)),
    Case("a deny elsewhere", YES, (doc(allow(), deny(Resource=ZONE + "2")),)),
    Case("a deny whose condition does not hold", YES,
         (doc(allow(), deny(Condition={"Bool": {"aws:SecureTransport": "false"}})),),
         context={"aws:securetransport": ("true",)}),
]  # fmt: skip

# Action and NotAction: element, patterns, whether route53:GetHostedZone is among them.
ACTIONS: list[tuple[str, Any, bool]] = [
    ("Action", "*", True),
    ("Action", "route53:GetHostedZone", True),
    ("Action", "ROUTE53:gethostedzone", True),
    ("Action", "route53:*", True),
    ("Action", "route53:Get*", True),
    ("Action", "route53:*Zone", True),
    ("Action", "route53:G*Host*e", True),
    ("Action", "route53:?etHostedZone", True),
    ("Action", "route53:GetHostedZone*", True),
    ("Action", "route5?:*", True),
    ("Action", "*:GetHostedZone", True),
    ("Action", "route53:GetHostedZone?", False),
    ("Action", "route53:GetHosted", False),
    ("Action", "route53:List*", False),
    ("Action", "GetHostedZone", False),
    ("Action", "route53domains:*", False),
    ("Action", "route53:Get.*", False),
    ("Action", ["s3:*", "route53:Get*"], True),
    ("Action", ["s3:*", "ses:*"], False),
    ("NotAction", "route53:GetHostedZone", False),
    ("NotAction", "route53:*", False),
    ("NotAction", "*", False),
    ("NotAction", "route53:List*", True),
    ("NotAction", "s3:*", True),
    ("NotAction", ["s3:*", "route53:get*"], False),
    ("NotAction", ["s3:*", "ses:*"], True),
]

# Resource and NotResource: element, patterns, the resource asked for, whether it is one of them.
VPC = f"arn:aws:ec2:eu-west-1:{OURS}:vpc/vpc-1"
LOG = f"arn:aws:logs:eu-west-1:{OURS}:log-group:/aws/x:log-stream:y"
RESOURCES: list[tuple[str, Any, str, bool]] = [
    ("Resource", "*", ZONE, True),
    ("Resource", "**", ZONE, True),
    ("Resource", ZONE, ZONE, True),
    ("Resource", "arn:aws:route53:::hostedzone/*", ZONE, True),
    ("Resource", "arn:aws:route53:::hostedzone/Z?", ZONE, True),
    ("Resource", "arn:aws:route53:::*", ZONE, True),
    ("Resource", "arn:*:route53:*:*:*", ZONE, True),
    ("Resource", "arn:aws:route53:::hostedzone/z1", ZONE, False),
    ("Resource", "arn:aws:route53:::hostedzone/Z", ZONE, False),
    ("Resource", "arn:aws:route53:::hostedzone/Z1?", ZONE, False),
    ("Resource", "arn:aws:route53:::change/*", ZONE, False),
    ("Resource", "arn:aws:s3:::*", ZONE, False),
    ("Resource", f"arn:aws:route53::{OURS}:hostedzone/Z1", ZONE, False),
    ("Resource", ["arn:aws:s3:::*", ZONE], ZONE, True),
    ("Resource", f"arn:aws:ec2:*:{OURS}:vpc/*", VPC, True),
    ("Resource", "arn:aws:ec2:eu-*:*:vpc/vpc-1", VPC, True),
    ("Resource", "arn:aws:ec2:*", VPC, True),  # what is left out is anything
    ("Resource", "arn:aws:ec2:*:*", VPC, True),
    ("Resource", "arn:*", VPC, True),
    ("Resource", "arn:aws:ec2:us-*:*:vpc/*", VPC, False),
    ("Resource", f"arn:aws:ec2:*:{THEIRS}:*", VPC, False),
    ("Resource", "arn:aws:*:vpc/vpc-1", VPC, False),  # a star is within its part
    ("Resource", "arn:aws:ec2*vpc/vpc-1", VPC, False),
    ("Resource", "arn:aws:logs:*:*:log-group:*:y", LOG, True),  # but in the last part
    ("Resource", "arn:aws:logs:*:*:log-group:/aws/*", LOG, True),
    ("Resource", "arn:aws:logs:*:*:log-group", LOG, False),
    ("Resource", "*", "*", True),
    ("Resource", ZONE, "*", False),
    ("Resource", "arn:aws:route53:::*", "*", False),
    ("NotResource", ZONE, "*", True),
    ("NotResource", "*", "*", False),
    ("NotResource", ZONE, ZONE, False),
    ("NotResource", "arn:aws:route53:::change/*", ZONE, True),
    ("NotResource", "arn:aws:route53:::hostedzone/*", ZONE, False),
    ("NotResource", ["arn:aws:s3:::*", "arn:aws:route53:::hostedzone/Z?"], ZONE, False),
    ("NotResource", ["arn:aws:s3:::*", "arn:aws:sns:*"], ZONE, True),
]

# Condition: the block, the values of the request's keys, whether it holds.
AT = "2020-06-01T12:00:00Z"
CONDITIONS: list[tuple[Document, dict[str, tuple[str, ...]], bool]] = [
    ({}, {}, True),
    ({"StringEquals": {"k": "v"}}, {"k": ("v",)}, True),
    ({"StringEquals": {"k": "v"}}, {"k": ("V",)}, False),
    ({"StringEquals": {"k": "v"}}, {}, False),
    ({"StringEquals": {"k": "*"}}, {"k": ("v",)}, False),
    ({"StringEquals": {"k": "*"}}, {"k": ("*",)}, True),
    ({"StringEquals": {"k": ["u", "v"]}}, {"k": ("v",)}, True),
    ({"StringEquals": {"k": ["u", "w"]}}, {"k": ("v",)}, False),
    ({"StringEquals": {"k": ""}}, {"k": ("",)}, True),
    ({"StringEquals": {"K:Name": "v"}}, {"k:name": ("v",)}, True),
    ({"stringequals": {"k": "v"}}, {"k": ("v",)}, True),
    ({"StringEquals": {"k": 5}}, {"k": ("5",)}, True),
    ({"StringEquals": {"k": True}}, {"k": ("true",)}, True),
    ({"StringEquals": {"k": "v", "l": "w"}}, {"k": ("v",), "l": ("w",)}, True),
    ({"StringEquals": {"k": "v", "l": "w"}}, {"k": ("v",), "l": ("v",)}, False),
    ({"StringEquals": {"k": "v"}, "Bool": {"b": "true"}}, {"k": ("v",), "b": ("true",)}, True),
    ({"StringEquals": {"k": "v"}, "Bool": {"b": "true"}}, {"k": ("v",), "b": ("false",)}, False),
    ({"StringEquals": {"k": "v"}}, {"k": ("v", "w")}, False),  # several values, no quantifier
    ({"StringNotEquals": {"k": "v"}}, {"k": ("w",)}, True),
    ({"StringNotEquals": {"k": "v"}}, {"k": ("v",)}, False),
    ({"StringNotEquals": {"k": "v"}}, {}, True),
    ({"StringNotEquals": {"k": ["u", "v"]}}, {"k": ("v",)}, False),
    ({"StringNotEquals": {"k": ["u", "v"]}}, {"k": ("w",)}, True),
    ({"StringNotEquals": {"k": "x"}}, {"k": ("v", "w")}, False),
    ({"StringEqualsIgnoreCase": {"k": "Vienna"}}, {"k": ("vIENNA",)}, True),
    ({"StringEqualsIgnoreCase": {"k": "Vienna"}}, {"k": ("Wien",)}, False),
    ({"StringNotEqualsIgnoreCase": {"k": "Vienna"}}, {"k": ("vienna",)}, False),
    ({"StringNotEqualsIgnoreCase": {"k": "Vienna"}}, {"k": ("Wien",)}, True),
    ({"StringNotEqualsIgnoreCase": {"k": "Vienna"}}, {}, True),
    ({"StringLike": {"k": "a*c"}}, {"k": ("abbc",)}, True),
    ({"StringLike": {"k": "a*c"}}, {"k": ("ac",)}, True),
    ({"StringLike": {"k": "a*c"}}, {"k": ("abcd",)}, False),
    ({"StringLike": {"k": "A*"}}, {"k": ("abc",)}, False),
    ({"StringLike": {"k": "a?c"}}, {"k": ("abc",)}, True),
    ({"StringLike": {"k": "a?c"}}, {"k": ("ac",)}, False),
    ({"StringLike": {"k": "*"}}, {"k": ("",)}, True),
    ({"StringLike": {"k": "*"}}, {}, False),
    ({"StringLike": {"k": "a.c"}}, {"k": ("abc",)}, False),
    ({"StringLike": {"k": "a*"}}, {"k": ("a\nb",)}, True),
    ({"StringLike": {"k": "a"}}, {"k": ("a\n",)}, False),
    ({"StringLike": {"k": ["x*", "*c"]}}, {"k": ("abc",)}, True),
    ({"StringNotLike": {"k": "a*"}}, {"k": ("abc",)}, False),
    ({"StringNotLike": {"k": "a*"}}, {"k": ("bc",)}, True),
    ({"StringNotLike": {"k": "a*"}}, {}, True),
    ({"NumericEquals": {"k": "10"}}, {"k": ("10.0",)}, True),
    ({"NumericEquals": {"k": 10}}, {"k": ("10",)}, True),
    ({"NumericEquals": {"k": "10"}}, {"k": ("11",)}, False),
    ({"NumericEquals": {"k": "10"}}, {}, False),
    ({"NumericEquals": {"k": "ten"}}, {"k": ("10",)}, False),
    ({"NumericEquals": {"k": "10"}}, {"k": ("ten",)}, False),
    ({"NumericEquals": {"k": ["ten", "10"]}}, {"k": ("10",)}, True),
    ({"NumericEquals": {"k": "NaN"}}, {"k": ("NaN",)}, False),
    ({"NumericNotEquals": {"k": "10"}}, {"k": ("11",)}, True),
    ({"NumericNotEquals": {"k": "10"}}, {"k": ("10",)}, False),
    ({"NumericNotEquals": {"k": "10"}}, {}, True),
    ({"NumericNotEquals": {"k": "10"}}, {"k": ("ten",)}, False),
    ({"NumericLessThan": {"k": "10"}}, {"k": ("9.99",)}, True),
    ({"NumericLessThan": {"k": "10"}}, {"k": ("10",)}, False),
    ({"NumericLessThan": {"k": "0"}}, {"k": ("-1",)}, True),
    ({"NumericLessThanEquals": {"k": "10"}}, {"k": ("10",)}, True),
    ({"NumericLessThanEquals": {"k": "10"}}, {"k": ("10.5",)}, False),
    ({"NumericGreaterThan": {"k": "10"}}, {"k": ("11",)}, True),
    ({"NumericGreaterThan": {"k": "10"}}, {"k": ("10",)}, False),
    ({"NumericGreaterThan": {"k": "9"}}, {"k": ("10",)}, True),  # not as texts
    ({"NumericGreaterThanEquals": {"k": "10"}}, {"k": ("10",)}, True),
    ({"NumericGreaterThanEquals": {"k": "10"}}, {"k": ("9",)}, False),
    ({"DateEquals": {"k": AT}}, {"k": ("2020-06-01T12:00:00+00:00",)}, True),
    ({"DateEquals": {"k": AT}}, {"k": ("2020-06-01T14:00:00+02:00",)}, True),
    ({"DateEquals": {"k": AT}}, {"k": ("1591012800",)}, True),  # the same in seconds
    ({"DateEquals": {"k": "1591012800"}}, {"k": (AT,)}, True),
    ({"DateEquals": {"k": AT}}, {"k": ("1591012801",)}, False),
    ({"DateEquals": {"k": "2020-06-01"}}, {"k": ("2020-06-01T00:00:00Z",)}, True),
    ({"DateEquals": {"k": "2020-06"}}, {"k": ("2020-06-01T00:00:00Z",)}, True),
    ({"DateEquals": {"k": "yesterday"}}, {"k": (AT,)}, False),
    ({"DateEquals": {"k": AT}}, {}, False),
    ({"DateNotEquals": {"k": AT}}, {"k": ("1591012800",)}, False),
    ({"DateNotEquals": {"k": AT}}, {"k": ("1591012801",)}, True),
    ({"DateNotEquals": {"k": AT}}, {}, True),
    ({"DateLessThan": {"k": AT}}, {"k": ("2020-06-01T11:59:59Z",)}, True),
    ({"DateLessThan": {"k": AT}}, {"k": (AT,)}, False),
    ({"DateLessThanEquals": {"k": AT}}, {"k": (AT,)}, True),
    ({"DateLessThanEquals": {"k": AT}}, {"k": ("2020-06-01T12:00:01Z",)}, False),
    ({"DateGreaterThan": {"k": AT}}, {"k": ("2020-06-01T12:00:00.5Z",)}, True),
    ({"DateGreaterThan": {"k": AT}}, {"k": (AT,)}, False),
    ({"DateGreaterThanEquals": {"k": AT}}, {"k": (AT,)}, True),
    ({"DateGreaterThanEquals": {"k": AT}}, {"k": ("1",)}, False),
    ({"NumericLessThan": {"aws:EpochTime": "1591012801"}}, {"aws:epochtime": ("1591012800",)}, True),
    ({"Bool": {"k": "true"}}, {"k": ("true",)}, True),
    ({"Bool": {"k": True}}, {"k": ("True",)}, True),
    ({"Bool": {"k": "TRUE"}}, {"k": ("true",)}, True),
    ({"Bool": {"k": "true"}}, {"k": ("false",)}, False),
    ({"Bool": {"k": "false"}}, {}, False),
    ({"Bool": {"k": "yes"}}, {"k": ("yes",)}, False),
    ({"BinaryEquals": {"k": "YWJj"}}, {"k": ("YWJj",)}, True),
    ({"BinaryEquals": {"k": "YWJj"}}, {"k": ("YWJk",)}, False),
    ({"BinaryEquals": {"k": "YWJj"}}, {"k": ("no base 64",)}, False),
    ({"BinaryEquals": {"k": "YWJj"}}, {}, False),
    ({"IpAddress": {"k": "203.0.113.0/24"}}, {"k": ("203.0.113.77",)}, True),
    ({"IpAddress": {"k": "203.0.113.0/24"}}, {"k": ("203.0.114.77",)}, False),
    ({"IpAddress": {"k": "203.0.113.9/24"}}, {"k": ("203.0.113.77",)}, True),
    ({"IpAddress": {"k": "203.0.113.7"}}, {"k": ("203.0.113.7",)}, True),
    ({"IpAddress": {"k": "203.0.113.7"}}, {"k": ("203.0.113.8",)}, False),
    ({"IpAddress": {"k": "0.0.0.0/0"}}, {"k": ("203.0.113.8",)}, True),
    ({"IpAddress": {"k": "0.0.0.0/0"}}, {"k": ("2001:db8::1",)}, False),
    ({"IpAddress": {"k": "2001:DB8:1234:5678::/64"}}, {"k": ("2001:db8:1234:5678::1",)}, True),
    ({"IpAddress": {"k": "2001:DB8:1234:5678::/64"}}, {"k": ("2001:db8:1234:5679::1",)}, False),
    ({"IpAddress": {"k": "2001:db8::1"}}, {"k": ("2001:DB8:0::1",)}, True),
    ({"IpAddress": {"k": "::/0"}}, {"k": ("203.0.113.8",)}, False),
    ({"IpAddress": {"k": ["::/0", "203.0.113.0/24"]}}, {"k": ("203.0.113.8",)}, True),
    ({"IpAddress": {"k": ["nowhere", "203.0.113.0/24"]}}, {"k": ("203.0.113.8",)}, True),
    ({"IpAddress": {"k": "203.0.113.0/33"}}, {"k": ("203.0.113.8",)}, False),
    ({"IpAddress": {"k": "0.0.0.0/0"}}, {}, False),
    ({"NotIpAddress": {"k": "203.0.113.0/24"}}, {"k": ("203.0.113.77",)}, False),
    ({"NotIpAddress": {"k": "203.0.113.0/24"}}, {"k": ("203.0.114.77",)}, True),
    ({"NotIpAddress": {"k": "203.0.113.0/24"}}, {"k": ("2001:db8::1",)}, True),
    ({"NotIpAddress": {"k": ["10.0.0.0/8", "203.0.113.0/24"]}}, {"k": ("10.1.1.1",)}, False),
    ({"NotIpAddress": {"k": "203.0.113.0/24"}}, {}, True),
    ({"NotIpAddress": {"k": "nowhere"}}, {"k": ("10.0.0.1",)}, False),
    ({"ArnEquals": {"k": VPC}}, {"k": (VPC,)}, True),
    ({"ArnEquals": {"k": f"arn:aws:ec2:*:{OURS}:vpc/*"}}, {"k": (VPC,)}, True),
    ({"ArnLike": {"k": f"arn:aws:ec2:*:{OURS}:vpc/*"}}, {"k": (VPC,)}, True),
    ({"ArnLike": {"k": f"arn:aws:ec2:*:{THEIRS}:vpc/*"}}, {"k": (VPC,)}, False),
    ({"ArnLike": {"k": f"arn:aws:ec2:*:{OURS}:VPC/*"}}, {"k": (VPC,)}, False),
    ({"ArnLike": {"k": "arn:aws:s:*:111122223333:finance/*"}},
     {"k": ("arn:aws:s:us-east-2:999999999999:store/abc:111122223333:finance/x",)}, False),
    ({"StringLike": {"k": "arn:aws:s:*:111122223333:finance/*"}},
     {"k": ("arn:aws:s:us-east-2:999999999999:store/abc:111122223333:finance/x",)}, True),
    ({"ArnLike": {"k": "arn:aws:logs:*:*:log-group:*:y"}}, {"k": (LOG,)}, True),
    ({"ArnLike": {"k": "*"}}, {"k": (VPC,)}, True),
    ({"ArnLike": {"k": "*"}}, {"k": ("no arn",)}, False),
    ({"ArnLike": {"k": "arn:aws:ec2:*:*:*"}}, {}, False),
    ({"ArnLike": {"k": "arn:aws:ec2:*:${aws:PrincipalAccount}:vpc/*"}},
     {"k": (VPC,), "aws:principalaccount": (OURS,)}, True),
    ({"ArnLike": {"k": "arn:aws:ec2:*:${aws:PrincipalAccount}:vpc/*"}},
     {"k": (VPC,), "aws:principalaccount": (THEIRS,)}, False),
    ({"ArnNotEquals": {"k": VPC}}, {"k": (VPC,)}, False),
    ({"ArnNotEquals": {"k": VPC + "2"}}, {"k": (VPC,)}, True),
    ({"ArnNotLike": {"k": "arn:aws:ec2:*:*:vpc/*"}}, {"k": (VPC,)}, False),
    ({"ArnNotLike": {"k": "arn:aws:ec2:*:*:subnet/*"}}, {"k": (VPC,)}, True),
    ({"ArnNotLike": {"k": "arn:aws:ec2:*:*:subnet/*"}}, {}, True),
    ({"Null": {"k": "true"}}, {}, True),
    ({"Null": {"k": "true"}}, {"k": ("v",)}, False),
    ({"Null": {"k": "false"}}, {"k": ("v",)}, True),
    ({"Null": {"k": "false"}}, {}, False),
    ({"Null": {"k": True}}, {}, True),
    ({"Null": {"k": False}}, {"k": ("v", "w")}, True),
    ({"Null": {"k": "true"}}, {"k": ()}, True),
    ({"StringEqualsIfExists": {"k": "v"}}, {}, True),
    ({"StringEqualsIfExists": {"k": "v"}}, {"k": ("v",)}, True),
    ({"StringEqualsIfExists": {"k": "v"}}, {"k": ("w",)}, False),
    ({"StringNotEqualsIfExists": {"k": "v"}}, {}, True),
    ({"StringNotEqualsIfExists": {"k": "v"}}, {"k": ("v",)}, False),
    ({"StringLikeIfExists": {"k": "a*"}}, {}, True),
    ({"NumericLessThanIfExists": {"k": "1"}}, {}, True),
    ({"NumericLessThanIfExists": {"k": "1"}}, {"k": ("1",)}, False),
    ({"DateLessThanIfExists": {"k": AT}}, {}, True),
    ({"BoolIfExists": {"k": "true"}}, {}, True),
    ({"BoolIfExists": {"k": "true"}}, {"k": ("false",)}, False),
    ({"IpAddressIfExists": {"k": "10.0.0.0/8"}}, {}, True),
    ({"ArnLikeIfExists": {"k": "arn:aws:ec2:*:*:*"}}, {}, True),
    ({"BinaryEqualsIfExists": {"k": "YWJj"}}, {}, True),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "b")}, True),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a",)}, True),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "c")}, False),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {}, True),
    ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("",)}, True),  # an empty set
    ({"ForAllValues:StringNotEquals": {"k": ["a", "b"]}}, {"k": ("c", "d")}, True),
    ({"ForAllValues:StringNotEquals": {"k": ["a", "b"]}}, {"k": ("a", "d")}, False),
    ({"ForAllValues:StringNotEquals": {"k": "a"}}, {}, True),
    ({"ForAllValues:StringLike": {"k": ["a*", "?b"]}}, {"k": ("ax", "xb")}, True),
    ({"forallvalues:stringlike": {"k": ["a*", "?b"]}}, {"k": ("ax", "xc")}, False),
    ({"ForAnyValue:StringEquals": {"k": ["a", "b"]}}, {"k": ("c", "b")}, True),
    ({"ForAnyValue:StringEquals": {"k": ["a", "b"]}}, {"k": ("c", "d")}, False),
    ({"ForAnyValue:StringEquals": {"k": "a"}}, {"k": ("a",)}, True),
    ({"ForAnyValue:StringEquals": {"k": "a"}}, {}, False),
    ({"ForAnyValue:StringEquals": {"k": ""}}, {"k": ("",)}, False),  # an empty set
    ({"ForAnyValue:StringNotEquals": {"k": ["a", "b"]}}, {"k": ("a", "c")}, True),
    ({"ForAnyValue:StringNotEquals": {"k": ["a", "b"]}}, {"k": ("a", "b")}, False),
    ({"ForAnyValue:StringNotEquals": {"k": "a"}}, {}, False),
    ({"ForAnyValue:StringLike": {"k": "a*"}}, {"k": ("b", "ab")}, True),
    ({"ForAnyValue:NumericGreaterThan": {"k": "5"}}, {"k": ("1", "6")}, True),
    ({"ForAllValues:NumericGreaterThan": {"k": "5"}}, {"k": ("1", "6")}, False),
    ({"ForAllValues:ArnLike": {"k": "arn:aws:ec2:*:*:*"}}, {"k": (VPC, ZONE)}, False),
    ({"ForAnyValue:ArnLike": {"k": "arn:aws:ec2:*:*:*"}}, {"k": (VPC, ZONE)}, True),
    ({"ForAllValues:IpAddress": {"k": "10.0.0.0/8"}}, {"k": ("10.0.0.1", "11.0.0.1")}, False),
    ({"ForAnyValue:IpAddress": {"k": "10.0.0.0/8"}}, {"k": ("10.0.0.1", "11.0.0.1")}, True),
    ({"ForAllValues:StringEqualsIfExists": {"k": "a"}}, {}, True),
    ({"ForAllValues:StringEqualsIfExists": {"k": "a"}}, {"k": ("b",)}, False),
]  # fmt: skip

# Variables in a Condition: the value of StringLike on k, the other keys, k's value, whether it holds.
ANNS: dict[str, tuple[str, ...]] = {"aws:username": ("Ann",)}
VARIABLES: list[tuple[str, str, dict[str, tuple[str, ...]], str, bool]] = [
    ("StringEquals", "${aws:username}", ANNS, "Ann", True),
    ("StringEquals", "${AWS:UserName}", ANNS, "Ann", True),
    ("StringEquals", "home/${aws:username}/", ANNS, "home/Ann/", True),
    ("StringEquals", "${aws:username}", ANNS, "Bob", False),
    ("StringEquals", "${aws:username}", {}, "Ann", False),
    ("StringEquals", "${aws:username}", {}, "${aws:username}", False),
    ("StringEquals", "${aws:username, 'nobody'}", {}, "nobody", True),
    ("StringEquals", "${aws:username, 'nobody'}", ANNS, "Ann", True),
    ("StringEquals", "${aws:username, 'nobody'}", ANNS, "nobody", False),
    ("StringEquals", "${aws:username, ''}", {}, "", True),
    ("StringEquals", "${aws:PrincipalTag/cost center, 'none'}",
     {"aws:principaltag/cost center": ("5",)}, "5", True),
    ("StringEquals", "${aws:PrincipalTag/cost center, 'none'}", {}, "none", True),
    ("StringEquals", "${aws:TagKeys}", {"aws:tagkeys": ("a", "b")}, "a", False),
    ("StringEquals", "${*}${?}${$}", {}, "*?$", True),
    ("StringLike", "a${*}b", {}, "a*b", True),
    ("StringLike", "a${*}b", {}, "axb", False),
    ("StringLike", "a${?}*", {}, "a?xyz", True),
    ("StringLike", "a${?}*", {}, "axyz", False),
    ("StringLike", "${$}{aws:username}", ANNS, "${aws:username}", True),
    ("StringLike", "${aws:username}-*", ANNS, "Ann-x", True),
    ("StringLike", "${aws:username}", {"aws:username": ("*",)}, "anything", False),
    ("StringLike", "${aws:username}", {"aws:username": ("*",)}, "*", True),
    ("StringLike", "${aws:username}", {"aws:username": ("A?n",)}, "Ann", False),
    ("StringLike", "${k:x, '*'}", {}, "anything", False),
    ("StringLike", "${k:x", {}, "${k:x", True),
    ("StringEqualsIgnoreCase", "${aws:username}", ANNS, "ANN", True),
    ("Bool", "${k:flag}", {"k:flag": ("true",)}, "true", True),
    ("NumericEquals", "${k:number}", {"k:number": ("1",)}, "1", False),  # none with these
    ("IpAddress", "${k:net}", {"k:net": ("10.0.0.0/8",)}, "10.0.0.1", False),
    ("DateEquals", "${k:date}", {"k:date": (AT,)}, AT, False),
    # "Inverted condition operators do match against a null value."
    ("StringNotEquals", "${aws:PrincipalTag/Team}", {}, "red", True),
    ("StringNotEquals", "${aws:PrincipalTag/Team}", {"aws:principaltag/team": ("red",)}, "red", False),
    ("StringNotLike", "${aws:username}*", {}, "Ann", True),
    ("ArnNotLike", "arn:aws:iam::*:user/${aws:username}", {}, USER, True),
    ("ArnLike", "arn:aws:iam::*:user/team/${aws:username}", ANNS, USER, True),
    ("ArnLike", "arn:aws:iam::*:user/team/${aws:username}", {}, USER, False),
]  # fmt: skip

# Variables in Resource and NotResource: the element, patterns, the context, whether ZONE is meant.
IN_RESOURCES: list[tuple[str, Any, dict[str, tuple[str, ...]], bool]] = [
    ("Resource", "arn:aws:route53:::hostedzone/${k:zone}", {"k:zone": ("Z1",)}, True),
    ("Resource", "arn:aws:route53:::hostedzone/${k:zone}", {"k:zone": ("Z2",)}, False),
    ("Resource", "arn:aws:route53:::hostedzone/${k:zone}", {"k:zone": ("*",)}, False),
    ("Resource", "arn:aws:route53:::hostedzone/${k:zone}", {}, False),
    ("Resource", "arn:aws:route53:::${k:kind, 'hostedzone'}/Z1", {}, True),
    ("Resource", "arn:aws:route53:::hostedzone/${*}", {}, False),
    ("Resource", ["arn:aws:route53:::hostedzone/${k:zone}", ZONE], {}, True),
    ("Resource", [ZONE, "arn:aws:route53:::hostedzone/${k:zone}"], {}, True),
    ("Resource", "arn:aws:${k:service}:::hostedzone/Z1", {"k:service": ("route53",)}, False),
    ("NotResource", "arn:aws:route53:::hostedzone/${k:zone}", {"k:zone": ("Z1",)}, False),
    # "The resource that includes a policy variable with no value will not match any resource."
    ("NotResource", "arn:aws:route53:::hostedzone/${k:zone}", {}, True),
]

# Principal and NotPrincipal: who asks, who is named, what the resource's policy alone decides.
STRANGER = f"arn:aws:iam::{THEIRS}:root"
PRINCIPALS: list[tuple[str, Any, Any, bool]] = [
    ("the user", ANN, [USER], True),
    ("another user", ANN, [f"arn:aws:iam::{OURS}:user/team/Bob"], False),
    ("the user in another case", ANN, [USER.replace("Ann", "ann")], False),
    ("the user without its path", ANN, [f"arn:aws:iam::{OURS}:user/Ann"], False),
    ("a pattern for the user", ANN, [f"arn:aws:iam::{OURS}:user/*"], False),
    ("the user's id", ANN, [USER_ID], True),
    ("another's id", ANN, ["AIDA3AAAAAAAAAAAAAAAA"], False),
    ("everybody", ANN, ["*"], True),
    ("everybody, short", ANN, "*", True),
    ("one of several", ANN, [STRANGER, USER], True),
    ("the account", ANN, [ROOT], False),  # then the policies of the identity decide
    ("the account's number", ANN, [OURS], False),
    ("another account", ANN, [STRANGER], False),
    ("a service", ANN, {"Service": USER}, False),
    ("the role", BUILD, [ROLE], True),
    ("the role's id", BUILD, [ROLE_ID], True),
    ("the role without its path", BUILD, [f"arn:aws:iam::{OURS}:role/Deployer"], False),
    ("the session", BUILD, [SESSION], True),
    ("another session", BUILD, [SESSION + "2"], False),
    ("any session", BUILD, [SESSION.replace("build", "*")], False),
    ("the federated user", GUEST, [FEDERATED], True),
    ("the user that federated", GUEST, [USER], True),
    ("another federated user", GUEST, [FEDERATED + "2"], False),
]

# A Deny with NotPrincipal: who asks, who is excepted, whether that spares the caller.
EXCEPTIONS: list[tuple[str, Any, list[str], bool]] = [
    ("the user and the account", ANN, [USER, ROOT], True),
    ("the user and the account's number", ANN, [USER, OURS], True),
    ("the user alone", ANN, [USER], False),
    ("the account alone", ANN, [ROOT], False),
    ("another user of the account", ANN, [f"arn:aws:iam::{OURS}:user/Bob", ROOT], False),
    ("nobody here", ANN, [STRANGER], False),
    ("session, role and account", BUILD, [SESSION, ROLE, ROOT], True),
    ("role and account", BUILD, [ROLE, ROOT], False),
    ("session and account", BUILD, [SESSION, ROOT], False),
    ("session and role", BUILD, [SESSION, ROLE], False),
    ("another session", BUILD, [SESSION + "2", ROLE, ROOT], False),
    ("federated user, user and account", GUEST, [FEDERATED, USER, ROOT], True),
    ("user and account of a federated user", GUEST, [USER, ROOT], False),
]

EMPTY: tuple[Document, ...] = ()
# Boundaries, sessions' policies and resources' policies together.
LAYERS = [
    Case("the boundary allows too", YES, (ALL,), ALL),
    Case("the boundary does not allow", NO_BOUNDARY, (ALL,), NOTHING),
    Case("a boundary gives nothing", NO, (NOTHING,), ALL),
    Case("the boundary denies", DENIED_BOUNDARY, (ALL,), FORBIDS),
    Case("the identity denies before the boundary", DENIED, (FORBIDS,), FORBIDS),
    Case("the session allows too", YES, (ALL,), session=(ALL,), caller=BUILD),
    Case("one of the session's policies", YES, (ALL,), session=(NOTHING, ALL), caller=BUILD),
    Case("the session does not allow", NO_SESSION, (ALL,), session=(NOTHING,), caller=BUILD),
    Case("the session gives nothing", NO, (NOTHING,), session=(ALL,), caller=BUILD),
    Case("the session denies", DENIED_SESSION, (ALL,), session=(FORBIDS,), caller=BUILD),
    Case("a role's session without policies", YES, (ALL,), caller=BUILD),
    Case("a federated user without policies", NO_SESSION, (ALL,), session=EMPTY, caller=GUEST),
    Case("a federated user with policies", YES, (ALL,), session=(ALL,), caller=GUEST),
    Case("boundary and session", YES, (ALL,), ALL, (ALL,), caller=BUILD),
    Case("the boundary before the session", NO_BOUNDARY, (ALL,), NOTHING, (NOTHING,), caller=BUILD),
    # Same account: "Resource-based policies and implicit denies in other policy types".
    Case("user named, identity silent", BY_RESOURCE, policy=named(USER)),
    Case("user named, boundary silent", BY_RESOURCE, (), NOTHING, policy=named(USER)),
    Case("user named, boundary denies", DENIED_BOUNDARY, (), FORBIDS, policy=named(USER)),
    Case("user named, identity denies", DENIED, (FORBIDS,), policy=named(USER)),
    Case("role named, identity silent", BY_RESOURCE, policy=named(ROLE), caller=BUILD),
    Case("role named, boundary silent", NO_BOUNDARY, (), NOTHING, policy=named(ROLE), caller=BUILD),
    Case("role named, session silent", NO_SESSION, (), None, (NOTHING,), named(ROLE), caller=BUILD),
    Case("role named, all allow", YES, (ALL,), ALL, (ALL,), named(ROLE), caller=BUILD),
    Case("session named, identity silent", BY_RESOURCE, policy=named(SESSION), caller=BUILD),
    Case("session named, boundary silent", BY_RESOURCE, (), NOTHING, None, named(SESSION),
         caller=BUILD),
    Case("session named, its policies silent", BY_RESOURCE, (), None, (NOTHING,), named(SESSION),
         caller=BUILD),
    Case("session named, its policies deny", DENIED_SESSION, (), None, (FORBIDS,), named(SESSION),
         caller=BUILD),
    Case("federating user named, session silent", NO_SESSION, (), None, EMPTY, named(USER),
         caller=GUEST),
    Case("federating user named, boundary silent", NO_BOUNDARY, (), NOTHING, (ALL,), named(USER),
         caller=GUEST),
    Case("federating user named, session allows", BY_RESOURCE, (), None, (ALL,), named(USER),
         caller=GUEST),
    Case("federated user named, session silent", BY_RESOURCE, (), None, EMPTY, named(FEDERATED),
         caller=GUEST),
    Case("federated user named, boundary silent", BY_RESOURCE, (), NOTHING, EMPTY,
         named(FEDERATED), caller=GUEST),
    Case("account named, identity silent", NO, policy=named(ROOT)),
    Case("account named, identity allows", YES, (ALL,), policy=named(ROOT)),
    Case("account named, boundary silent", NO_BOUNDARY, (ALL,), NOTHING, policy=named(OURS)),
    Case("everybody named, all silent", BY_RESOURCE, (), NOTHING, (NOTHING,), named("*"),
         caller=BUILD),
    Case("nobody named, identity allows", YES, (ALL,), policy=named(STRANGER)),
    Case("the resource denies", DENIED_RESOURCE, (ALL,), policy=named(USER, effect="Deny")),
    Case("the resource denies the account", DENIED_RESOURCE, (ALL,),
         policy=named(ROOT, effect="Deny")),
    Case("the resource denies the role", DENIED_RESOURCE, (ALL,),
         policy=named(ROLE, effect="Deny"), caller=BUILD),
    Case("the resource denies others", YES, (ALL,), policy=named(STRANGER, effect="Deny")),
    Case("the resource's condition does not hold", NO,
         policy=doc({**allow(Condition={"Bool": {"k": "true"}}), "Principal": "*"})),
    Case("the resource allows all but others", BY_RESOURCE,
         policy=named(STRANGER, element="NotPrincipal")),
    Case("the resource allows all but the user", NO, policy=named(USER, element="NotPrincipal")),
    # Another account's resource: both accounts must allow it.
    Case("abroad, both", YES, (ALL,), policy=named(USER), owner=THEIRS),
    Case("abroad, account named", YES, (ALL,), policy=named(ROOT), owner=THEIRS),
    Case("abroad, everybody named", YES, (ALL,), policy=named("*"), owner=THEIRS),
    Case("abroad, identity silent", NO, policy=named(USER), owner=THEIRS),
    Case("abroad, everybody named, identity silent", NO, policy=named("*"), owner=THEIRS),
    Case("abroad, nobody named", NO_RESOURCE, (ALL,), policy=named(STRANGER), owner=THEIRS),
    Case("abroad, without a policy", NO_RESOURCE, (ALL,), owner=THEIRS),
    Case("abroad, boundary silent", NO_BOUNDARY, (ALL,), NOTHING, policy=named(USER), owner=THEIRS),
    Case("abroad, session named, identity silent", NO, policy=named(SESSION), caller=BUILD,
         owner=THEIRS),
    Case("abroad, session named, its policies silent", NO_SESSION, (ALL,), None, (NOTHING,),
         named(SESSION), caller=BUILD, owner=THEIRS),
    Case("abroad, denied there", DENIED_RESOURCE, (ALL,), policy=named(ROOT, effect="Deny"),
         owner=THEIRS),
    Case("at home, said so", YES, (ALL,), owner=OURS),
    # Role trust policies and key policies: nobody may without them.
    Case("required, none there", NO_RESOURCE, (ALL,), required=True),
    Case("required, names nobody here", NO_RESOURCE, (ALL,), policy=named(STRANGER), required=True),
    Case("required, names the user", BY_RESOURCE, policy=named(USER), required=True),
    Case("required, names the account", NO, policy=named(ROOT), required=True),
    Case("required, account and identity", YES, (ALL,), policy=named(ROOT), required=True),
    Case("required, another action", NO_RESOURCE, (ALL,), required=True,
         policy=doc({**allow(Action="kms:Sign"), "Principal": "*"})),
    Case("required, without Resource", BY_RESOURCE, required=True,
         policy=doc({**without(allow(), "Resource"), "Principal": {"AWS": USER}})),
    Case("required, names the role", BY_RESOURCE, policy=named(ROLE), required=True, caller=BUILD),
    Case("required, names the role's id", BY_RESOURCE, policy=named(ROLE_ID), required=True,
         caller=BUILD),
    Case("required, denies", DENIED_RESOURCE, (ALL,), required=True,
         policy=doc({**allow(), "Principal": "*"}, {**deny(), "Principal": {"AWS": USER}})),
    # Documents without the newer version: variables are text.
    Case("no version", NO, (doc(allow(Resource=ZONE.replace("Z1", "${k:z}")), version=None),),
         context={"k:z": ("Z1",)}),
    Case("the old version", NO,
         (doc(allow(Resource=ZONE.replace("Z1", "${k:z}")), version="2008-10-17"),),
         context={"k:z": ("Z1",)}),
    Case("the old version, in a condition", YES,
         (doc(allow(Condition={"StringEquals": {"k": "${k:z}"}}), version="2008-10-17"),),
         context={"k": ("${k:z}",)}),
    Case("the old version, its stars", YES,
         (doc(allow(Condition={"StringLike": {"k": "${*}"}}), version="2008-10-17"),),
         context={"k": ("${anything}",)}),
    Case("a deny that compares with no value", DENIED,
         (doc(allow(), deny(Condition={
             "StringNotEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}})),),
         context={"aws:resourcetag/team": ("red",)}),
]  # fmt: skip


def cases() -> Iterator[Case]:
    yield from EFFECTS
    yield from LAYERS
    for element, patterns, holds in ACTIONS:
        statement = {**without(allow(), "Action"), element: patterns}
        yield Case(f"{element} {patterns}", YES if holds else NO, (doc(statement),))
    for element, patterns, resource, holds in RESOURCES:
        statement = {**without(allow(), "Resource"), element: patterns}
        name = f"{element} {patterns} for {resource}"
        yield Case(name, YES if holds else NO, (doc(statement),), resource=resource)
    for block, context, holds in CONDITIONS:
        conditional = allow(Condition=block)
        yield Case(
            f"{block} for {context}", YES if holds else NO, (doc(conditional),), context=context
        )
        denying = doc(allow(), deny(Condition=block))
        name = f"deny {block} for {context}"
        yield Case(name, DENIED if holds else YES, (denying,), context=context)
    for operator, value, others, given, holds in VARIABLES:
        conditional = allow(Condition={operator: {"k": value}})
        name = f"{operator} {value} for {given} with {others}"
        known = {**others, "k": (given,)}
        yield Case(name, YES if holds else NO, (doc(conditional),), context=known)
    for element, patterns, known, holds in IN_RESOURCES:
        statement = {**without(allow(), "Resource"), element: patterns}
        name = f"{element} {patterns} with {known}"
        yield Case(name, YES if holds else NO, (doc(statement),), context=known)
    for name, caller, whom, holds in PRINCIPALS:
        principals = {"AWS": whom} if isinstance(whom, list) else whom
        policy = doc({**allow(), "Principal": principals})
        yield Case(f"Principal: {name}", BY_RESOURCE if holds else NO, policy=policy, caller=caller)
    for name, caller, listed, spared in EXCEPTIONS:
        policy = named(*listed, effect="Deny", element="NotPrincipal")
        verdict = YES if spared else DENIED_RESOURCE
        yield Case(f"NotPrincipal: {name}", verdict, (ALL,), policy=policy, caller=caller)
