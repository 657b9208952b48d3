"""WorkMail as IAM sees it: everything is on an organization.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonworkmail.html
"""

from __future__ import annotations

from forecourt.aws.models import service_model
from forecourt.platform.identity.actions import Action, Authorization, on

ON_ORGANIZATION = on("arn:aws:workmail:{region}:{account}:organization/{OrganizationId}")
ACTIONS: dict[str, Action] = dict.fromkeys(
    service_model("workmail").operation_names, ON_ORGANIZATION
)
ACTIONS |= {
    "CreateOrganization": on("*"),
    "ListOrganizations": on("*"),
    **{
        name: on("{ResourceARN}")
        for name in ("ListTagsForResource", "TagResource", "UntagResource")
    },
}
AUTHORIZATION = Authorization("workmail", ACTIONS)
