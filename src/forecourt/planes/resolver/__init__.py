"""A recursive resolver: from the root down, with a cache, validating.

proofs.py     what signatures and denials prove (RFC 4035 §5), with bounded work
cache.py      answers and delegations for as long as their TTLs say, bounded in bytes
walk.py       the walk: questions to name servers, referrals, chains of CNAMEs; asks through a port
asking.py     the port over UDP and TCP
service.py    messages in, messages out
"""
