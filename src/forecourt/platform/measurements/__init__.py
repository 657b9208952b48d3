"""Metrics by the minute: what services and callers measured, as CloudWatch's API shows it."""
