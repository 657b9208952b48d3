"""Quotas: AWS's defaults, raised (or lowered) for an account by its operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
DEFAULTS = {
    "MAX_HOSTED_ZONES_BY_OWNER": 500,
    "MAX_HEALTH_CHECKS_BY_OWNER": 200,
    "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER": 100,
    "MAX_TRAFFIC_POLICIES_BY_OWNER": 50,
    "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER": 5,
    "MAX_RRSETS_BY_ZONE": 10_000,
    "MAX_VPCS_ASSOCIATED_BY_ZONE": 300,
    "MAX_ZONES_BY_REUSABLE_DELEGATION_SET": 100,
    "MAX_PROTECTIONS_BY_ZONE": 1000,
    "MAX_CIDR_COLLECTIONS_BY_OWNER": 5,
    "MAX_CIDR_BLOCKS_BY_COLLECTION": 1000,
    "MAX_TRAFFIC_POLICY_VERSIONS": 1000,
    "MAX_KEY_SIGNING_KEYS_BY_ZONE": 2,
    "MAX_VPC_AUTHORIZATIONS_BY_ZONE": 1000,
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    "UsersPerAccount": 5000,
    "GroupsPerAccount": 300,
    "RolesPerAccount": 1000,
    "PoliciesPerAccount": 1500,
    "PoliciesPerUser": 10,
    "PoliciesPerGroup": 10,
    "PoliciesPerRole": 10,
    "GroupsPerUser": 10,
    "AccessKeysPerUser": 2,
    "VersionsPerPolicy": 5,
    "PolicySize": 6144,
    "UserPolicySize": 2048,
    "GroupPolicySize": 5120,
    "RolePolicySize": 10_240,
    "ACLSizePerRole": 2048,
    # https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
    "MAX_KMS_KEYS_BY_REGION": 100_000,
    "MAX_ALIASES_BY_KMS_KEY": 50,
    "MAX_GRANTS_BY_KMS_KEY": 50_000,
    # https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
    "MAX_CERTIFICATES_BY_REGION": 2500,
    "MAX_DOMAIN_NAMES_BY_CERTIFICATE": 10,
    # https://docs.aws.amazon.com/privateca/latest/userguide/PcaLimits.html
    "MAX_CERTIFICATE_AUTHORITIES_BY_REGION": 200,
    # https://docs.aws.amazon.com/ses/latest/dg/quotas.html: in 24 hours and a second, out of the sandbox
    "SES_SENDING_QUOTA": 50_000,
    "SES_SENDING_RATE": 14,
    # https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    "MAX_VPCS_BY_REGION": 5,
    "MAX_SUBNETS_BY_VPC": 200,
    "MAX_CIDR_BLOCKS_BY_VPC": 5,
    "MAX_INTERNET_GATEWAYS_BY_REGION": 5,
    "MAX_NETWORK_ACLS_BY_VPC": 200,
    "MAX_ENTRIES_BY_NETWORK_ACL": 20,
    "MAX_ROUTE_TABLES_BY_VPC": 200,
    "MAX_ROUTES_BY_TABLE": 500,
    "MAX_SECURITY_GROUPS_BY_REGION": 2500,
    "MAX_RULES_BY_SECURITY_GROUP": 60,
}


def limit(tx: Tx, name: str) -> int:
    """The caller's account's quota."""
    found = tx.value(
        "SELECT value FROM quota WHERE account = :account AND name = :name",
        account=tx.call.account,
        name=name,
    )
    return DEFAULTS[name] if found is None else int(found)


def set_limit(tx: Tx, account: str, name: str, value: int) -> None:
    tx.run(
        "INSERT INTO quota (account, name, value) VALUES (:account, :name, :value)"
        " ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
        account=account,
        name=name,
        value=value,
    )
