"""Functions that were registered here, and the events that wait for them.

functions.find(tx, arn); functions.invoke_later(tx, arn, event)
functions.by_service(tx, "s3.amazonaws.com", arn, event, bucket, account)
"""

from forecourt.platform.functions.events import by_service, invoke_later
from forecourt.platform.functions.stored import FUNCTIONS, find, for_service

__all__ = ["FUNCTIONS", "by_service", "find", "for_service", "invoke_later"]
