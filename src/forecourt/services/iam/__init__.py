"""IAM: users, groups and roles of an account, and the policies that say what they may do."""

from forecourt.services.iam import (
    absent,
    access_keys,
    account,
    actions,
    attachments,
    credential_report,
    details,
    groups,
    inline,
    login_profiles,
    password_policy,
    policies,
    roles,
    simulate,
    tags,
    users,
)

AUTHORIZATION = actions.AUTHORIZATION
TABLES = (
    absent.ops,
    access_keys.ops,
    account.ops,
    attachments.ops,
    credential_report.ops,
    details.ops,
    groups.ops,
    inline.ops,
    login_profiles.ops,
    password_policy.ops,
    policies.ops,
    roles.ops,
    simulate.ops,
    tags.ops,
    users.ops,
)
