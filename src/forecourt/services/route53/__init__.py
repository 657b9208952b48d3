"""Route 53: hosted zones and what is in them."""

from forecourt.services.route53 import (
    changes,
    cidr_collections,
    delegation_sets,
    dns_answers,
    dnssec,
    geo_locations,
    health_checks,
    hosted_zones,
    limits,
    protections,
    query_logging,
    record_sets,
    tags,
    traffic_instances,
    traffic_policies,
    vpc_associations,
)
from forecourt.services.route53.actions import AUTHORIZATION

TABLES = (
    changes.ops,
    cidr_collections.ops,
    delegation_sets.ops,
    dns_answers.ops,
    dnssec.ops,
    geo_locations.ops,
    health_checks.ops,
    hosted_zones.ops,
    limits.ops,
    protections.ops,
    query_logging.ops,
    record_sets.ops,
    tags.ops,
    traffic_instances.ops,
    traffic_policies.ops,
    vpc_associations.ops,
)

__all__ = ["AUTHORIZATION", "TABLES"]
