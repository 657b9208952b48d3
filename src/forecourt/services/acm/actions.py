"""ACM as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecourt.aws.models import service_model
from forecourt.platform.identity.actions import Action, Authorization, Params, on

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def imported(tx: Tx, req: Params) -> list[str]:
    """Over one that is there, or as a new one."""
    given = req.get("CertificateArn")
    return [given or f"arn:aws:acm:{tx.call.region}:{tx.call.account}:certificate/*"]


BY_ARN = on("{CertificateArn}")
ANYWHERE = (
    "GetAccountConfiguration",
    "ListCertificates",
    "PutAccountConfiguration",
    "RequestCertificate",
    "SearchCertificates",
)
ACTIONS: dict[str, Action] = {
    name: BY_ARN for name in service_model("acm").operation_names if "Acme" not in name
}
ACTIONS |= {name: on("*") for name in ANYWHERE}
ACTIONS |= {
    "ImportCertificate": Action(imported),
    **{
        name: on("{ResourceArn}")
        for name in ("ListTagsForResource", "TagResource", "UntagResource")
    },
}


def tags(tx: Tx, arn: str) -> Mapping[str, str]:
    found = tx.value("SELECT tags FROM acm_certificate WHERE id = :id", id=arn.rpartition("/")[2])
    return json.loads(found) if found else {}


AUTHORIZATION = Authorization("acm", ACTIONS, tags)
