"""ElastiCache: caches as nodes, shards and clusters, on engines that run.

Operations say in rows what is to be; `reconcile` makes engines be it, `failover` mends what broke.
"""

from forecourt.services.elasticache.actions import AUTHORIZATION, TABLES

__all__ = ["AUTHORIZATION", "TABLES"]
