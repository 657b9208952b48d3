"""Route 53: hosted zones and what is in them."""

from forecourt.services.route53 import (
    changes,
    delegation_sets,
    health_checks,
    hosted_zones,
    limits,
    protections,
    record_sets,
    tags,
)
from forecourt.services.route53.actions import AUTHORIZATION

TABLES = (
    changes.ops,
    delegation_sets.ops,
    health_checks.ops,
    hosted_zones.ops,
    limits.ops,
    protections.ops,
    record_sets.ops,
    tags.ops,
)

__all__ = ["AUTHORIZATION", "TABLES"]
