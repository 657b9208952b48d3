"""Functions that were registered here, and the events that wait for them.

functions.find(tx, arn); functions.invoke_later(tx, arn, event)
"""

from forecourt.platform.functions.events import invoke_later
from forecourt.platform.functions.stored import FUNCTIONS, find

__all__ = ["FUNCTIONS", "find", "invoke_later"]
