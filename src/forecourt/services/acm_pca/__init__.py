"""AWS Private Certificate Authority: authorities of accounts, and what they issue."""

from forecourt.services.acm_pca import authorities, issuing, policies, reports
from forecourt.services.acm_pca.actions import AUTHORIZATION

TABLES = (authorities.ops, issuing.ops, policies.ops, reports.ops)

__all__ = ["AUTHORIZATION", "TABLES"]
