"""Route 53 Domains: names registered in the local internet."""

from forecourt.services.route53domains import (
    operations,
    prices,
    registrations,
    settings,
    transfers,
)
from forecourt.services.route53domains.actions import AUTHORIZATION

TABLES = (operations.ops, prices.ops, registrations.ops, settings.ops, transfers.ops)

__all__ = ["AUTHORIZATION", "TABLES"]
