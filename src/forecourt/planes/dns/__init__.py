"""Authoritative DNS.

snapshot.py   what the plane is given: the record sets of one owner name
zone.py       a zone as an index of such names
lookup.py     which records answer a question (RFC 1034 §4.3.2, RFC 4592)
message.py    how they are written, compressed and truncated
protocol.py   bytes in, bytes out: the cache of ready answers, EDNS, cookies, rate limits
server.py     UDP, one thread, epoll
streams.py    TCP
"""
