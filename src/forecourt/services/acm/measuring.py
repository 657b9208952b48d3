"""The days that certificates have to go, as a metric.

https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.platform.measurements import stored
from forecourt.platform.measurements.points import of_values
from forecourt.platform.measurements.stored import Datum, minute_of

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

NAMESPACE, METRIC = "AWS/CertificateManager", "DaysToExpiry"
DAY = 86400.0


def measure(tx: Tx) -> None:
    """Of every certificate that was issued or imported, until it ends."""
    now = tx.now.timestamp()
    rows = tx.all(
        "SELECT id, account, region, not_after FROM acm_certificate"
        " WHERE not_after IS NOT NULL AND not_after > :now",
        now=now,
    )
    for id, account, region, not_after in rows:
        arn = f"arn:aws:acm:{region}:{account}:certificate/{id}"
        days = float((not_after - now) // DAY)
        point = of_values(minute_of(now), ((days, 1.0),))
        datum = Datum(METRIC, (("CertificateArn", arn),), "None", point)
        stored.put(tx, account, region, NAMESPACE, [datum])
