"""AssumeRole, GetSessionToken, GetFederationToken: what is agreed, and what such credentials may do."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from forecourt.platform.identity import accounts, sessions
from forecourt.platform.identity.sessions import Session
from forecourt.services.sts.sessions import LARGEST, MOST_POLICIES
from forecourt.store.seal import Seal
from tests.harness import FIRST_KEY, SECOND, SECOND_KEY, World
from tests.services.iam_rows import People, allow, deny, document, trust

from .calls import FIRST, Key, assume, fault, key_in, refused, who

ROOT = accounts.root_arn(FIRST)
SES = "arn:aws:iam::aws:policy/AmazonSESFullAccess"
ROUTE53 = "arn:aws:iam::aws:policy/AmazonRoute53FullAccess"
MAY = allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
TAGGING = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
INVALID = ("InvalidClientTokenId", 403, "The security token included in the request is invalid")
EXPIRED = ("ExpiredToken", 403, "The security token included in the request is expired")


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def lasts(answer: Any) -> float:
    """Minutes, about."""
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    return round(left.total_seconds() / 60)


def may_list(world: World, key: Key) -> bool:
    """Whether ListHostedZones is allowed."""
    try:
        world.client("route53", key).list_hosted_zones()
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


@pytest.fixture
def ann(people: People) -> Key:
    return people.user("Ann", MAY)


@pytest.fixture
def role(people: People) -> str:
    """One that Ann may assume, with tags, for up to two hours, and that may use Route 53."""
    given = trust(ROOT, action=TAGGING)
    return people.role("R", given, allow("route53:*"), MAY, path="/p/", longest=7200)


# AssumeRole.


def test_assume_role(people: People, ann: Key, role: str) -> None:
    answer = assume(people.world, ann, role, "build")
    id_ = people.id_of("role", "R")
    arn = f"arn:aws:sts::{FIRST}:assumed-role/R/build"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{id_}:build", "Arn": arn}
    assert set(answer) == {"Credentials", "AssumedRoleUser", "ResponseMetadata"}
    key_id, secret, token = key_in(answer)
    assert (key_id[:4], len(key_id), len(secret)) == ("ASIA", 20, 40)
    assert len(token) < sessions.LONGEST
    assert lasts(answer) == 60
    key = key_in(answer)
    assert who(people.world, key) == {"UserId": f"{id_}:build", "Account": FIRST, "Arn": arn}
    assert may_list(people.world, key)
    assert not may_list(people.world, ann)


def test_sessions_are_each_their_own(people: People, ann: Key, role: str) -> None:
    keys = {key_in(assume(people.world, ann, role)) for _ in range(3)}
    assert len({key[0] for key in keys}) == len({key[1] for key in keys}) == 3


@pytest.mark.parametrize(("seconds", "minutes"), [(900, 15), (3600, 60), (7200, 120)])
def test_how_long(people: People, ann: Key, role: str, seconds: int, minutes: int) -> None:
    assert lasts(assume(people.world, ann, role, DurationSeconds=seconds)) == minutes


def test_longer_than_the_role_allows(people: People, ann: Key, role: str) -> None:
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    found = refused(people.world, ann, role, DurationSeconds=7201)
    assert found == ("ValidationError", 400, text)


def test_longer_than_any_role_allows(people: People, ann: Key, role: str) -> None:
    code, status, _ = refused(people.world, ann, role, DurationSeconds=43201)
    assert (code, status) == ("ValidationError", 400)


def test_role_chaining_lasts_an_hour(people: People, ann: Key, role: str) -> None:
    chained = key_in(assume(people.world, ann, role))
    text = (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
        " chaining."
    )
    found = refused(people.world, chained, role, DurationSeconds=3601)
    assert found == ("ValidationError", 400, text)
    answer = assume(people.world, chained, role, "second", DurationSeconds=3600)
    assert who(people.world, key_in(answer))["Arn"].endswith(":assumed-role/R/second")


def test_a_users_own_session_is_no_chaining(people: People, ann: Key, role: str) -> None:
    own = key_in(people.world.client("sts", ann).get_session_token())
    assert lasts(assume(people.world, own, role, DurationSeconds=7200)) == 120


# Session policies.


def test_session_policies_limit(people: People, ann: Key, role: str) -> None:
    """What a session may is what the role may and one of its policies allows."""
    world = people.world
    arn = people.policy("Own", allow("route53:ListHostedZones"))
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"Policy": document(allow("route53:List*"))}, True),
        ({"Policy": document(allow("ses:*"))}, False),
        ({"Policy": document(allow("*"), deny("route53:ListHostedZones"))}, False),
        ({"PolicyArns": [{"arn": SES}]}, False),
        ({"PolicyArns": [{"arn": SES}, {"arn": ROUTE53}]}, True),
        ({"PolicyArns": [{"arn": arn}]}, True),
        ({"PolicyArns": [{"arn": SES}], "Policy": document(allow("route53:*"))}, True),
    ]
    for params, allowed in cases:
        answer = assume(world, ann, role, **params)
        assert may_list(world, key_in(answer)) is allowed, params
        assert 0 < answer["PackedPolicySize"] <= 100


def test_session_policies_give_nothing(people: People, ann: Key) -> None:
    role = people.role("Poor", trust(ROOT), allow("ses:*"))
    answer = assume(people.world, ann, role, Policy=document(allow("*")))
    assert not may_list(people.world, key_in(answer))


def test_what_is_no_policy(people: People, ann: Key, role: str) -> None:
    code, status, _ = refused(people.world, ann, role, Policy="{")
    assert (code, status) == ("MalformedPolicyDocument", 400)


def test_a_policy_that_is_too_long(people: People, ann: Key, role: str) -> None:
    """Spaces count."""
    policy = document(allow("*"))
    assume(people.world, ann, role, Policy=policy.ljust(LARGEST))
    long = policy.ljust(LARGEST + 1)
    text = (
        f"1 validation error detected: Value '{long}' at 'policy' failed to satisfy constraint:"
        " Member must have length less than or equal to 2048"
    )
    found = refused(people.world, ann, role, Policy=long)
    assert found == ("ValidationError", 400, text)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/NoSuchPolicyAnywhere",
        f"arn:aws:iam::{FIRST}:policy/NoSuchPolicyAnywhere",
        f"arn:aws:iam::{SECOND}:policy/Theirs",
        "arn:aws:s3:::some-bucket-or-other",
    ],
)
def test_policies_that_cannot_limit(people: People, ann: Key, role: str, arn: str) -> None:
    people.policy("Theirs", allow("*"), account=SECOND)
    code, status, text = refused(people.world, ann, role, PolicyArns=[{"arn": arn}])
    assert (code, status) == ("MalformedPolicyDocument", 400)
    assert arn in text


def test_too_many_policies(people: People, ann: Key, role: str) -> None:
    arns = [{"arn": SES}] * (MOST_POLICIES + 1)
    code, status, _ = refused(people.world, ann, role, PolicyArns=arns)
    assert (code, status) == ("ValidationError", 400)


def test_more_than_fits(people: People, ann: Key, role: str) -> None:
    """Whatever is given is a token that gateways take."""
    most = [{"Key": f"{number:0>128}", "Value": "v" * 256} for number in range(50)]
    code, status, text = refused(people.world, ann, role, Tags=most)
    assert (code, status) == ("PackedPolicyTooLarge", 400)
    assert text.startswith("Packed policy consumes ")
    assert text.endswith("% of allotted space, please use smaller policy.")
    answer = assume(people.world, ann, role, Tags=most[:10])
    assert answer["PackedPolicySize"] == 94
    assert may_list(people.world, key_in(answer))


# Tags.

TEAM = {"StringEquals": {"aws:PrincipalTag/Team": "red"}}


@pytest.fixture
def tagged(people: People) -> str:
    """A role that may list zones where its session is of the red team."""
    given = trust(ROOT, action=TAGGING)
    zones = allow("route53:ListHostedZones", Condition=TEAM)
    return people.role("Tagged", given, zones, MAY, tags={"Team": "blue", "Own": "x"})


def test_session_tags(people: People, ann: Key, tagged: str) -> None:
    """They go before the role's; their keys are the same in any case."""
    world = people.world
    assert not may_list(world, key_in(assume(world, ann, tagged)))
    assert may_list(world, key_in(assume(world, ann, tagged, Tags=tags(Team="red"))))
    assert may_list(world, key_in(assume(world, ann, tagged, Tags=tags(TEAM="red"))))
    assert not may_list(world, key_in(assume(world, ann, tagged, Tags=tags(Team="green"))))


def test_transitive_tags_go_on(people: People, ann: Key, tagged: str) -> None:
    world = people.world
    for transitive, allowed in ((["Team"], True), (["team"], True), ([], False)):
        first = assume(world, ann, tagged, Tags=tags(Team="red"), TransitiveTagKeys=transitive)
        second = assume(world, key_in(first), tagged)
        assert may_list(world, key_in(second)) is allowed, transitive
        third = assume(world, key_in(second), tagged)
        assert may_list(world, key_in(third)) is allowed, transitive


def test_tags_that_do_not_go_together(people: People, ann: Key, tagged: str) -> None:
    world = people.world
    twice = tags(Team="red") + tags(team="blue")
    duplicate = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    found = refused(world, ann, tagged, Tags=twice)
    assert found == ("InvalidParameterValue", 400, duplicate)
    missing = "The specified transitive tag key must be included in the requested tags."
    found = refused(world, ann, tagged, Tags=tags(Team="red"), TransitiveTagKeys=["Other"])
    assert found == ("InvalidParameterValue", 400, missing)
    first = assume(world, ann, tagged, Tags=tags(Team="red"), TransitiveTagKeys=["Team"])
    conflict = (
        "One of the specified transitive tag keys can't be set because it conflicts with a"
        " transitive tag key from the calling session."
    )
    found = refused(world, key_in(first), tagged, Tags=tags(tEAM="red"))
    assert found == ("InvalidParameterValue", 400, conflict)


# Source identity.


def test_source_identity(people: People, ann: Key) -> None:
    world = people.world
    only_ann = {"StringEquals": {"aws:SourceIdentity": "ann"}}
    given = trust(ROOT, action=TAGGING)
    role = people.role("Named", given, allow("route53:*", Condition=only_ann), MAY)
    answer = assume(world, ann, role, SourceIdentity="ann")
    assert answer["SourceIdentity"] == "ann"
    key = key_in(answer)
    assert may_list(world, key)
    assert not may_list(world, key_in(assume(world, ann, role)))
    assert not may_list(world, key_in(assume(world, ann, role, SourceIdentity="bob")))
    on = assume(world, key, role)
    assert on["SourceIdentity"] == "ann"
    assert may_list(world, key_in(on))


def test_source_identity_stays_what_it_is(people: People, ann: Key, role: str) -> None:
    key = key_in(assume(people.world, ann, role, SourceIdentity="ann"))
    assume(people.world, key, role, SourceIdentity="ann")
    text = (
        f"User: arn:aws:sts::{FIRST}:assumed-role/R/session is not authorized to perform:"
        f" sts:SetSourceIdentity on resource: {role}"
    )
    found = refused(people.world, key, role, SourceIdentity="bob")
    assert found == ("AccessDenied", 403, text)


# GetSessionToken.


def test_get_session_token(people: People) -> None:
    key = people.user(
        "Ann", allow("route53:*", Condition={"Null": {"aws:TokenIssueTime": "false"}})
    )
    world = people.world
    answer = world.client("sts", key).get_session_token()
    assert set(answer) == {"Credentials", "ResponseMetadata"}
    assert lasts(answer) == 12 * 60
    own = key_in(answer)
    assert own[0].startswith("ASIA")
    assert who(world, own) == who(world, key)
    assert may_list(world, own)
    assert not may_list(world, key)


def test_get_session_token_needs_nothing(people: People) -> None:
    key = people.user("Ann", deny("*"))
    sts = people.world.client("sts", key)
    assert lasts(sts.get_session_token(DurationSeconds=129600)) == 36 * 60


@pytest.mark.parametrize(("seconds", "minutes"), [(900, 15), (3600, 60), (86400, 60), (None, 60)])
def test_a_roots_session_lasts_an_hour(world: World, seconds: int | None, minutes: int) -> None:
    given = {"DurationSeconds": seconds} if seconds else {}
    answer = world.client("sts").get_session_token(**given)
    assert lasts(answer) == minutes
    assert who(world, key_in(answer)) == who(world)
    assert may_list(world, key_in(answer))


def test_devices_are_nobodys(world: World) -> None:
    sts = world.client("sts")
    found = fault(sts.get_session_token, SerialNumber="arn:aws:iam::1:mfa/x", TokenCode="123456")
    assert found[:2] == ("AccessDenied", 403)
    assert found[2].startswith("MultiFactorAuthentication failed, unable to validate MFA code.")


# GetFederationToken.


def federate(world: World, key: Key, **params: Any) -> Any:
    return world.client("sts", key).get_federation_token(Name="guest", **params)


def test_get_federation_token(people: People) -> None:
    key = people.user("Ann", allow(["route53:*", "sts:GetFederationToken"]))
    world = people.world
    answer = federate(world, key, Policy=document(allow("*")))
    arn = f"arn:aws:sts::{FIRST}:federated-user/guest"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{FIRST}:guest", "Arn": arn}
    assert 0 < answer["PackedPolicySize"] <= 100
    assert lasts(answer) == 12 * 60
    guest = key_in(answer)
    assert who(world, guest) == {"UserId": f"{FIRST}:guest", "Account": FIRST, "Arn": arn}
    assert may_list(world, guest)


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ({}, False),
        ({"Policy": document(allow("route53:*"))}, True),
        ({"Policy": document(allow("ses:*"))}, False),
        ({"PolicyArns": [{"arn": ROUTE53}]}, True),
    ],
)
@pytest.mark.parametrize("root", [True, False])
def test_what_federated_users_may(
    people: People, policies: dict[str, Any], allowed: bool, root: bool
) -> None:
    """What their maker and their session's policies allow: without these nothing."""
    key = FIRST_KEY if root else people.user("Ann", allow("*"))
    answer = federate(people.world, key, **policies)
    assert may_list(people.world, key_in(answer)) is allowed
    assert (answer["PackedPolicySize"] > 0) is bool(policies)


def test_federated_users_are_their_makers_too(people: People) -> None:
    """A change of the user's policies is one of its federated users'."""
    key = people.user("Ann", allow("*"))
    guest = key_in(federate(people.world, key, Policy=document(allow("*"))))
    assert may_list(people.world, guest)
    people.change("user", "Ann", allow("*"), deny("route53:*"))
    assert not may_list(people.world, guest)


def test_why_a_federated_user_may_not(people: People) -> None:
    guest = key_in(federate(people.world, FIRST_KEY))
    found = fault(people.world.client("route53", guest).list_hosted_zones)
    text = (
        f"User: arn:aws:sts::{FIRST}:federated-user/guest is not authorized to perform:"
        " route53:ListHostedZones because no session policy allows the route53:ListHostedZones"
        " action"
    )
    assert found == ("AccessDenied", 403, text)


def test_federated_tags(people: People) -> None:
    key = people.user("Ann", allow("*", Condition={"StringEquals": {"aws:username": "Ann"}}))
    answer = federate(people.world, key, Policy=document(allow("*", Condition=TEAM)),
                      Tags=tags(Team="red"))  # fmt: skip
    assert not may_list(people.world, key_in(answer))  # a federated user has no user's name
    people.change("user", "Ann", allow("*"))
    assert may_list(people.world, key_in(answer))
    other = federate(people.world, key, Policy=document(allow("*", Condition=TEAM)))
    assert not may_list(people.world, key_in(other))


# What temporary credentials may ask of STS.


def temporary(people: People, kind: str) -> Key:
    world = people.world
    match kind:
        case "role":
            role = people.role("T", trust(ROOT), allow("*"))
            return key_in(assume(world, people.user("Teo", MAY), role))
        case "federated":
            answer = federate(world, FIRST_KEY, Policy=document(allow("*")))
            return key_in(answer)
    return key_in(world.client("sts", people.user("Teo", allow("*"))).get_session_token())


@pytest.mark.parametrize("kind", ["role", "federated", "user"])
def test_no_credentials_out_of_credentials(people: People, kind: str) -> None:
    sts = people.world.client("sts", temporary(people, kind))
    text = "Cannot call GetSessionToken with session credentials"
    assert fault(sts.get_session_token) == ("AccessDenied", 403, text)
    text = "Cannot call GetFederationToken with session credentials"
    found = fault(sts.get_federation_token, Name="guest")
    assert found == ("AccessDenied", 403, text)


def test_federated_users_assume_no_roles(people: People, role: str) -> None:
    found = refused(people.world, temporary(people, "federated"), role)
    assert found == ("AccessDenied", 403, "Cannot call AssumeRole with session credentials")


# Credentials that are none, or no longer.


def forged(world: World, kind: str, entity: str, seal: Seal | None = None, **more: Any) -> Key:
    """Credentials as STS makes them, with what STS would not put in them."""
    key_id, secret = sessions.new_credentials(FIRST)
    now = int(time.time())
    times = {"issued": now - 7200, "expires": now + 3600, **more}
    session = Session(key_id, secret, kind, FIRST, entity, "forged", **times)
    sealed_by = seal or world.store.read_now(lambda tx: tx.seal)
    return key_id, secret, sessions.token_of(sealed_by, session)


def test_forged_credentials_are_taken(people: People, role: str) -> None:
    """So that what is refused below is refused for its fault."""
    assert may_list(people.world, forged(people.world, "role", people.id_of("role", "R")))


@pytest.mark.parametrize("ago", [0, 1, 3600])
def test_expired(people: People, role: str, ago: int) -> None:
    world, id_ = people.world, people.id_of("role", "R")
    key = forged(world, "role", id_, expires=int(time.time()) - ago)
    assert fault(world.client("route53", key).list_hosted_zones) == EXPIRED
    assert fault(world.client("sts", key).get_caller_identity) == EXPIRED


def test_it_expires_while_gateways_remember_it(people: People, role: str) -> None:
    world, id_ = people.world, people.id_of("role", "R")
    key = forged(world, "role", id_, expires=int(time.time()) + 2)
    route53 = world.client("route53", key)
    route53.list_hosted_zones()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            route53.list_hosted_zones()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ExpiredToken"
            return
        time.sleep(0.1)
    raise AssertionError("it did not expire")


def test_of_another_master_key(people: People, role: str) -> None:
    world, id_ = people.world, people.id_of("role", "R")
    key = forged(world, "role", id_, Seal(bytes([7]) * 32))
    assert fault(world.client("route53", key).list_hosted_zones) == INVALID


def test_keys_and_tokens_belong_together(people: People, ann: Key, role: str) -> None:
    world = people.world
    one, other = (key_in(assume(world, ann, role)) for _ in range(2))
    mixed = (one[0], one[1], other[2])
    assert fault(world.client("sts", mixed).get_caller_identity) == INVALID
    world.client("sts", one).get_caller_identity()


def test_a_token_is_needed(people: People, ann: Key, role: str) -> None:
    """The key without it, once gateways remember it with it."""
    key = key_in(assume(people.world, ann, role))
    people.world.client("sts", key).get_caller_identity()
    sts = people.world._session.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=people.world.url,
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
    )
    try:
        assert fault(sts.get_caller_identity)[:2] == ("InvalidClientTokenId", 403)
    finally:
        sts.close()


def test_a_token_with_a_long_term_key(world: World, people: People) -> None:
    key = people.user("Ann", allow("*"))
    token = key_in(world.client("sts", key).get_session_token())[2]
    assert fault(world.client("sts", (*key, token)).get_caller_identity) == INVALID
    assert fault(world.client("route53", (*SECOND_KEY, "x")).list_hosted_zones) == INVALID


def test_a_role_that_goes_takes_its_sessions(people: People, ann: Key, role: str) -> None:
    key = key_in(assume(people.world, ann, role))
    assert may_list(people.world, key)
    people.remove("role", "R")
    assert fault(people.world.client("route53", key).list_hosted_zones) == INVALID


def test_a_role_that_changes_changes_its_sessions(people: People, ann: Key, role: str) -> None:
    key = key_in(assume(people.world, ann, role))
    assert may_list(people.world, key)
    people.change("role", "R", allow("ses:*"))
    assert not may_list(people.world, key)


def test_nothing_secret_is_kept(people: People, ann: Key, role: str) -> None:
    """Nothing of a session is in the store."""
    _, secret, token = key_in(assume(people.world, ann, role))
    events = people.world.store.read_now(lambda tx: tx.all("SELECT parameters FROM audit_event"))
    assert secret not in json.dumps(events)
    assert token not in json.dumps(events)
