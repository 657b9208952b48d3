"""The account itself: its alias, and how much of everything it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform import quotas
from forecourt.platform.identity.accounts import root_arn

from .entities import count, errors
from .paging import page

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
QUOTAS = {  # as the summary calls them
    "AccessKeysPerUserQuota": "AccessKeysPerUser",
    "AssumeRolePolicySizeQuota": "ACLSizePerRole",
    "AttachedPoliciesPerGroupQuota": "PoliciesPerGroup",
    "AttachedPoliciesPerRoleQuota": "PoliciesPerRole",
    "AttachedPoliciesPerUserQuota": "PoliciesPerUser",
    "GroupPolicySizeQuota": "GroupPolicySize",
    "GroupsPerUserQuota": "GroupsPerUser",
    "GroupsQuota": "GroupsPerAccount",
    "PoliciesQuota": "PoliciesPerAccount",
    "PolicySizeQuota": "PolicySize",
    "RolePolicySizeQuota": "RolePolicySize",
    "RolesQuota": "RolesPerAccount",
    "UserPolicySizeQuota": "UserPolicySize",
    "UsersQuota": "UsersPerAccount",
    "VersionsPerPolicyQuota": "VersionsPerPolicy",
}
COUNTED = {
    "Groups": "iam_group",
    "Policies": "iam_policy",
    "Roles": "iam_role",
    "Users": "iam_user",
}
FIXED = {  # what an account has none of here, and quotas of nothing that can be made
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "GlobalEndpointTokenVersion": 1,
    "InstanceProfiles": 0,
    "InstanceProfilesQuota": 1000,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "PolicyVersionsInUseQuota": 10_000,
    "Providers": 0,
    "ServerCertificates": 0,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
}


@ops.write
def create_account_alias(tx: Tx, req: t.CreateAccountAliasRequest) -> None:
    """An alias in place of the one before: an account has one at most."""
    alias = req["AccountAlias"]
    owner = tx.value("SELECT account FROM iam_account WHERE alias = :alias", alias=alias)
    if owner is not None:
        raise errors.EntityAlreadyExistsException(f"The account alias {alias} already exists.")
    put(tx, "alias", alias)


@ops.write
def delete_account_alias(tx: Tx, req: t.DeleteAccountAliasRequest) -> None:
    if alias_of(tx) != req["AccountAlias"]:
        raise errors.NoSuchEntityException(
            f"The account alias {req['AccountAlias']} cannot be found."
        )
    put(tx, "alias", None)


@ops.read
def list_account_aliases(tx: Tx, req: t.ListAccountAliasesRequest) -> t.ListAccountAliasesResponse:
    alias = alias_of(tx)
    found, ending = page(req, [] if alias is None else [alias], lambda each: each)
    return {"AccountAliases": found, **ending}


@ops.read
def get_account_summary(tx: Tx, req: Mapping[str, Any]) -> t.GetAccountSummaryResponse:
    account = tx.call.account
    keys = tx.value(
        "SELECT count(*) FROM access_key WHERE account = :account AND principal = :root",
        account=account,
        root=root_arn(account),
    )
    versions = tx.value(
        "SELECT count(*) FROM iam_policy_version WHERE policy_id IN"
        " (SELECT id FROM iam_policy WHERE account = :account)",
        account=account,
    )
    summary: Any = {
        **FIXED,
        **{name: count(tx, table) for name, table in COUNTED.items()},
        **{name: quotas.limit(tx, quota) for name, quota in QUOTAS.items()},
        "AccountAccessKeysPresent": int(keys > 0),
        "PolicyVersionsInUse": int(versions),
    }
    return {"SummaryMap": summary}


def alias_of(tx: Tx) -> str | None:
    found: str | None = tx.value(
        "SELECT alias FROM iam_account WHERE account = :account", account=tx.call.account
    )
    return found


def put(tx: Tx, column: str, value: str | None) -> None:
    """Set what is kept of the account."""
    tx.run(
        f"INSERT INTO iam_account (account, {column}) VALUES (:account, :value)"
        f" ON CONFLICT (account) DO UPDATE SET {column} = excluded.{column}",
        account=tx.call.account,
        value=value,
    )
