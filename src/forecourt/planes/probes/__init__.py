"""Health probes.

snapshot.py   what is probed, and how often
protocol.py   what a response says: bytes in, a verdict out
server.py     connections, time-outs, schedules; asyncio
"""
