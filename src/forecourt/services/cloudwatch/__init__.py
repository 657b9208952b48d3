"""CloudWatch: metrics by the minute, mathematics on them, and alarms.

platform/measurements is where they are kept; here is the API over it.
"""

from forecourt.services.cloudwatch import alarms, dashboards, metrics, querying, tags
from forecourt.services.cloudwatch.actions import AUTHORIZATION

__all__ = ["AUTHORIZATION", "TABLES"]

TABLES = (alarms.ops, dashboards.ops, metrics.ops, querying.ops, tags.ops)
