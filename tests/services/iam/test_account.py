"""The account's alias and summary."""

from __future__ import annotations

from typing import Any

from forecourt.platform import quotas
from tests.harness import World

from .calls import EC2, FIRST, allow, answer, fault

# An account nobody has touched, as AWS has been seen to sum it up; its root has a key here.
EMPTY = {
    "AccessKeysPerUserQuota": 2,
    "AccountAccessKeysPresent": 1,
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": 5120,
    "Groups": 0,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfiles": 0,
    "InstanceProfilesQuota": 1000,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "Policies": 0,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "PolicyVersionsInUse": 0,
    "PolicyVersionsInUseQuota": 10000,
    "Providers": 0,
    "RolePolicySizeQuota": 10240,
    "Roles": 0,
    "RolesQuota": 1000,
    "ServerCertificates": 0,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": 2048,
    "Users": 0,
    "UsersQuota": 5000,
    "VersionsPerPolicyQuota": 5,
}


def test_an_alias(iam: Any, stranger: Any) -> None:
    assert answer(iam.list_account_aliases()) == {"AccountAliases": [], "IsTruncated": False}
    iam.create_account_alias(AccountAlias="one")
    iam.create_account_alias(AccountAlias="two")
    assert iam.list_account_aliases()["AccountAliases"] == ["two"]
    stranger.create_account_alias(AccountAlias="one")
    expected = ("EntityAlreadyExists", "The account alias two already exists.")
    assert fault(stranger.create_account_alias, AccountAlias="two") == expected
    assert fault(iam.delete_account_alias, AccountAlias="one")[0] == "NoSuchEntity"
    iam.delete_account_alias(AccountAlias="two")
    assert iam.list_account_aliases()["AccountAliases"] == []
    stranger.create_account_alias(AccountAlias="two")
    assert fault(iam.create_account_alias, AccountAlias="a--b")[0] == "ValidationError"


def test_aliases_and_password_policies_leave_each_other_alone(iam: Any) -> None:
    iam.create_account_alias(AccountAlias="one")
    iam.update_account_password_policy()
    iam.delete_account_alias(AccountAlias="one")
    assert iam.get_account_password_policy()


def test_an_empty_account(iam: Any) -> None:
    assert iam.get_account_summary()["SummaryMap"] == EMPTY


def test_a_summary(world: World, iam: Any, stranger: Any) -> None:
    for client in (iam, stranger):
        client.create_user(UserName="u")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("a:b"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("a:c"))
    world.store.write_now(quotas.set_limit, FIRST, "GroupsPerAccount", 500)
    changed = {"Users": 1, "Groups": 1, "Roles": 1, "Policies": 1, "PolicyVersionsInUse": 2}
    found = iam.get_account_summary()["SummaryMap"]
    assert found == {**EMPTY, **changed, "GroupsQuota": 500}
