"""Route 53 Domains as IAM sees it: every action is on all resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53domains.html
"""

from __future__ import annotations

from forecourt.aws.models import service_model
from forecourt.platform.identity.actions import Action, Authorization, on

ACTIONS: dict[str, Action] = {
    name: on("*") for name in service_model("route53domains").operation_names
}
AUTHORIZATION = Authorization("route53domains", ACTIONS)
