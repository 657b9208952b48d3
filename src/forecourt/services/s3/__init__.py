"""Simple Storage Service, the part that mail and snapshots need: buckets, objects, uploads in parts.

platform/objects is where they are kept; here is the API over it.
"""

from forecourt.services.s3 import (
    buckets,
    copying,
    listing,
    multipart,
    notifications,
    objects,
    settings,
)
from forecourt.services.s3.actions import AUTHORIZATION

__all__ = ["AUTHORIZATION", "TABLES"]

TABLES = (
    buckets.ops,
    copying.ops,
    listing.ops,
    multipart.ops,
    notifications.ops,
    objects.ops,
    settings.ops,
)
