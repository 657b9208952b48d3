"""WorkMail as IAM sees it: everything is on an organization.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonworkmail.html
"""

from __future__ import annotations

from forecourt.aws.operations import Operations
from forecourt.platform.identity.actions import Action, Authorization, on

from . import (
    access_rules,
    addresses,
    domains,
    groups,
    mailboxes,
    organizations,
    registration,
    tags,
    users,
)

MODULES = (
    access_rules, addresses, domains, groups, mailboxes, organizations, registration, tags, users
)  # fmt: skip
TABLES: tuple[Operations, ...] = tuple(module.ops for module in MODULES)
ON_ORGANIZATION = on("arn:aws:workmail:{region}:{account}:organization/{OrganizationId}")
ACTIONS: dict[str, Action] = {name: ON_ORGANIZATION for table in TABLES for name in table.table}
ACTIONS |= {
    "CreateOrganization": on("*"),
    "ListOrganizations": on("*"),
    **{
        name: on("{ResourceARN}")
        for name in ("ListTagsForResource", "TagResource", "UntagResource")
    },
}
AUTHORIZATION = Authorization("workmail", ACTIONS)
