"""Health checks: none can be made yet, so there are none to list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations

from .zones import page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
MOST = 1000


@ops.read
def list_health_checks(tx: Tx, req: t.ListHealthChecksRequest) -> t.ListHealthChecksResponse:
    return {
        "HealthChecks": [],
        "Marker": req.get("Marker", ""),
        "IsTruncated": False,
        "MaxItems": str(page_size(req.get("MaxItems"), MOST)),
    }
