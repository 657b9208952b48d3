"""AWS Certificate Manager: certificates that are issued once their names are proven, and renewed."""

from forecourt.services.acm import imports, lifecycle, listing, requests, tags
from forecourt.services.acm.actions import AUTHORIZATION

TABLES = (imports.ops, lifecycle.ops, listing.ops, requests.ops, tags.ops)

__all__ = ["AUTHORIZATION", "TABLES"]
