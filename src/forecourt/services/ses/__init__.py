"""Simple Email Service: one state under two APIs and an SMTP interface.

Modules named v1_ and v2_ are the surfaces; what they share has the plain names.
"""

from forecourt.services.ses import (
    mm_ingress,
    mm_policies,
    mm_rules,
    mm_tags,
    suppression,
    v1_identities,
    v1_receiving,
    v1_sending,
    v1_sets,
    v1_templates,
    v1_verification,
    v2_account,
    v2_contacts,
    v2_identities,
    v2_jobs,
    v2_sending,
    v2_sets,
    v2_settings,
    v2_templates,
    v2_verification,
)
from forecourt.services.ses.actions import (
    AUTHORIZATION_MAIL_MANAGER,
    AUTHORIZATION_V1,
    AUTHORIZATION_V2,
)
from forecourt.services.ses.identities import LINKS
from forecourt.services.ses.pages import PAGES

__all__ = [
    "AUTHORIZATION_MAIL_MANAGER",
    "AUTHORIZATION_V1",
    "AUTHORIZATION_V2",
    "LINKS",
    "PAGES",
    "TABLES",
]

TABLES = (
    mm_ingress.ops,
    mm_policies.ops,
    mm_rules.ops,
    mm_tags.ops,
    suppression.ops,
    v1_identities.ops,
    v1_receiving.ops,
    v1_sending.ops,
    v1_sets.ops,
    v1_templates.ops,
    v1_verification.ops,
    v2_account.ops,
    v2_contacts.ops,
    v2_identities.ops,
    v2_jobs.ops,
    v2_sending.ops,
    v2_sets.ops,
    v2_settings.ops,
    v2_templates.ops,
    v2_verification.ops,
)
