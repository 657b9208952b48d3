"""Security Token Service."""

from forecourt.services.sts import callers, sessions
from forecourt.services.sts.actions import AUTHORIZATION

TABLES = (callers.ops, sessions.ops)

__all__ = ["AUTHORIZATION", "TABLES"]
