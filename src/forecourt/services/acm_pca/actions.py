"""Private CA as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsprivatecertificateauthority.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.models import service_model
from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.store import resources

from .templates import DEFAULT

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def template(tx: Tx, req: Params) -> Values:
    return {"acm-pca:templatearn": (req.get("TemplateArn", DEFAULT),)}


def policy(tx: Tx, req: Params) -> str | None:
    """The authority's own, where it has one."""
    found = resources.at(tx, req.get("CertificateAuthorityArn", ""))
    return None if found is None else found.status.get("Policy")


BY_ARN = on("{CertificateAuthorityArn}", policy=policy)
ACTIONS: dict[str, Action] = dict.fromkeys(service_model("acm-pca").operation_names, BY_ARN)
ACTIONS |= {
    "CreateCertificateAuthority": on("*"),
    "ListCertificateAuthorities": on("*"),
    "IssueCertificate": on("{CertificateAuthorityArn}", keys=template, policy=policy),
    **{name: on("{ResourceArn}") for name in ("DeletePolicy", "GetPolicy", "PutPolicy")},
}
AUTHORIZATION = Authorization("acm-pca", ACTIONS)
