"""From a change to INSYNC: how long GetChange says PENDING while others change things too.

Changes are sent by the clock, not when the last one is answered, so a slow one delays no other.  After
its answer each is asked about again and again; the time counts from that answer, and from the sending.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.calls import upsert
from bench.instance import Instance, owner
from bench.load import Connection, Latencies

CALLERS = 8
BETWEEN = 0.002  # seconds from one GetChange to the next
CHANGE_ID = (b"<Id>/change/", b"</Id>")


@dataclass(slots=True)
class Insync:
    """From the call's answer, and from when it was sent."""

    after_answer: Latencies = field(default_factory=Latencies)
    after_sending: Latencies = field(default_factory=Latencies)


def measure(instance: Instance, zone: str, records: int, rate: int, seconds: float) -> Insync:
    """Change records of a filled zone, so many a second."""
    count = int(rate * seconds)
    step = max(1, records // count)
    changes = [
        instance.change(zone, [upsert(owner(at * step % records), f"192.0.2.{at % 250}", 60)])
        for at in range(count)
    ]
    found = Insync()
    start = time.perf_counter() + 0.2
    threads = [
        threading.Thread(target=call, args=(instance, found, changes, start, rate, first))
        for first in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def call(
    instance: Instance,
    found: Insync,
    changes: Sequence[bytes],
    start: float,
    rate: int,
    first: int,
) -> None:
    """Every CALLERS-th change, each when its time has come."""
    connection = Connection(instance.api)
    for at in range(first, len(changes), CALLERS):
        time.sleep(max(0.0, start + at / rate - time.perf_counter()))
        sent = time.perf_counter()
        body = connection.exchange(changes[at])
        answered = time.perf_counter()
        change = body.partition(CHANGE_ID[0])[2].partition(CHANGE_ID[1])[0].decode()
        request = instance.recorder.record("route53", "get_change", Id=change)
        while b"INSYNC" not in connection.exchange(request):
            time.sleep(BETWEEN)
        now = time.perf_counter()
        found.after_answer.seconds.append(now - answered)
        found.after_sending.seconds.append(now - sent)
    connection.close()
