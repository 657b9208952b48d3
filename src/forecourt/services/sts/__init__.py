"""Security Token Service."""

from forecourt.services.sts import callers

TABLES = (callers.ops,)
