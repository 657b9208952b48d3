"""Lambda, as far as actions need it: functions that `forecourt lambda add` registered."""

from forecourt.services.lambda_ import functions, invoking, permissions, tags
from forecourt.services.lambda_.actions import AUTHORIZATION

__all__ = ["AUTHORIZATION", "TABLES"]

TABLES = (functions.ops, invoking.ops, permissions.ops, tags.ops)
