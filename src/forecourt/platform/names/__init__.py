"""Zones as the name servers serve them: published by services, followed by every DNS process."""
