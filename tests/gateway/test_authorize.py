"""What IAM lets callers do, through real clients: who is refused, why, and what the text says."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.gateway.authorize import folded, tags_in
from forecourt.platform import audit
from forecourt.platform.identity import accounts
from forecourt.platform.identity.actions import owner_of
from forecourt.roles.gateway import AUTHORIZATIONS, TABLES
from tests.gateway import several
from tests.gateway.several import SIGNED_FOR, answer, ask
from tests.gateway.wire import Signer
from tests.harness import FIRST_KEY, SECOND_KEY, TOKEN, World
from tests.services.iam_rows import People, allow, deny, trust
from tests.services.route53.calls import a, bare, change, create
from tests.services.sts.calls import Key, assume, fault, key_in

FIRST = accounts.FIRST
ANN = f"arn:aws:iam::{FIRST}:user/Ann"
SES = "arn:aws:iam::aws:policy/AmazonSESFullAccess"
ROUTE53 = "arn:aws:iam::aws:policy/AmazonRoute53FullAccess"
ZONES = "route53:ListHostedZones"
CHANGE = "route53:ChangeResourceRecordSets"


@pytest.fixture
def people(world: World) -> People:
    return People(world)


def denied(action: str, reason: str, resource: str = "", caller: str = ANN) -> tuple[str, int, str]:
    on = f" on resource: {resource}" if resource else ""
    return (
        "AccessDenied",
        403,
        f"User: {caller} is not authorized to perform: {action}{on} {reason}",
    )


def silent(action: str, layer: str = "identity-based policy") -> str:
    return f"because no {layer} allows the {action} action"


def may(world: World, key: Key) -> bool:
    """Whether ListHostedZones is allowed."""
    try:
        world.client("route53", key).list_hosted_zones()
    except world.client("route53", key).exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def decides(people: People, condition: dict[str, Any]) -> bool:
    """Whether a condition lets a user list zones; a Deny with it does the opposite."""
    name = f"user{datetime.now(UTC).timestamp()}"
    key = people.user(name, allow(ZONES, Condition=condition))
    found = may(people.world, key)
    people.change("user", name, allow(ZONES), deny(ZONES, Condition=condition))
    assert may(people.world, key) is not found
    return found


# Refusals.


def test_who_may_send_mail_may_not_touch_names(people: People) -> None:
    key = people.user("Ann", managed=[SES])
    zone = bare(create(people.world.client("route53"), "example.com"))
    route53 = people.world.client("route53", key)
    assert fault(route53.list_hosted_zones) == denied(ZONES, silent(ZONES))
    arn = f"arn:aws:route53:::hostedzone/{zone}"
    action = "route53:GetHostedZone"
    assert fault(route53.get_hosted_zone, Id=zone) == denied(action, silent(action), arn)
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": a("a.example.com")}]}
    found = fault(route53.change_resource_record_sets, HostedZoneId=zone, ChangeBatch=batch)
    assert found == denied(CHANGE, silent(CHANGE), arn)


def test_who_may_everything(people: People) -> None:
    route53 = people.world.client("route53", people.user("Ann", managed=[ROUTE53]))
    zone = bare(create(route53, "example.com"))
    change(route53, zone, ("CREATE", a("a.example.com")))
    assert len(route53.list_hosted_zones()["HostedZones"]) == 1


def test_who_may_nothing(people: People) -> None:
    assert not may(people.world, people.user("Ann"))


def test_roots_may_everything(world: World) -> None:
    assert may(world, FIRST_KEY)
    assert may(world, SECOND_KEY)


@pytest.mark.parametrize("path", ["/", "/team/"])
def test_paths_are_in_the_text(people: People, path: str) -> None:
    route53 = people.world.client("route53", people.user("Ann", path=path))
    caller = f"arn:aws:iam::{FIRST}:user{path}Ann"
    assert fault(route53.list_hosted_zones) == denied(ZONES, silent(ZONES), caller=caller)


def test_an_explicit_deny(people: People) -> None:
    """The ARN of the policy is told where it has one."""
    arn = people.policy("NoNames", deny("route53:*"))
    ann, bob = (
        people.user("Ann", allow("*"), managed=[arn]),
        people.user("Bob", allow("*"), deny("*")),
    )
    reason = "with an explicit deny in an identity-based policy"
    found = fault(people.world.client("route53", ann).list_hosted_zones)
    assert found == denied(ZONES, f"{reason}: {arn}")
    found = fault(people.world.client("route53", bob).list_hosted_zones)
    assert found == denied(ZONES, reason, caller=ANN.replace("Ann", "Bob"))


def test_boundaries(people: People) -> None:
    ann = people.user("Ann", allow("*"), boundary=SES)
    reason = silent(ZONES, "permissions boundary")
    assert fault(people.world.client("route53", ann).list_hosted_zones) == denied(ZONES, reason)
    arn = people.policy("Limits", allow("*"), deny("route53:*"))
    bob = people.user("Bob", allow("*"), boundary=arn)
    reason = f"with an explicit deny in a permissions boundary: {arn}"
    found = fault(people.world.client("route53", bob).list_hosted_zones)
    assert found == denied(ZONES, reason, caller=ANN.replace("Ann", "Bob"))
    assert may(people.world, people.user("Eve", allow("*"), boundary=ROUTE53))


def test_sessions_of_roles(people: People) -> None:
    role = people.role("R", trust(ANN), allow("ses:*"), path="/p/")
    key = key_in(assume(people.world, people.user("Ann"), role, "build"))
    caller = f"arn:aws:sts::{FIRST}:assumed-role/R/build"
    found = fault(people.world.client("route53", key).list_hosted_zones)
    assert found == denied(ZONES, silent(ZONES), caller=caller)


def test_groups(people: People) -> None:
    ann, bob = people.user("Ann"), people.user("Bob")
    people.group("names", ["Ann"], allow("route53:*"))
    assert may(people.world, ann)
    assert not may(people.world, bob)


def test_each_resource_of_a_request_counts(people: People) -> None:
    route53 = people.world.client("route53")
    one, two = (bare(create(route53, name)) for name in ("one.example", "two.example"))
    arns = [f"arn:aws:route53:::hostedzone/{zone}" for zone in (one, two)]
    action = "route53:ListTagsForResources"
    ann = people.world.client("route53", people.user("Ann", allow(action, arns[0])))
    ann.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[one])
    found = fault(ann.list_tags_for_resources, ResourceType="hostedzone", ResourceIds=[one, two])
    assert found == denied(action, silent(action), arns[1])


def test_refused_before_it_is_looked_for(people: People) -> None:
    """Who may not look is not told what is there."""
    route53 = people.world.client("route53", people.user("Ann"))
    assert fault(route53.get_hosted_zone, Id="Z0NOTTHERE")[0] == "AccessDenied"
    people.change("user", "Ann", allow("*"))
    assert fault(route53.get_hosted_zone, Id="Z0NOTTHERE")[0] == "NoSuchHostedZone"


def test_whoever_may_sees_no_other_account(people: People) -> None:
    zone = bare(create(people.world.client("route53", SECOND_KEY), "example.com"))
    route53 = people.world.client("route53", people.user("Ann", allow("*")))
    assert fault(route53.get_hosted_zone, Id=zone)[0] == "NoSuchHostedZone"


# Keys of conditions.


@pytest.mark.parametrize(
    ("networks", "holds"),
    [("127.0.0.0/8", True), (["10.0.0.0/8", "127.0.0.1"], True), ("10.0.0.0/8", False)],
)
def test_where_from(people: People, networks: Any, holds: bool) -> None:
    assert decides(people, {"IpAddress": {"aws:SourceIp": networks}}) is holds
    assert decides(people, {"NotIpAddress": {"aws:SourceIp": networks}}) is not holds


@pytest.mark.parametrize(
    ("operator", "key", "value", "holds"),
    [
        ("StringEquals", "aws:PrincipalAccount", FIRST, True),
        ("StringEquals", "aws:PrincipalAccount", "111122223333", False),
        ("StringEquals", "aws:PrincipalType", "User", True),
        ("StringLike", "aws:username", "user*", True),
        ("StringEquals", "aws:username", "Ann", False),
        ("StringLike", "aws:userid", "AIDA*", True),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/user*", True),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", False),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", True),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", False),
        ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}", True),
        ("Bool", "aws:SecureTransport", "false", True),  # the tests' gateway has no certificate
        ("Bool", "aws:ViaAWSService", "false", True),
        ("Bool", "aws:PrincipalIsAWSService", "false", True),
        ("StringLike", "aws:UserAgent", "*Boto3*", True),
        ("Null", "aws:TokenIssueTime", "true", True),
        ("Null", "aws:MultiFactorAuthPresent", "true", True),
        ("Null", "aws:SourceIdentity", "true", True),
        ("Null", "aws:TagKeys", "true", True),
        ("Null", "aws:referer", "true", True),
        ("Null", "aws:NoSuchKey", "true", True),
        ("Null", "aws:CurrentTime", "false", True),
    ],
)
def test_what_is_known_of_a_request(
    people: People, operator: str, key: str, value: str, holds: bool
) -> None:
    assert decides(people, {operator: {key: value}}) is holds


def test_what_is_known_of_a_session(people: People) -> None:
    condition = {
        "StringEquals": {"aws:PrincipalType": "AssumedRole"},
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{FIRST}:role/p/R"},
        "StringLike": {"aws:userid": "AROA*:build"},
        "Null": {"aws:username": "true"},
        "Bool": {"aws:MultiFactorAuthPresent": "false"},
        "DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"},
    }
    role = people.role("R", trust(ANN), allow(ZONES, Condition=condition), path="/p/")
    key = key_in(assume(people.world, people.user("Ann"), role, "build"))
    assert may(people.world, key)
    opposites = {
        "StringEquals": {"aws:PrincipalType": "User"},
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:sts::{FIRST}:assumed-role/R/build"},
        "StringLike": {"aws:userid": "AROA*:other"},
        "Null": {"aws:username": "false"},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "DateGreaterThan": {"aws:TokenIssueTime": "2120-01-01T00:00:00Z"},
    }
    for operator, opposite in opposites.items():
        people.change("role", "R", allow(ZONES, Condition={**condition, operator: opposite}))
        assert not may(people.world, key), operator


def test_the_callers_tags(people: People) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "red"}}
    for number, (tags, allowed) in enumerate(
        [({"Team": "red"}, True), ({"TEAM": "red"}, True), ({"Team": "blue"}, False), ({}, False)]
    ):
        key = people.user(f"u{number}", allow(ZONES, Condition=condition), tags=tags)
        assert may(people.world, key) is allowed


def test_the_tags_of_a_resource(people: People) -> None:
    root = people.world.client("route53")
    red, blue, bald = (bare(create(root, f"{name}.example")) for name in ("red", "blue", "bald"))
    for zone, team in ((red, "red"), (blue, "blue")):
        tags = [{"Key": "Team", "Value": team}]
        root.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=tags)
    key = people.user("Ann")
    route53 = people.world.client("route53", key)
    is_red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    action = "route53:GetHostedZone"

    def seen() -> set[str]:
        return {z for z in (red, blue, bald) if not failed(route53.get_hosted_zone, Id=z)}

    people.change("user", "Ann", allow(action, Condition=is_red))
    assert seen() == {red}
    people.change("user", "Ann", allow(action), deny(action, Condition=is_red))
    assert seen() == {blue, bald}
    tagged = {"Null": {"aws:ResourceTag/Team": "false"}}
    people.change("user", "Ann", allow(action, Condition=tagged))
    assert seen() == {red, blue}
    root.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=blue, RemoveTagKeys=["Team"]
    )
    assert seen() == {red}


def failed(call: Any, **params: Any) -> bool:
    """Whether a call is refused."""
    try:
        call(**params)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return True
    return False


def test_the_tags_of_a_request(people: People) -> None:
    zone = bare(create(people.world.client("route53"), "example.com"))
    key = people.user("Ann")
    route53 = people.world.client("route53", key)

    def refused(**params: Any) -> bool:
        call = route53.change_tags_for_resource
        return failed(call, ResourceType="hostedzone", ResourceId=zone, **params)

    red, blue = ([{"Key": "Team", "Value": value}] for value in ("red", "blue"))
    action = "route53:ChangeTagsForResource"
    is_red = {"StringEquals": {"aws:RequestTag/Team": "red"}}
    people.change("user", "Ann", allow(action, Condition=is_red))
    assert [refused(AddTags=red), refused(AddTags=blue)] == [False, True]
    assert refused(RemoveTagKeys=["Team"])
    people.change("user", "Ann", allow(action), deny(action, Condition=is_red))
    assert [refused(AddTags=red), refused(AddTags=blue)] == [True, False]
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost"]}}
    people.change("user", "Ann", allow(action, Condition=only))
    other = [{"Key": "Other", "Value": "x"}]
    assert [refused(AddTags=red), refused(AddTags=other)] == [False, True]
    assert [refused(RemoveTagKeys=["Cost"]), refused(RemoveTagKeys=["Other"])] == [False, True]
    assert refused(AddTags=red, RemoveTagKeys=["Other"])


def test_when(people: People) -> None:
    """By the calendar, which tests move."""
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    seconds = str(int(datetime.now(UTC).timestamp()) + 24 * 3600)
    conditions = {
        "until": {"DateLessThan": {"aws:CurrentTime": soon}},
        "from": {"DateGreaterThan": {"aws:CurrentTime": soon}},
        "by-seconds": {"NumericLessThan": {"aws:EpochTime": seconds}},
        "by-date": {"DateLessThan": {"aws:EpochTime": soon}},
    }
    keys = {n: people.user(n, allow(ZONES, Condition=each)) for n, each in conditions.items()}
    before = {name for name, key in keys.items() if may(people.world, key)}
    assert before == {"until", "by-seconds", "by-date"}
    move(people.world, 2 * 24 * 3600)
    assert {name for name, key in keys.items() if may(people.world, key)} == {"from"}


def move(world: World, seconds: int) -> None:
    """Move the calendar, and wait until it is believed."""
    asked = urllib.request.Request(
        f"{world.url}/_forecourt/clock",
        json.dumps({"seconds": seconds}).encode(),
        {"authorization": f"Bearer {TOKEN}"},
        method="POST",
    )
    before = world.store.read_now(lambda tx: tx.now)
    with urllib.request.urlopen(asked, timeout=10) as reply:
        assert reply.status == 200
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while world.store.read_now(lambda tx: tx.now) < before + timedelta(seconds=seconds):
        assert datetime.now(UTC) < deadline


# Changes of who may what.


def test_a_change_counts_at_once(people: People) -> None:
    """At the next call, and again and again."""
    key = people.user("Ann")
    for _ in range(5):
        assert not may(people.world, key)
        people.change("user", "Ann", allow(ZONES))
        assert may(people.world, key)
        people.change("user", "Ann", allow("ses:*"))


def test_a_user_that_went(people: People) -> None:
    key = people.user("Ann", allow("*"))
    assert may(people.world, key)
    people.remove("user", "Ann")
    text = "The security token included in the request is invalid."
    found = fault(people.world.client("route53", key).list_hosted_zones)
    assert found == ("InvalidClientTokenId", 403, text)


def test_through_iam_itself(world: World) -> None:
    """As an administrator does it: a user, a key, a policy; and takes it away."""
    iam = world.client("iam")
    iam.create_user(UserName="Ann", Path="/team/")
    made = iam.create_access_key(UserName="Ann")["AccessKey"]
    key = made["AccessKeyId"], made["SecretAccessKey"]
    assert not may(world, key)
    iam.attach_user_policy(UserName="Ann", PolicyArn=ROUTE53)
    assert may(world, key)
    iam.detach_user_policy(UserName="Ann", PolicyArn=ROUTE53)
    iam.attach_user_policy(UserName="Ann", PolicyArn=SES)
    caller = f"arn:aws:iam::{FIRST}:user/team/Ann"
    found = fault(world.client("route53", key).list_hosted_zones)
    assert found == denied(ZONES, silent(ZONES), caller=caller)
    iam.update_access_key(UserName="Ann", AccessKeyId=key[0], Status="Inactive")
    found = fault(world.client("route53", key).list_hosted_zones)
    assert found[0] == "InvalidClientTokenId"


@pytest.mark.parametrize("kind", ["federated", "user"])
def test_temporary_credentials_ask_iam_nothing(people: People, kind: str) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    sts = people.world.client("sts", people.user("Ann", allow("*")))
    everything = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    )
    made = (
        sts.get_session_token()
        if kind == "user"
        else sts.get_federation_token(Name="guest", Policy=everything)
    )
    text = "The security token included in the request is invalid"
    found = fault(people.world.client("iam", key_in(made)).list_users)
    assert found == ("InvalidClientTokenId", 403, text)
    assert may(people.world, key_in(made))


def test_sessions_of_roles_ask_iam(people: People) -> None:
    role = people.role("R", trust(ANN), allow("iam:*"))
    key = key_in(assume(people.world, people.user("Ann"), role))
    assert [u["UserName"] for u in people.world.client("iam", key).list_users()["Users"]] == ["Ann"]


# The audit trail.


def test_refusals_are_in_the_audit_trail(people: People) -> None:
    route53 = people.world.client("route53", key := people.user("Ann"))
    found = fault(route53.create_hosted_zone, Name="example.com", CallerReference="1")
    assert found[0] == "AccessDenied"
    [event] = people.world.store.read_now(audit.lookup)["Events"]
    detail = json.loads(event["CloudTrailEvent"])
    assert (detail["eventName"], detail["errorCode"]) == ("CreateHostedZone", "AccessDenied")
    assert detail["userIdentity"] == {
        "type": "IAMUser", "arn": ANN, "accountId": FIRST, "accessKeyId": key[0],
    }  # fmt: skip
    assert detail["requestParameters"]["Name"] == "example.com"
    assert people.world.client("route53").list_hosted_zones()["HostedZones"] == []


# Names that may be changed.

NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
ACTIONS = "route53:ChangeResourceRecordSetsActions"
TYPES = "route53:ChangeResourceRecordSetsRecordTypes"


class Changing:
    """A zone, and Ann, who may change some of it."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.zone = bare(create(people.world.client("route53"), "example.com"))
        self.route53 = people.world.client("route53", people.user("Ann"))

    def where(self, condition: dict[str, Any], *, denies: bool = False) -> None:
        """Let her change only, or all but, what a condition says."""
        given = [allow(CHANGE), deny(CHANGE, Condition=condition)]
        self.people.change(
            "user", "Ann", *(given if denies else [allow(CHANGE, Condition=condition)])
        )

    def refused(self, *names: str, action: str = "UPSERT", type_: str = "A") -> bool:
        value = {"A": "192.0.2.1", "TXT": '"x"'}[type_]
        sets = [
            {"Name": name, "Type": type_, "TTL": 5, "ResourceRecords": [{"Value": value}]}
            for name in names
        ]
        changes = [{"Action": action, "ResourceRecordSet": each} for each in sets]
        call = self.route53.change_resource_record_sets
        return failed(call, HostedZoneId=self.zone, ChangeBatch={"Changes": changes})


@pytest.fixture
def changing(people: People) -> Changing:
    return Changing(people)


WAYS = ["www.example.com", "www.example.com.", "WWW.Example.COM", r"\167ww.example.com",
        r"\127ww.example.com."]  # fmt: skip


def test_only_some_names(changing: Changing) -> None:
    changing.where({"ForAllValues:StringEquals": {NAMES: ["www.example.com", "a.example.com"]}})
    assert not changing.refused("www.example.com")
    assert not changing.refused("www.example.com", "a.example.com")
    assert changing.refused("www.example.com", "b.example.com")
    assert changing.refused("example.com")


@pytest.mark.parametrize("name", WAYS)
def test_however_a_name_is_written(changing: Changing, name: str) -> None:
    changing.where({"ForAllValues:StringEquals": {NAMES: ["www.example.com"]}})
    assert not changing.refused(name)
    changing.where({"ForAnyValue:StringEquals": {NAMES: ["www.example.com"]}}, denies=True)
    assert changing.refused(name)
    assert not changing.refused("a.example.com")


@pytest.mark.parametrize(
    ("name", "normalized"),
    [
        ("*.example.com", r"\052.example.com"),
        (r"\052.example.com", r"\052.example.com"),
        ("a/b.example.com", r"a\057b.example.com"),
        (r"a\057b.example.com", r"a\057b.example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
    ],
)
def test_escapes_are_normalized(changing: Changing, name: str, normalized: str) -> None:
    """Everything but a-z, 0-9, - and _ is written as \\ and three octal digits.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
    """
    changing.where({"ForAnyValue:StringEquals": {NAMES: [normalized]}}, denies=True)
    assert changing.refused(name)
    assert not changing.refused("a.example.com")
    changing.where({"ForAllValues:StringEquals": {NAMES: [normalized]}})
    assert not changing.refused(name)


def test_only_below(changing: Changing) -> None:
    """A dot within a label is none between labels."""
    changing.where({"ForAllValues:StringLike": {NAMES: ["*.dev.example.com"]}})
    assert not changing.refused("a.dev.example.com")
    assert changing.refused("dev.example.com")
    assert changing.refused(r"a\056dev.example.com")


def test_only_some_types_and_actions(changing: Changing) -> None:
    changing.where(
        {"ForAllValues:StringEquals": {TYPES: ["A", "AAAA"], ACTIONS: ["CREATE", "UPSERT"]}}
    )
    assert not changing.refused("a.example.com", action="CREATE")
    assert changing.refused("a.example.com", action="DELETE")
    assert changing.refused("a.example.com", type_="TXT")


# Which operations are known to IAM.


@pytest.mark.parametrize("service", sorted({table.service for table in TABLES}))
def test_every_operation_needs_something_known(service: str) -> None:
    """Else it would be refused to everybody, or rather be a bug."""
    operations = {name for table in TABLES if table.service == service for name in table.table}
    assert set(AUTHORIZATIONS[service].actions) == operations


def test_no_service_is_without() -> None:
    assert set(AUTHORIZATIONS) == {table.service for table in TABLES}


@pytest.mark.parametrize("protocol", several.ASKED)
def test_a_service_that_iam_does_not_know_is_the_roots(people: People, protocol: str) -> None:
    """Here none is known; the code is the protocol's."""
    world = people.world
    assert answer(world, ask(world, protocol)).status == 200
    key = people.user("Ann", allow("*"))
    given = answer(world, ask(world, protocol, Signer(service=SIGNED_FOR[protocol], key=key)))
    expected = {
        "query": ("AccessDenied", 403),
        "rest-xml": ("AccessDenied", 403),
        "json": ("AccessDeniedException", 400),
        "smithy-rpc-v2-cbor": ("AccessDeniedException", 400),
        "rest-json": ("AccessDeniedException", 403),
        "ec2": ("UnauthorizedOperation", 403),
    }
    assert (given.code, given.status) == expected[protocol]
    assert given.message.startswith(f"User: {ANN} is not authorized to perform: ")


# Small things.


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        ("arn:aws:ec2:us-east-1:111122223333:vpc/*", "111122223333"),
        ("arn:aws:route53:::hostedzone/Z1", ""),
        ("arn:aws:iam::aws:policy/X", ""),
        ("*", ""),
        ("", ""),
    ],
)
def test_whose_a_resource_is(arn: str, account: str) -> None:
    assert owner_of(arn) == account


@pytest.mark.parametrize(
    ("params", "tags"),
    [
        ({}, []),
        ({"Tags": None}, []),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}, [("a", "1"), ("b", "")]),
        ({"Tags": {"a": "1"}}, [("a", "1")]),
        ({"Tags": [{"TagKey": "a", "TagValue": "1"}]}, [("a", "1")]),
        ({"TagList": [{"Key": "a", "Value": "1"}]}, [("a", "1")]),
        ({"AddTags": [{"Key": "a", "Value": "1"}]}, [("a", "1")]),
        (
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "1"}]}]},
            [("a", "1")],
        ),
    ],
)
def test_tags_in_requests(params: dict[str, Any], tags: list[tuple[str, str]]) -> None:
    assert list(tags_in(params)) == tags


def test_keys_of_tags_are_folded() -> None:
    assert folded({"Team": "Red"}) == {"team": "Red"}
